/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/commands/rules/rules_files.h"

const struct command_help rules_list_help = {
	.text = "PATH is a rule file, or a folder of *.rules. The rules are printed on standard "
	        "output, one on each line, in the form in which they were compiled.",
	.examples = { { "nsmx rules list /usr/share/nsmx/rules | grep sev=critical",
	                "the critical rules that are installed" } },
};

int cmd_rules_list(struct options *options)
{
	struct ruleset *set;
	struct ruleset_stats stats;
	int ret = rules_files_load(&options->operands, &set, &stats);
	if (ret != EXIT_DONE) {
		return ret;
	}
	if (ruleset_list(set, stdout) != 0 || fflush(stdout) != 0) {
		log_error("standard output cannot be written");
		ret = EXIT_FAILED;
	}
	ruleset_free(set);
	return ret;
}
