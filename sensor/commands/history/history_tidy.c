/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>

#include "base/log.h"
#include "history/child.h"
#include "history/clickhouse/clickhouse_url.h"
#include "history/import/clickhouse_tidy.h"
#include "history/store/store.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"
#include "sensor/commands/history/history_work.h"
#include "sensor/process/worker_group.h"

const struct command_help history_tidy_help = {
	.text = "Replaces disposable names, which were seen once, by one row for their zone, and "
	        "with --history-keep deletes rows whose last sighting is longer ago. A folder "
	        "becomes one file; the sensor that writes it must be stopped. A sensor does the "
	        "same for its folder while it runs, so the command is for folders that no sensor "
	        "writes, and for a history in ClickHouse: start it from a timer, for example once "
	        "a day. Ages count from now. After an interruption, start it again.",
	.examples = { { "nsmx history tidy --history clickhouse://history.example/seen "
	                "--history-keep 400d,clients=30d,mailboxes=30d",
	                "for a fleet, once a day" },
	              { "nsmx history tidy --history all/", "make one file of a folder" } },
};

static bool tidy_folder(const struct options *options, struct history_work *work)
{
	const struct history_keep keep = worker_group_keep(options, false);
	struct history_store *store = history_open_existing(options, work);
	if (store == NULL) {
		return false;
	}
	history_store_keep(store, &keep);
	bool good = history_store_tidy(store);
	history_store_close(store);
	return good;
}

static bool tidy_clickhouse(const struct options *options)
{
	const struct history_keep keep = worker_group_keep(options, false);
	uint64_t limits[HISTORY_CLASSES], names;
	history_keep_limits(&keep, NULL, 0, limits);
	if (!clickhouse_tidy_ages(options->history, limits) ||
	    !clickhouse_tidy_names(options->history, &names)) {
		return false;
	}
	log_info("%" PRIu64 " names were combined into rows of their zones", names);
	return true;
}

int cmd_history_tidy(struct options *options)
{
	struct history_work work;
	if (!history_is_given(options)) {
		return EXIT_USAGE;
	}
	history_work_begin(&work, options, "tidying", "rows");
	bool good = clickhouse_url_is(options->history) ? tidy_clickhouse(options)
	                                                : tidy_folder(options, &work);
	return history_work_end(&work, good ? EXIT_DONE : EXIT_FAILED, "start it again");
}
