/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/event_line.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"
#include "rules/keywords.h"

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

void event_line_put_severity(struct writer *out, unsigned severity, bool coloured)
{
	enum rule_severity row = rule_severity_of(severity);
	writer_string(out, coloured ? COLOURS[row] : "");
	size_t start = writer_size(out);
	writer_string(out, severity > 0 ? KEYWORD_SEVERITIES[row] : "log");
	for (size_t size = writer_size(out) - start; size < EVENT_LINE_SEVERITY; size++) {
		writer_char(out, ' ');
	}
	writer_string(out, coloured ? "\033[0m" : "");
}

void event_line_put(struct writer *out, const char *time, unsigned severity, const char *reason,
                    size_t reason_size, bool coloured)
{
	printable_put(out, time, strlen(time));
	writer_literal(out, "  ");
	event_line_put_severity(out, severity, coloured);
	writer_literal(out, "  ");
	printable_put(out, reason, reason_size);
	writer_char(out, '\n');
}
