/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hunt/hunt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "history/child.h"
#include "history/folder.h"
#include "history/lookup.h"
#include "sensor/hits/hits.h"
#include "sensor/hunt/hunt_keys.h"
#include "sensor/hunt/hunt_origins.h"
#include "sensor/hunt/hunt_report.h"
#include "sensor/hunt/hunt_rows.h"
#include "sensor/process/replay/progress.h"
#include "sensor/process/worker_group.h"
#include "sensor/system/signals.h"

/* The longest time for which a hunt tries to reach a Redis that has never answered. */
#define STALL_MS 10000

/* The hunt passes on events, and checks whether the progress line is due, after this many rows. */
#define TICK_ROWS 8192

/* A look-up takes as long as reading this many octets of files. */
#define OCTETS_OF_LOOKUP 3072

/* The greatest number of keys that are looked up in ClickHouse, each with a statement. */
#define LOOKUPS_IN_CLICKHOUSE 4096

struct hunt {
	struct options options; /* the options of the command, changed for the group */
	const char *folder;
	struct worker_group *group;
	struct outputs *outputs; /* of the group */
	struct history_reading reading;
	struct hunt_origins *origins; /* NULL: no rule needs them */
	struct hunt_context *context;
	struct hits *hits;
	struct hunt_rows *rows;
	struct hunt_report report;
	struct progress progress;
	uint64_t since_s, until_s;
	uint64_t rows_read;
	int failure; /* a negative error of errno.h */
	struct history_reported damaged;
	bool interrupted; /* by a signal, before all rows were read */
};

static void emit(void *ctx, const struct record *record)
{
	struct hunt *hunt = ctx;
	outputs_emit(hunt->outputs, record);
}

static void report_damage(void *ctx, const char *name)
{
	struct hunt *hunt = ctx;
	progress_clear(&hunt->progress);
	history_report_file_once(&hunt->damaged, hunt->folder, name);
}

/* Called repeatedly while the hunt waits for delivery to Redis; the progress line is printed less
 * often. */
static bool wait_for_delivery(void *ctx)
{
	struct hunt *hunt = ctx;
	struct counters sum;
	if (progress_is_due(&hunt->progress)) {
		worker_group_count(hunt->group, &sum);
		progress_show_delivery(&hunt->progress, &sum);
	}
	return !signals_stop();
}

/* Also called while files are checked, and while children read them. */
static bool watch(void *ctx)
{
	struct hunt *hunt = ctx;
	if (progress_is_due(&hunt->progress)) {
		progress_show_rows(&hunt->progress, hunt->report.rows, hunt->report.hits);
	}
	return !signals_stop();
}

static bool goes_on(const struct hunt *hunt)
{
	return !signals_stop() && outputs_alive(hunt->outputs) && !hunt->report.failed &&
	       hunt->failure == 0;
}

static void tick(struct hunt *hunt)
{
	outputs_flush(hunt->outputs);
	(void)watch(hunt);
	worker_group_tick(hunt->group);
}

/* Returns false when the hunt must stop. */
static bool take_row(void *ctx, const struct history_record *record)
{
	struct hunt *hunt = ctx;
	if (record->seen.last >= hunt->since_s && record->seen.first <= hunt->until_s) {
		hunt->report.record = record;
		hunt->report.rows++;
		hunt->failure = hunt_rows_match(hunt->rows, record);
	}
	if (++hunt->rows_read % TICK_ROWS == 0) {
		tick(hunt);
	}
	return goes_on(hunt);
}

static void read_rows(struct hunt *hunt, struct history_folder *folder)
{
	struct history_record record;
	static const enum history_key_kind kinds[] = { HISTORY_KEY_OWNER, HISTORY_KEY_MAIL,
		                                       HISTORY_KEY_SERVER, HISTORY_KEY_RECIPIENT };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && goes_on(hunt); i++) {
		history_folder_seek(folder, kinds[i]);
		while (history_folder_next(folder, &record) && take_row(hunt, &record)) {
		}
	}
}

static int read_folder(struct hunt *hunt)
{
	struct history_folder *folder;
	int ret = history_folder_open(&folder, hunt->folder, report_damage, hunt);
	if (ret == 0) {
		read_rows(hunt, folder);
		ret = history_folder_failed(folder) ? -EIO : 0;
		history_folder_close(folder);
	}
	return ret;
}

/* Computes how many keys can be looked up in the time that reading all files takes. For a history
 * in ClickHouse, which has no files, the number is constant. */
static int count_lookups(const struct hunt *hunt, size_t *most)
{
	struct history_files files;
	uint64_t octets = 0;
	if (hunt->reading.url != NULL) {
		*most = LOOKUPS_IN_CLICKHOUSE;
		return 0;
	}
	int ret = history_files_list(hunt->reading.folder, &files);
	for (size_t i = 0; ret == 0 && i < files.count; i++) {
		octets += files.items[i].size;
	}
	history_files_free(&files);
	*most = (size_t)(octets / OCTETS_OF_LOOKUP);
	return ret;
}

/* Looks up the rows of few indicators, or reads all rows for many. */
static int find_rows(struct hunt *hunt)
{
	struct history_lookup lookup = { .count = 0 };
	size_t most;
	int ret = count_lookups(hunt, &most);
	enum hunt_way way =
	        ret == 0 ? hunt_keys_make(hunt->group->rules, most, &lookup) : HUNT_NO_MEMORY;
	if (way == HUNT_LOOK_UP && hunt->origins != NULL &&
	    !hunt_origins_add_keys(hunt->origins, &lookup)) {
		way = HUNT_NO_MEMORY;
	}
	if (way == HUNT_LOOK_UP) {
		ret = history_lookup_run(&lookup, &hunt->reading, take_row, hunt);
	} else if (way == HUNT_READ_ALL) {
		ret = read_folder(hunt);
	} else if (ret == 0) {
		ret = -ENOMEM;
	}
	history_lookup_free(&lookup);
	return ret;
}

/* Called when all rows were read, or when a signal has ended that before. */
static void note_interruption(struct hunt *hunt)
{
	hunt->interrupted = signals_stop();
	if (hunt->interrupted) {
		log_error("the hunt was interrupted after %" PRIu64 " rows and %" PRIu64
		          " matches; further rows were not read",
		          hunt->report.rows, hunt->report.hits);
	}
}

static bool hunt_in_folder(struct hunt *hunt)
{
	int ret = find_rows(hunt);
	ret = ret == 0 ? hunt->failure : ret;
	progress_clear(&hunt->progress);
	outputs_flush(hunt->outputs);
	if (ret != 0) {
		history_report_failure(hunt->folder, ret);
	}
	note_interruption(hunt);
	if (hunt->report.failed) {
		log_error("standard output cannot be written");
	}
	return ret == 0 && !hunt->interrupted && !hunt->report.failed && hunt->damaged.count == 0;
}

static bool open_folder(struct hunt *hunt)
{
	history_report_stranger(hunt->folder);
	int ret = history_reading_open(&hunt->reading, hunt->folder, report_damage, hunt);
	if (ret == 0 && (ruleset_pinned(hunt->group->rules) & RULE_BIT(KIND_IP)) != 0) {
		ret = hunt_origins_find(&hunt->origins, hunt->group->rules, &hunt->reading);
	}
	if (ret == 0) {
		ret = hunt_context_new(&hunt->context, &hunt->reading);
	}
	if (ret != 0) {
		history_report_failure(hunt->folder, ret);
	}
	return ret == 0;
}

/* The table can be on the terminal that shows the progress. */
static bool take_hit(void *ctx, const struct observation *seen, const struct rule_view *rule,
                     const char *event_id)
{
	struct hunt *hunt = ctx;
	progress_clear(&hunt->progress);
	return hunt_report_hit(&hunt->report, seen, rule, event_id);
}

static bool open_hits(struct hunt *hunt)
{
	const struct hits_config config = {
		.rules = hunt->group->rules,
		.counters = hunt->group->counters,
		.sensor = hunt->options.sensor,
		.emit = emit,
		.ctx = hunt,
		.learn = take_hit,
		.learn_ctx = hunt,
	};
	hunt->hits = hits_new(&config);
	hunt->rows = hunt->hits != NULL ? hunt_rows_new(hunt->hits, hunt->origins, hunt->context,
	                                                hunt->options.ignore_dates)
	                                : NULL;
	if (hunt->rows == NULL) {
		log_error("out of memory");
	}
	return hunt->rows != NULL;
}

static bool writes_to_stdout(const struct options *options)
{
	for (size_t i = 0; i < options->outputs.count; i++) {
		if (strcmp(options->outputs.items[i], "-") == 0 ||
		    strcmp(options->outputs.items[i], "text") == 0) {
			return true;
		}
	}
	return false;
}

/* Sets the options of the group: a single worker, which writes no history. */
static void set_options(struct hunt *hunt, const struct options *options, bool table)
{
	hunt->options = *options;
	hunt->options.workers = 1;
	hunt->options.history = NULL;
	hunt->folder = options->history;
	if (table && options->outputs.count == 0) {
		hunt->options.outputs.items[hunt->options.outputs.count++] = "null";
	}
	hunt->since_s = (uint64_t)(options->since_ns > 0 ? options->since_ns / NS_PER_S : 0);
	hunt->until_s =
	        options->until_ns > 0 ? (uint64_t)(options->until_ns / NS_PER_S) : UINT64_MAX;
}

static bool start(struct hunt *hunt)
{
	const struct worker_group_delivery delivery = {
		.state = hunt->options.state,
		.stall_ms = STALL_MS,
		.can_wait = true,
		.waiting = wait_for_delivery,
		.waiting_ctx = hunt,
	};
	hunt->outputs = hunt->group->outputs[0];
	history_watch(watch, hunt);
	return open_folder(hunt) && worker_group_open(hunt->group) && open_hits(hunt) &&
	       worker_group_start(hunt->group, &delivery);
}

static int run(struct hunt *hunt)
{
	bool good = start(hunt);
	if (good) {
		bool whole = hunt_in_folder(hunt);
		good = worker_group_deliver(hunt->group) && whole;
		progress_clear(&hunt->progress);
		good = fflush(stdout) == 0 && good;
		if (whole || hunt->report.hits > 0) {
			hunt_report_end(&hunt->report);
		}
	} else {
		note_interruption(hunt);
	}
	history_watch(NULL, NULL);
	hunt_rows_free(hunt->rows);
	hits_free(hunt->hits);
	hunt_origins_free(hunt->origins);
	hunt_context_free(hunt->context);
	if (hunt->reading.folder >= 0) {
		history_reading_close(&hunt->reading);
	}
	worker_group_free(hunt->group);
	if (hunt->interrupted) {
		return EXIT_INTERRUPTED;
	}
	return good ? EXIT_DONE : EXIT_FAILED;
}

int hunt_run(const struct options *options)
{
	bool table = isatty(STDOUT_FILENO) != 0 && !writes_to_stdout(options);
	struct hunt hunt = { .reading.folder = -1 };
	set_options(&hunt, options, table);
	progress_init(&hunt.progress, options->progress);
	signals_install();
	int ret = worker_group_new(&hunt.group, &hunt.options, false);
	if (ret == EXIT_DONE) {
		hunt_report_init(&hunt.report, table);
		ret = run(&hunt);
		hunt_report_free(&hunt.report);
	}
	return ret;
}
