/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/lines.h"

#include <string.h>

static int fill(struct lines *lines)
{
	memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
	lines->end -= lines->start;
	lines->start = 0;
	size_t got =
	        fread(lines->buffer + lines->end, 1, sizeof(lines->buffer) - lines->end, lines->in);
	lines->end += got;
	lines->ended = got == 0;
	return got == 0 && ferror(lines->in) ? -1 : 0;
}

/*! \brief Fills the buffer until it has a whole line, or more than the longest one. */
static int find_end(struct lines *lines, const char **end)
{
	for (;;) {
		size_t have = lines->end - lines->start;
		*end = memchr(lines->buffer + lines->start, '\n', have);
		/* One further octet is allowed for the CR, which does not count. */
		if (*end != NULL || have > LINES_MAX + 1 || lines->ended) {
			return 0;
		}
		if (fill(lines) != 0) {
			return -1;
		}
	}
}

static enum lines_state pass_over(struct lines *lines)
{
	const char *end = NULL;
	while (end == NULL && !lines->ended) {
		lines->start = lines->end;
		if (fill(lines) != 0) {
			return LINES_FAILED;
		}
		end = memchr(lines->buffer, '\n', lines->end);
	}
	lines->start = end != NULL ? (size_t)(end + 1 - lines->buffer) : lines->end;
	return LINES_LONG;
}

enum lines_state lines_next(struct lines *lines, const char **line, size_t *size)
{
	const char *end;
	if (find_end(lines, &end) != 0) {
		return LINES_FAILED;
	}
	if (lines->start == lines->end) {
		return LINES_END;
	}
	lines->number++;
	const char *start = lines->buffer + lines->start;
	size_t left = lines->end - lines->start;
	if (end == NULL && left > LINES_MAX + 1) {
		return pass_over(lines);
	}
	*line = start;
	*size = end != NULL ? (size_t)(end - start) : left;
	lines->start += *size + (end != NULL);
	if (*size > 0 && start[*size - 1] == '\r') {
		(*size)--;
	}
	if (*size > LINES_MAX) {
		return LINES_LONG;
	}
	if (lines->number == 1 && *size >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0) {
		*line += 3;
		*size -= 3;
	}
	return LINES_LINE;
}
