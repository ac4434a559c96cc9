/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/event_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORD_MAX    64
#define ESCAPE_SIZE 4

static const struct severity {
	unsigned least;
	const char *word;
	const char *colour;
} SEVERITIES[] = {
	{ 99, "critical", "\033[1;31m" }, { 75, "high", "\033[31m" }, { 50, "medium", "\033[33m" },
	{ 1, "low", "\033[36m" },         { 0, "log", "\033[36m" },
};

bool event_line_wants_colour(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	return (no_color == NULL || no_color[0] == '\0') && isatty(fd) != 0;
}

size_t event_line_max(const char *time, const char *reason)
{
	return ESCAPE_SIZE * (strlen(time) + strlen(reason)) + WORD_MAX;
}

static size_t put_printable(char *out, const char *text)
{
	size_t size = 0;
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c >= 0x20 && c != 0x7f) {
			out[size++] = *text;
		} else {
			char escape[ESCAPE_SIZE + 1];
			(void)snprintf(escape, sizeof(escape), "\\x%02x", c);
			memcpy(out + size, escape, ESCAPE_SIZE);
			size += ESCAPE_SIZE;
		}
	}
	return size;
}

size_t event_line_write(char *out, const char *time, unsigned severity, const char *reason,
                        bool coloured)
{
	const struct severity *row = SEVERITIES;
	char word[WORD_MAX];
	while (severity < row->least) {
		row++;
	}
	size_t size = put_printable(out, time);
	int part = snprintf(word, sizeof(word), "  %s%-8s%s  ", coloured ? row->colour : "",
	                    row->word, coloured ? "\033[0m" : "");
	memcpy(out + size, word, (size_t)part);
	size += (size_t)part;
	size += put_printable(out + size, reason);
	out[size++] = '\n';
	return size;
}
