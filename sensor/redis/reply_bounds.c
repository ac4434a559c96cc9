/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/redis/reply_bounds.h"

#include <string.h>

#include "base/ascii.h"

/* Handles the end of an element, which may also be the end of arrays. */
static void end_element(struct reply_bounds *bounds)
{
	while (bounds->depth > 0 && --bounds->left[bounds->depth - 1] == 0) {
		bounds->depth--;
	}
	if (bounds->depth == 0) {
		bounds->elements = 0;
	}
}

static const char *begin_array(struct reply_bounds *bounds, uint64_t count)
{
	if (count == 0) {
		end_element(bounds);
		return NULL;
	}
	if (count > REPLY_ELEMENTS_MAX - bounds->elements) {
		return "a reply has too many elements";
	}
	if (bounds->depth == REPLY_DEPTH_MAX) {
		return "a reply has arrays nested too deeply";
	}
	bounds->elements += count;
	bounds->left[bounds->depth++] = count;
	return NULL;
}

static const char *begin_bulk(struct reply_bounds *bounds, bool none)
{
	if (none) {
		end_element(bounds);
		return NULL;
	}
	if (bounds->number > REPLY_BULK_MAX) {
		return "a reply has a string that is too long";
	}
	bounds->bulk_left = bounds->number + 2;
	return NULL;
}

/* `none`: the length is negative. Maps and attributes have two elements for each that they count.
 */
static const char *end_line(struct reply_bounds *bounds)
{
	char type = bounds->type;
	bool none = bounds->number == UINT64_MAX;
	bounds->line = 0;
	bounds->carriage = false;
	if (type == '$' || type == '=' || type == '!') {
		return begin_bulk(bounds, none);
	}
	if (type == '*' || type == '~' || type == '>') {
		return begin_array(bounds, none ? 0 : bounds->number);
	}
	if (type == '%' || type == '|') {
		return begin_array(bounds, none ? 0 : 2 * bounds->number);
	}
	end_element(bounds);
	return NULL;
}

/* Saturates below values that overflow when they are doubled. */
static void read_digit(struct reply_bounds *bounds, char c)
{
	if (bounds->line == 2 && c == '-') {
		bounds->number = UINT64_MAX;
	} else if (ascii_is_digit(c) && bounds->number < UINT32_MAX) {
		bounds->number = 10 * bounds->number + (uint64_t)(c - '0');
	}
}

static const char *take_octet(struct reply_bounds *bounds, char c)
{
	if (bounds->carriage && c == '\n') {
		return end_line(bounds);
	}
	bounds->carriage = c == '\r';
	if (bounds->line++ == 0) {
		bounds->type = c;
		bounds->number = 0;
	}
	read_digit(bounds, c);
	return bounds->line > REPLY_LINE_MAX ? "a reply has a line that is too long" : NULL;
}

const char *reply_bounds_check(struct reply_bounds *bounds, const char *octets, size_t size)
{
	const char *why = NULL;
	for (size_t at = 0; at < size && why == NULL;) {
		if (bounds->bulk_left == 0) {
			why = take_octet(bounds, octets[at++]);
			continue;
		}
		size_t part = size - at < bounds->bulk_left ? size - at : bounds->bulk_left;
		at += part;
		bounds->bulk_left -= part;
		if (bounds->bulk_left == 0) {
			end_element(bounds);
		}
	}
	return why;
}
