/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/commands/rules/rules_files.h"

const struct command_help rules_check_help = {
	.text = "PATH is a rule file, or a folder of *.rules. Every error is reported as "
	        "file:line:column: message. If there are errors, the exit status is 2. A rule is "
	        "one line, for example\n\n"
	        "  alert ns .awsdns-061.org sev=critical note=\"look-alike of awsdns-61.org\"\n"
	        "  alert ip 45.77.24.250\n"
	        "  alert rcpt @example.com server=192.0.2.0/24\n"
	        "  allow ns .awsdns-61.org\n\n"
	        "The rule language is explained in nsmx.rules(5).",
	.examples = { { "nsmx rules check my.rules && systemctl reload nsmx",
	                "reload the rules, but only if the check finds no error" },
	              { "echo 'alert ns .awsdns-061.org sev=critical' | nsmx rules check "
	                "/dev/stdin",
	                "check one rule" } },
};

int cmd_rules_check(struct options *options)
{
	struct ruleset *set;
	struct ruleset_stats stats;
	int ret = rules_files_load(&options->operands, &set, &stats);
	if (ret != EXIT_DONE) {
		return ret;
	}
	log_info("%zu rules with %zu indicators in %zu files: no errors", stats.rules,
	         stats.indicators, stats.files);
	if (stats.refused + stats.merged > 0) {
		log_info("%zu indicators left out (see above), %zu merged with equal ones",
		         stats.refused, stats.merged);
	}
	if (ruleset_learned(set) != 0) {
		log_info("rules that learn need --history DIR in nsmx run and nsmx replay");
	}
	ruleset_free(set);
	return EXIT_DONE;
}
