/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/report_work.h"

#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/commands/report_output.h"
#include "sensor/report/report_history.h"
#include "sensor/report/report_limits.h"
#include "sensor/report/report_merge.h"
#include "sensor/system/exit_status.h"
#include "sensor/system/signals.h"

#define SOURCES_MAX     1000
#define SOURCE_NAME_MAX 1024

bool report_work_begin(struct report_work *work, const struct options *options)
{
	*work = (struct report_work){ .report = { .written_ns = 0 } };
	work->sources.report = &work->report;
	work->sources.model = report_model_new(&work->report);
	if (work->sources.model == NULL) {
		log_error("out of memory");
		return false;
	}
	progress_init(&work->sources.progress, options->progress);
	return true;
}

void report_work_end(struct report_work *work)
{
	if (work->sources.model != NULL) {
		report_model_end(work->sources.model);
	}
	report_captures_end(&work->captures);
	report_free(&work->report);
}

void report_work_name(struct report_work *work, const char *source)
{
	(void)report_add_text(&work->report.memory, &work->report.sources, SOURCES_MAX,
	                      (struct report_text){ source, strlen(source) });
}

static bool begin_captures(struct report_work *work, char *const *paths, size_t count)
{
	bool good = report_captures_begin(&work->captures);
	int error = errno;
	for (size_t i = 0; i < count; i++) {
		report_work_name(work, paths[i]);
		if (!good) {
			report_limits_unread(&work->report,
			                     "%s: no temporary folder can be made: %s", paths[i],
			                     strerror(error));
		}
	}
	return good;
}

bool report_work_follow(struct report_work *work, struct options *options)
{
	return begin_captures(work, options->operands.items, options->operands.count) &&
	       report_captures_follow(&work->captures, options);
}

/* An interrupted replay leaves no report. */
int report_work_read(struct report_work *work, int status)
{
	if (status != EXIT_DONE && status != EXIT_FAILED) {
		return status;
	}
	return report_captures_read(&work->captures, &work->sources) ? status : EXIT_FAILED;
}

int report_work_replay(struct report_work *work, const struct options *options, char *const *paths,
                       size_t count)
{
	if (!begin_captures(work, paths, count)) {
		return EXIT_FAILED;
	}
	return report_work_read(work,
	                        report_captures_replay(&work->captures, options, paths, count));
}

int report_work_hunt(struct report_work *work, const struct options *options)
{
	char *const paths[] = { (char *)options->history };
	if (!begin_captures(work, paths, 1)) {
		return EXIT_FAILED;
	}
	work->hunted = true;
	report_limits_of_hunt(&work->report);
	int status = report_captures_hunt(&work->captures, options);
	if (status == EXIT_FAILED) {
		report_limits_unread(&work->report,
		                     "history %s: the hunt failed; its messages have the reason",
		                     options->history);
	}
	return report_work_read(work, status);
}

static int status_of(bool good)
{
	return signals_stop() ? EXIT_INTERRUPTED : good ? EXIT_DONE : EXIT_FAILED;
}

int report_work_file(struct report_work *work, const char *path)
{
	report_work_name(work, path);
	report_limits_of_events(&work->report);
	return status_of(report_read_file(&work->sources, path));
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Names with a dot are hidden. */
static int visit(struct report_work *work, FTS *walk, FTSENT *entry)
{
	if (entry->fts_level > 0 && entry->fts_name[0] == '.') {
		(void)fts_set(walk, entry, FTS_SKIP);
	} else if (entry->fts_info == FTS_F && entry->fts_statp->st_size > 0 &&
	           report_is_events(entry->fts_path)) {
		return report_work_file(work, entry->fts_path);
	}
	return EXIT_DONE;
}

/* What cannot be read is reported by the replay of the folder. */
int report_work_folder(struct report_work *work, const char *path)
{
	char *const paths[] = { (char *)path, NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry = NULL;
	int status = EXIT_DONE;
	while (walk != NULL && !signals_stop() && (entry = fts_read(walk)) != NULL) {
		int ret = visit(work, walk, entry);
		status = ret != EXIT_DONE ? ret : status;
	}
	/* At the end of the folder errno is 0. */
	if (walk == NULL || (entry == NULL && !signals_stop() && errno != 0)) {
		report_limits_fail(&work->report, "%s: %s", path, strerror(errno));
		status = EXIT_FAILED;
	}
	if (walk != NULL) {
		(void)fts_close(walk);
	}
	return signals_stop() ? EXIT_INTERRUPTED : status;
}

int report_work_redis(struct report_work *work, char *target)
{
	char name[SOURCE_NAME_MAX] = "";
	int status = report_read_redis(&work->sources, target, name, sizeof(name));
	report_work_name(work, name);
	report_limits_of_events(&work->report);
	return signals_stop() ? EXIT_INTERRUPTED : status;
}

static void add_limits(struct report_work *work, const struct options *options, bool failed,
                       const struct report_totals *totals)
{
	const char *summary = options->summary != NULL ? options->summary : work->captures.summary;
	if (failed) {
		report_limits_of_failure(&work->report);
	}
	if (work->captures.scratch.path[0] != '\0' && !work->hunted) {
		report_limits_of_replay(&work->report, summary);
	}
	report_limits_of_model(&work->report, totals);
}

/* With `replay --history DIR` the captures are in that history. */
static bool add_histories(struct report_work *work, const struct options *options)
{
	const char *paths[REPORT_HISTORIES_MAX];
	size_t count = 0;
	if (work->captures.scratch.path[0] != '\0' &&
	    (access(work->captures.history, F_OK) == 0 || errno != ENOENT)) {
		paths[count++] = work->captures.history;
	}
	if (options->history != NULL && options->history != work->captures.history) {
		paths[count++] = options->history;
	}
	return count == 0 ||
	       report_add_histories(&work->report, paths, count, &work->sources.progress);
}

int report_work_write(struct report_work *work, const struct options *options,
                      const struct report_format *format, int status)
{
	const struct report_totals totals = *report_model_totals(work->sources.model);
	work->report.written_ns = realtime_ns();
	report_model_end(work->sources.model);
	work->sources.model = NULL;
	bool good = add_histories(work, options);
	progress_clear(&work->sources.progress);
	if (signals_stop()) {
		log_error("interrupted while the history was read: the report was not written");
		return EXIT_INTERRUPTED;
	}
	add_limits(work, options, status == EXIT_FAILED || !good, &totals);
	good = report_output_write(&work->report, format, options->report) && good;
	return good ? status : EXIT_FAILED;
}
