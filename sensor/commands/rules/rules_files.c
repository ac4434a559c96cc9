/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/rules/rules_files.h"

#include "base/log.h"
#include "sensor/system/exit_status.h"

int rules_files_load(const struct options_operands *paths, struct ruleset **set,
                     struct ruleset_stats *stats)
{
	if (paths->count == 0) {
		log_error("no rule files are given: expected PATH...; see nsmx help rules");
		return EXIT_USAGE;
	}
	*set = rules_source_load_words(paths->items, paths->count, stats);
	if (*set == NULL && stats->errors == 0) {
		return EXIT_FAILED;
	}
	if (*set == NULL) {
		log_error("%zu %s", stats->errors, stats->errors == 1 ? "error" : "errors");
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}
