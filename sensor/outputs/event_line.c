/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/event_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/keywords.h"

#define WORD_MAX    64
#define ESCAPE_SIZE 4

static const char *const COLOURS[SEVERITY_COUNT] = {
	[SEVERITY_LOW] = "\033[36m",
	[SEVERITY_MEDIUM] = "\033[33m",
	[SEVERITY_HIGH] = "\033[31m",
	[SEVERITY_CRITICAL] = "\033[1;31m",
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
	int row = SEVERITY_COUNT - 1;
	char word[WORD_MAX];
	while (row > 0 && severity < rule_severity_number((enum rule_severity)row)) {
		row--;
	}
	size_t size = put_printable(out, time);
	int part =
	        snprintf(word, sizeof(word), "  %s%-8s%s  ", coloured ? COLOURS[row] : "",
	                 severity > 0 ? KEYWORD_SEVERITIES[row] : "log", coloured ? "\033[0m" : "");
	memcpy(out + size, word, (size_t)part);
	size += (size_t)part;
	size += put_printable(out + size, reason);
	out[size++] = '\n';
	return size;
}
