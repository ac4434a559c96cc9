/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sensor/commands/commands.h"
#include "sensor/process/rules_source.h"
#include "sensor/system/exit_status.h"

static int load(int argc, char **argv, struct ruleset **set, struct ruleset_stats *stats)
{
	bool ended = argc > 0 && strcmp(argv[0], "--") == 0;
	argc -= ended;
	argv += ended;
	for (int i = 0; i < argc && !ended; i++) {
		if (argv[i][0] == '-') {
			log_error("rules: unknown option '%s'; see nsmx help rules", argv[i]);
			return EXIT_USAGE;
		}
	}
	if (argc == 0) {
		log_error("no rule files: expected nsmx rules check PATH...");
		return EXIT_USAGE;
	}
	*set = ruleset_load((const char *const *)argv, (size_t)argc, rules_source_complain,
	                    rules_source_warn, NULL, stats);
	if (*set == NULL) {
		log_error("%zu %s", stats->errors, stats->errors == 1 ? "error" : "errors");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static int check(int argc, char **argv)
{
	struct ruleset *set;
	struct ruleset_stats stats;
	int ret = load(argc, argv, &set, &stats);
	if (ret == EXIT_DONE) {
		log_info("%zu rules with %zu indicators in %zu files: no errors", stats.rules,
		         stats.indicators, stats.files);
		if (stats.refused + stats.merged > 0) {
			log_info("%zu indicators left out, %zu merged", stats.refused,
			         stats.merged);
		}
		ruleset_free(set);
	}
	return ret;
}

static int list(int argc, char **argv)
{
	struct ruleset *set;
	struct ruleset_stats stats;
	int ret = load(argc, argv, &set, &stats);
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

int cmd_rules(int argc, char **argv)
{
	if (argc > 0 && strcmp(argv[0], "check") == 0) {
		return check(argc - 1, argv + 1);
	}
	if (argc > 0 && strcmp(argv[0], "list") == 0) {
		return list(argc - 1, argv + 1);
	}
	if (argc > 0 && strcmp(argv[0], "import") == 0) {
		return cmd_rules_import(argc, argv);
	}
	log_error("rules: expected check, list or import; see nsmx help rules");
	return EXIT_USAGE;
}
