/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/printable.h"

/* PIPE_BUF: a pipe that is ready accepts this many octets without a wait. */
#define LINE_MAX_OCTETS 4096
/* Erases the rest of the terminal's line, which may have a longer line of progress. */
#define ERASE "\033[K"

#define WAIT_MS 500

static _Thread_local bool is_muted;
static _Thread_local bool is_stalled; /* standard error is not being read */

struct line {
	char text[LINE_MAX_OCTETS];
	size_t size;
};

static void put(struct line *line, const char *text, size_t size)
{
	/* the room for ERASE and the line feed is kept */
	size_t room = sizeof(line->text) - sizeof(ERASE "\n") - line->size;
	size_t part = MIN(size, room);
	memcpy(line->text + line->size, text, part);
	line->size += part;
}

static void put_escaped(struct line *line, const char *text)
{
	char shown[PRINTABLE_MAX];
	size_t left = strlen(text), used;
	for (; left > 0; text += used, left -= used) {
		if (*text >= ' ' && *text <= '~') {
			used = 1;
			put(line, text, 1);
			continue;
		}
		size_t size = printable_next(text, left, shown, &used);
		put(line, shown, size);
	}
}

/*
 * A failure cannot be reported, because standard error is the only place for it. A process must not
 * stop because nobody reads standard error: after a wait, lines are dropped until the reader reads
 * again.
 */
static void write_line(const char *text, size_t size)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
	if (poll(&fd, 1, is_stalled ? 0 : WAIT_MS) == 0) {
		is_stalled = true;
		return;
	}
	is_stalled = false;
	ssize_t written = write(STDERR_FILENO, text, size);
	(void)written;
}

static void log_line(const char *prefix, const char *fmt, va_list args)
        __attribute__((format(printf, 2, 0)));

static void log_line(const char *prefix, const char *fmt, va_list args)
{
	int saved = errno;
	char text[LINE_MAX_OCTETS];
	if (is_muted) {
		return;
	}
	struct line line = { .size = 0 };

	(void)vsnprintf(text, sizeof(text), fmt, args);
	put(&line, "nsmx: ", 6);
	put(&line, prefix, strlen(prefix));
	put_escaped(&line, text);
	if (isatty(STDERR_FILENO) != 0) {
		memcpy(line.text + line.size, ERASE, sizeof(ERASE) - 1);
		line.size += sizeof(ERASE) - 1;
	}
	line.text[line.size++] = '\n';
	write_line(line.text, line.size);
	errno = saved;
}

void log_mute(bool muted)
{
	is_muted = muted;
}

void log_error(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	log_line("", fmt, args);
	va_end(args);
}

void log_warn(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	log_line("warning: ", fmt, args);
	va_end(args);
}

void log_info(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	log_line("", fmt, args);
	va_end(args);
}
