/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/commands/new_file.h"
#include "sensor/commands/rules/rules_files.h"

const struct command_help rules_compile_help = {
	.text = "PATH is a rule file, or a folder of *.rules. The file of --output has all their "
	        "rules. With --rules it is used in place of them, and is read in milliseconds, "
	        "even if it has millions of rules; other rules cannot be added to it.\n\n"
	        "The file is for the version of nsmx that has written it. Only its owner, who is "
	        "root or the user of the process that reads it, may have the right to write to "
	        "it. The names of public suffixes are those at the time of the compilation.",
	.examples = { { "nsmx rules compile -o /etc/nsmx/feeds.image /etc/nsmx/rules && systemctl "
	                "reload nsmx",
	                "rules of a sensor with the option rules = /etc/nsmx/feeds.image" } },
};

static int write_set(const struct ruleset *set, const char *path)
{
	struct new_file file;
	if (new_file_open(&file, path) && ruleset_write(set, file.fd) == 0 &&
	    new_file_commit(&file)) {
		return EXIT_DONE;
	}
	log_error("%s: the compiled rules could not be written: %s", path, strerror(errno));
	new_file_discard(&file);
	return EXIT_FAILED;
}

int cmd_rules_compile(struct options *options)
{
	struct ruleset *set;
	struct ruleset_stats stats;
	if (options->compiled == NULL) {
		log_error("--output FILE is missing; see nsmx help rules compile");
		return EXIT_USAGE;
	}
	int ret = rules_files_load(&options->operands, &set, &stats);
	if (ret != EXIT_DONE) {
		return ret;
	}
	ret = write_set(set, options->compiled);
	if (ret == EXIT_DONE) {
		log_info("%s: %zu rules with %zu indicators", options->compiled, stats.rules,
		         stats.indicators);
	}
	ruleset_free(set);
	return ret;
}
