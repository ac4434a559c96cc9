/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/writer.h"

#include <stdlib.h>
#include <sys/param.h>

#define ROOM_FIRST 4096
#define BLOCK      64

/* The memory of an empty growing writer, because C does not define the comparison of null
 * pointers. */
static char nothing[1];

void writer_init(struct writer *w, char *memory, size_t size)
{
	*w = (struct writer){ .start = memory, .at = memory, .end = memory + size, .room = size };
}

void writer_init_growing(struct writer *w, size_t limit)
{
	*w = (struct writer){ .start = nothing, .at = nothing, .end = nothing, .limit = limit };
}

void writer_free(struct writer *w)
{
	if (w->limit > 0) {
		if (w->room > 0) {
			free(w->start);
		}
		writer_init_growing(w, w->limit);
	}
}

static bool grow(struct writer *w, size_t size)
{
	size_t written = writer_size(w);
	if (w->failed || written > w->limit || size > w->limit - written) {
		return false;
	}
	size_t room = w->room > 0 ? w->room : ROOM_FIRST;
	while (room < written + size) {
		room *= 2;
	}
	room = MIN(room, w->limit);
	char *memory = realloc(w->room > 0 ? w->start : NULL, room);
	if (memory == NULL) {
		return false;
	}
	w->start = memory;
	w->at = memory + written;
	w->end = memory + room;
	w->room = room;
	return true;
}

void writer_fail(struct writer *w)
{
	w->failed = true;
	w->end = w->at;
}

bool writer_extend(struct writer *w, size_t size)
{
	if (!grow(w, size)) {
		writer_fail(w);
	}
	return !w->failed;
}

void writer_rewind(struct writer *w, size_t size)
{
	if (!w->failed && size <= writer_size(w)) {
		w->at = w->start + size;
	}
}

void writer_recover(struct writer *w, size_t size)
{
	if (size <= writer_size(w)) {
		w->at = w->start + size;
		w->end = w->start + w->room;
		w->failed = false;
	}
}

const char *writer_text(struct writer *w)
{
	writer_char(w, '\0');
	if (w->failed) {
		return NULL;
	}
	w->at--;
	return w->start;
}

void writer_repeat(struct writer *w, size_t from, size_t size)
{
	size_t written = writer_size(w);
	if (from > written || size > written - from) {
		writer_fail(w);
	} else if (size <= BLOCK && writer_left(w) >= BLOCK) {
		/* Copies a whole block as writer_block() does, because there is room for a block
		 * after the text. */
		char block[BLOCK];
		memcpy(block, w->start + from, BLOCK);
		memcpy(w->at, block, BLOCK);
		w->at += size;
	} else if (writer_take(w, size) != NULL && size > 0) {
		memcpy(w->start + written, w->start + from, size);
	}
}

void writer_digits(struct writer *w, uint64_t value, unsigned digits)
{
	char *to = writer_take(w, digits);
	if (to != NULL) {
		(void)text_digits(to, value, digits);
	}
}

void writer_hex8(struct writer *w, uint8_t value)
{
	char digits[16];
	(void)text_hex64(digits, value);
	writer_put(w, digits + 14, 2);
}

void writer_hex64(struct writer *w, uint64_t value)
{
	char *to = writer_take(w, 16);
	if (to != NULL) {
		(void)text_hex64(to, value);
	}
}

void writer_address(struct writer *w, const struct in6_addr *addr)
{
	struct address_text address;
	address_text_make(&address, addr);
	writer_address_text(w, &address);
}

void writer_time(struct writer *w, int64_t time_ns)
{
	char text[TEXT_TIME_MAX];
	writer_put(w, text, (size_t)(text_time(text, time_ns) - text));
}
