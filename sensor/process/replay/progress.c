/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/replay/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/time_ns.h"

#define INTERVAL_NS  200000000LL
#define PATH_COLUMNS 60

/* A carriage return ends the line, so that a message of another process overwrites it. */
#define CLEAR "\r\033[K"

void progress_init(struct progress *progress, enum options_progress when)
{
	*progress = (struct progress){ .enabled = when == PROGRESS_AUTO ? isatty(STDERR_FILENO) != 0
		                                                        : when == PROGRESS_ALWAYS };
}

void progress_clear(struct progress *progress)
{
	if (progress->shown) {
		(void)fputs(CLEAR, stderr);
		progress->shown = false;
	}
}

bool progress_is_due(struct progress *progress)
{
	int64_t now_ns = progress->enabled ? monotonic_ns() : 0;
	if (!progress->enabled || now_ns - progress->shown_ns < INTERVAL_NS) {
		return false;
	}
	progress->shown_ns = now_ns;
	return true;
}

static void show_path(const char *path)
{
	char memory[PATH_COLUMNS * PRINTABLE_MAX];
	struct writer shown;
	writer_init(&shown, memory, sizeof(memory));
	printable_put(&shown, path, strnlen(path, PATH_COLUMNS));
	(void)fwrite(shown.start, 1, writer_size(&shown), stderr);
}

void progress_show_capture(struct progress *progress, const struct merge *merge,
                           const struct counters *sum)
{
	uint64_t done, size;
	const char *path;
	const struct capture *capture = merge_current(merge, &path);
	if (capture == NULL) {
		return;
	}
	progress->shown = true;
	capture_progress(capture, &done, &size);
	(void)fputs(CLEAR "nsmx: ", stderr);
	if (size > 0) {
		(void)fprintf(stderr, "%3d %% of ", (int)(done * 100 / size));
	}
	show_path(path);
	(void)fprintf(stderr, ": %" PRIu64 " packets, %" PRIu64 " hits\r",
	              counter_get(&sum->packets), counter_get(&sum->hits));
	(void)fflush(stderr);
}

void progress_show_files(struct progress *progress, size_t files, const struct counters *sum)
{
	progress->shown = true;
	(void)fprintf(stderr, CLEAR "nsmx: %zu files: %" PRIu64 " packets, %" PRIu64 " hits\r",
	              files, counter_get(&sum->packets), counter_get(&sum->hits));
	(void)fflush(stderr);
}

void progress_show_rows(struct progress *progress, uint64_t rows, uint64_t hits)
{
	progress->shown = true;
	(void)fprintf(stderr, CLEAR "nsmx: %" PRIu64 " rows, %" PRIu64 " hits\r", rows, hits);
	(void)fflush(stderr);
}

void progress_show_work(struct progress *progress, const char *name, uint64_t done,
                        const char *unit)
{
	progress->shown = true;
	(void)fprintf(stderr, CLEAR "nsmx: %s: %" PRIu64 " %s\r", name, done, unit);
	(void)fflush(stderr);
}

void progress_show_delivery(struct progress *progress, const struct counters *sum)
{
	uint64_t delivered = counter_get(&sum->events_delivered);
	uint64_t pending = counter_get(&sum->events_pending);
	progress->shown = pending > 0;
	(void)fputs(CLEAR, stderr);
	if (pending > 0) {
		(void)fprintf(stderr, "nsmx: delivering: %" PRIu64 " of %" PRIu64 " events\r",
		              delivered, delivered + pending);
	}
	(void)fflush(stderr);
}
