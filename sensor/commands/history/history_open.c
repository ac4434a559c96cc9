/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/history/history_open.h"

#include "base/log.h"

void history_report_damage(void *ctx, const char *name)
{
	const struct options *options = ctx;
	history_report_file(options->history, name);
}

bool history_is_given(const struct options *options)
{
	if (options->history == NULL) {
		log_error("history: no folder is given: add --history DIR");
	}
	return options->history != NULL;
}

int history_open(const struct options *options, struct history_folder **folder)
{
	if (!history_is_given(options)) {
		return EXIT_USAGE;
	}
	history_report_stranger(options->history);
	int ret = history_folder_open(folder, options->history, history_report_damage,
	                              (void *)options);
	if (ret != 0) {
		history_report_failure(options->history, ret);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}
