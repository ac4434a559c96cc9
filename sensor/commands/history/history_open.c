/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/history/history_open.h"

#include <errno.h>
#include <unistd.h>

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

struct history_store *history_open_store(const struct options *options)
{
	char error[HISTORY_ERROR_MAX];
	struct history_store *store = history_store_open(options->history, "", error);
	if (store == NULL) {
		log_error("%s", error);
	}
	return store;
}

struct history_store *history_open_existing(const struct options *options,
                                            struct history_work *work)
{
	if (access(options->history, F_OK) != 0) {
		history_report_failure(options->history, -errno);
		return NULL;
	}
	struct history_store *store = history_open_store(options);
	if (store != NULL) {
		history_work_writes(work, history_store_folder(store));
	}
	return store;
}
