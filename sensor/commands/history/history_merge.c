/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "history/child.h"
#include "history/clickhouse/clickhouse_url.h"
#include "history/import/folders.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"
#include "sensor/commands/history/history_work.h"

const struct command_help history_merge_help = {
	.text = "Adds all records of the folders to the folder of --history, which is created if "
	        "it does not exist. If there is an error, none of the records is added. "
	        "The folders are only read; sensors may write them at the same time.\n\n"
	        "A folder that was merged before is refused, even if it has more records now, "
	        "because its records would count twice: merge all folders into a new one.",
	.examples = { { "nsmx history merge --history all/ berlin/ madrid/",
	                "the history of two sensors in one folder" } },
};

struct sources {
	struct history_folder **items;
	size_t count;
	bool damaged;
	bool added; /* all rows are in the folder of --history */
};

static void report_damage(void *ctx, const char *name)
{
	history_report_file(ctx, name);
}

static struct history_folder *open_folder(char *path)
{
	struct history_folder *folder;
	if (clickhouse_url_is(path)) {
		log_error("%s is not a folder; use nsmx history export and nsmx history import",
		          path);
		return NULL;
	}
	history_report_stranger(path);
	int ret = history_folder_open(&folder, path, report_damage, path);
	if (ret != 0) {
		history_report_failure(path, ret);
		return NULL;
	}
	return folder;
}

static bool open_sources(struct sources *sources, const struct options_operands *paths)
{
	sources->items = calloc(paths->count, sizeof(sources->items[0]));
	if (sources->items == NULL) {
		log_error("out of memory");
		return false;
	}
	for (; sources->count < paths->count; sources->count++) {
		struct history_folder *folder = open_folder(paths->items[sources->count]);
		if (folder == NULL) {
			return false;
		}
		sources->items[sources->count] = folder;
		sources->damaged |= history_folder_totals(folder)->damaged > 0;
	}
	return true;
}

static void close_sources(struct sources *sources)
{
	while (sources->count > 0) {
		history_folder_close(sources->items[--sources->count]);
	}
	free(sources->items);
}

static bool add_sources(const struct options *options, struct history_store *store,
                        struct sources *sources)
{
	size_t duplicate = 0;
	struct history_folder *target = open_folder((char *)options->history);
	if (target == NULL) {
		return false;
	}
	int ret = history_add_folders(store, target, sources->items, sources->count, &duplicate);
	history_folder_close(target);
	if (ret == -EEXIST) {
		log_error("history folder %s: its records are in %s already; nothing was added",
		          options->operands.items[duplicate], options->history);
	} else if (ret != 0) {
		history_report_failure(options->history, ret);
	}
	sources->added = ret == 0;
	return sources->added;
}

static bool merge(const struct options *options, struct history_work *work, struct sources *sources)
{
	struct history_store *store = history_open_store(options);
	if (store == NULL) {
		return false;
	}
	history_work_writes(work, history_store_folder(store));
	bool good = add_sources(options, store, sources);
	if (history_goes_on()) {
		history_store_settle(store);
	}
	history_store_close(store);
	return good;
}

int cmd_history_merge(struct options *options)
{
	struct sources sources = { .count = 0 };
	struct history_work work;
	if (!history_is_given(options)) {
		return EXIT_USAGE;
	}
	if (options->operands.count == 0) {
		log_error("no folders are given: expected nsmx history merge --history DIR "
		          "FOLDER...");
		return EXIT_USAGE;
	}
	history_work_begin(&work, options, "the merge", "rows");
	bool good = open_sources(&sources, &options->operands) && merge(options, &work, &sources);
	good = good && !sources.damaged;
	close_sources(&sources);
	return history_work_end(&work, good ? EXIT_DONE : EXIT_FAILED,
	                        sources.added ? "all rows were added" : "nothing was added");
}
