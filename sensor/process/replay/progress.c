/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/replay/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/time_ns.h"
#include "base/utf8.h"
#include "base/writer.h"
#include "sensor/outputs/terminal.h"

#define INTERVAL_NS  200000000LL
#define PATH_COLUMNS 60
#define LINE_OCTETS  1024

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

/* A line of the progress that is being written. */
struct line {
	char memory[LINE_OCTETS];
	struct writer out;
};

static void begin(struct line *line)
{
	writer_init(&line->out, line->memory, sizeof(line->memory));
	writer_literal(&line->out, "nsmx: ");
}

static void put_count(struct line *line, uint64_t count, const char *unit)
{
	writer_number(&line->out, count);
	writer_char(&line->out, ' ');
	writer_string(&line->out, unit);
}

/* The octets of a text that are at most so many columns wide: 1 for ASCII, up to 2 for others. */
static size_t fit(const char *text, size_t size, size_t columns)
{
	size_t at = 0;
	while (at < size) {
		size_t step = utf8_sequence((const uint8_t *)text + at, size - at);
		size_t wide = step > 1 ? 2 : 1;
		if (wide > columns) {
			break;
		}
		columns -= wide;
		at += MAX(step, 1);
	}
	return at;
}

/* Writes the line. A line that is wider than the terminal would not be overwritten by the next. */
static void show(struct progress *progress, const struct line *line)
{
	unsigned width = terminal_width(STDERR_FILENO);
	size_t size = writer_size(&line->out);
	progress->shown = true;
	if (width > 0) {
		size = fit(line->memory, size, width - 1);
	}
	(void)fputs(CLEAR, stderr);
	(void)fwrite(line->memory, 1, size, stderr);
	(void)fputc('\r', stderr);
	(void)fflush(stderr);
}

/* Writes a path, which leaves `rest` columns for other texts of the line. */
static void put_path(struct line *line, const char *path, size_t rest)
{
	char memory[PATH_COLUMNS * PRINTABLE_MAX];
	struct writer shown;
	size_t width = terminal_width(STDERR_FILENO);
	size_t columns = width == 0 ? SIZE_MAX : width > rest ? width - rest : 0;
	writer_init(&shown, memory, sizeof(memory));
	printable_put(&shown, path, strnlen(path, PATH_COLUMNS));
	writer_put(&line->out, memory, fit(memory, writer_size(&shown), columns));
}

static void put_counts(struct line *line, const struct counters *sum)
{
	put_count(line, counter_get(&sum->packets), "packets, ");
	put_count(line, counter_get(&sum->hits), "hits");
}

void progress_show_capture(struct progress *progress, const struct merge *merge,
                           const struct counters *sum)
{
	uint64_t done, size;
	const char *path;
	struct line line, counts;
	const struct capture *capture = merge_current(merge, &path);
	if (capture == NULL) {
		return;
	}
	capture_progress(capture, &done, &size);
	begin(&line);
	if (size > 0) {
		uint64_t share = done * 100 / size;
		writer_put(&line.out, "   ", share < 10 ? 2 : share < 100 ? 1 : 0);
		put_count(&line, share, "% of ");
	}
	begin(&counts);
	put_counts(&counts, sum);
	put_path(&line, path, writer_size(&line.out) + writer_size(&counts.out));
	writer_literal(&line.out, ": ");
	put_counts(&line, sum);
	show(progress, &line);
}

void progress_show_files(struct progress *progress, size_t files, const struct counters *sum)
{
	struct line line;
	begin(&line);
	put_count(&line, files, "files: ");
	put_counts(&line, sum);
	show(progress, &line);
}

void progress_show_rows(struct progress *progress, uint64_t rows, uint64_t hits)
{
	struct line line;
	begin(&line);
	put_count(&line, rows, "rows, ");
	put_count(&line, hits, "hits");
	show(progress, &line);
}

void progress_show_work(struct progress *progress, const char *name, uint64_t done,
                        const char *unit)
{
	struct line line;
	begin(&line);
	writer_string(&line.out, name);
	writer_literal(&line.out, ": ");
	put_count(&line, done, unit);
	show(progress, &line);
}

void progress_show_delivery(struct progress *progress, const struct counters *sum)
{
	struct line line;
	uint64_t delivered = counter_get(&sum->events_delivered);
	uint64_t pending = counter_get(&sum->events_pending);
	if (pending == 0) {
		(void)fputs(CLEAR, stderr);
		(void)fflush(stderr);
		progress->shown = false;
		return;
	}
	begin(&line);
	writer_literal(&line.out, "delivering: ");
	put_count(&line, delivered, "of ");
	put_count(&line, delivered + pending, "events");
	show(progress, &line);
}
