/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hunt/hunt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "history/folder.h"
#include "sensor/detect/hits.h"
#include "sensor/hunt/hunt_report.h"
#include "sensor/hunt/hunt_rows.h"
#include "sensor/process/progress.h"
#include "sensor/process/worker_group.h"
#include "sensor/system/signals.h"

/* The longest time for which a hunt tries to reach a Redis that has never answered. */
#define STALL_MS 10000

/* The progress is checked, and events are passed on, after this many rows. */
#define TICK_ROWS 8192

struct hunt {
	struct options options; /* those of the command, changed for the group */
	const char *folder;
	struct worker_group *group;
	struct outputs *outputs; /* of the group */
	struct hits *hits;
	struct hunt_rows *rows;
	struct hunt_report report;
	struct progress progress;
	uint64_t since_s, until_s;
	bool damaged;
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
	log_warn("history folder %s: %s is damaged: its rows are left out", hunt->folder, name);
	hunt->damaged = true;
}

/* Called while Redis is waited for, more often than the line is due. */
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

static bool goes_on(const struct hunt *hunt)
{
	return !signals_stop() && outputs_alive(hunt->outputs) && !hunt->report.failed;
}

static void tick(struct hunt *hunt)
{
	outputs_flush(hunt->outputs);
	if (progress_is_due(&hunt->progress)) {
		progress_show_rows(&hunt->progress, hunt->report.rows, hunt->report.hits);
	}
	worker_group_tick(hunt->group);
}

static void take_row(struct hunt *hunt, const struct history_record *record)
{
	if (record->seen.last < hunt->since_s || record->seen.first > hunt->until_s) {
		return;
	}
	hunt->report.record = record;
	hunt->report.rows++;
	hunt_rows_match(hunt->rows, record);
}

static void read_rows(struct hunt *hunt, struct history_folder *folder)
{
	struct history_record record;
	for (uint64_t count = 1; goes_on(hunt) && history_folder_next(folder, &record); count++) {
		take_row(hunt, &record);
		if (count % TICK_ROWS == 0) {
			tick(hunt);
		}
	}
	progress_clear(&hunt->progress);
	outputs_flush(hunt->outputs);
}

static bool read_folder(struct hunt *hunt)
{
	struct history_folder *folder;
	int ret = history_folder_open(&folder, hunt->folder, report_damage, hunt);
	if (ret != 0) {
		history_report_failure(hunt->folder, ret);
		return false;
	}
	read_rows(hunt, folder);
	bool failed = history_folder_failed(folder);
	history_folder_close(folder);
	if (signals_stop()) {
		log_error("the hunt was interrupted after %llu rows",
		          (unsigned long long)hunt->report.rows);
	}
	if (hunt->report.failed) {
		log_error("standard output cannot be written");
	}
	return !signals_stop() && !failed && !hunt->report.failed && !hunt->damaged;
}

static bool open_hits(struct hunt *hunt)
{
	const struct hits_config config = {
		.rules = hunt->group->rules,
		.counters = hunt->group->counters,
		.sensor = hunt->options.sensor,
		.emit = emit,
		.ctx = hunt,
		.learn = hunt_report_hit,
		.learn_ctx = &hunt->report,
	};
	hunt->hits = hits_new(&config);
	hunt->rows =
	        hunt->hits != NULL ? hunt_rows_new(hunt->hits, hunt->options.ignore_dates) : NULL;
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
	return worker_group_open(hunt->group) && open_hits(hunt) &&
	       worker_group_start(hunt->group, &delivery);
}

static int run(struct hunt *hunt)
{
	bool good = start(hunt);
	if (good) {
		good = read_folder(hunt);
		good = worker_group_deliver(hunt->group) && good;
		progress_clear(&hunt->progress);
		good = fflush(stdout) == 0 && good;
		hunt_report_end(&hunt->report);
	}
	hunt_rows_free(hunt->rows);
	hits_free(hunt->hits);
	worker_group_free(hunt->group);
	return good ? EXIT_DONE : EXIT_FAILED;
}

int hunt_run(const struct options *options)
{
	bool table = isatty(STDOUT_FILENO) != 0 && !writes_to_stdout(options);
	struct hunt hunt = { .damaged = false };
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
