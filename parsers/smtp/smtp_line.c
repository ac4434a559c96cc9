/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of both sides, assembled from segments. */
#include "parsers/smtp/smtp_private.h"

#include <string.h>

void smtp_line_add(struct smtp_session *s, struct smtp_line *line, char *text, size_t max,
                   const uint8_t *bytes, size_t size)
{
	size_t room = max - line->size;

	if (size > room) {
		s->counters.truncated += !line->cut;
		line->cut = true;
		size = room;
	}
	memcpy(text + line->size, bytes, size);
	line->size += (uint16_t)size;
}

void smtp_line_clear(struct smtp_line *line)
{
	*line = (struct smtp_line){ 0 };
}

size_t smtp_line_chomp(const char *line, size_t size)
{
	if (size > 0 && line[size - 1] == '\n') {
		size--;
	}
	if (size > 0 && line[size - 1] == '\r') {
		size--;
	}
	return size;
}
