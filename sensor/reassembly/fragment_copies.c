/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/fragment_copies.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

struct fragment_copy {
	TAILQ_ENTRY(fragment_copy) in_list;
	size_t offset, size;
	uint8_t bytes[];
};

bool fragment_copies_add(struct fragment_copies *copies, const struct fragment *fragment)
{
	struct fragment_copy *copy = malloc(sizeof(*copy) + fragment->size);
	if (copy == NULL) {
		return false;
	}
	copy->offset = fragment->offset;
	copy->size = fragment->size;
	memcpy(copy->bytes, fragment->payload, fragment->size);
	TAILQ_INSERT_TAIL(copies, copy, in_list);
	return true;
}

bool fragment_copies_differ(const struct fragment_copies *copies, const struct fragment *fragment)
{
	const struct fragment_copy *copy = NULL;
	TAILQ_FOREACH(copy, copies, in_list)
	{
		size_t from = MAX(copy->offset, fragment->offset);
		size_t end = copy->offset + copy->size;
		size_t to = fragment->offset + fragment->size;
		to = MIN(end, to);
		if (from < to &&
		    memcmp(copy->bytes + (from - copy->offset),
		           fragment->payload + (from - fragment->offset), to - from) != 0) {
			return true;
		}
	}
	return false;
}

static void write_copy(const struct fragment_copy *copy, uint8_t *made, size_t size)
{
	if (copy->offset < size) {
		size_t left = size - copy->offset;
		memcpy(made + copy->offset, copy->bytes, MIN(copy->size, left));
	}
}

void fragment_copies_read(const struct fragment_copies *copies, enum fragment_reading reading,
                          uint8_t *made, size_t size)
{
	const struct fragment_copy *copy = NULL;
	/* The copy that is written last counts. */
	if (reading == FRAGMENT_READING_LAST) {
		TAILQ_FOREACH(copy, copies, in_list)
		{
			write_copy(copy, made, size);
		}
	} else {
		TAILQ_FOREACH_REVERSE(copy, copies, fragment_copies, in_list)
		{
			write_copy(copy, made, size);
		}
	}
}

void fragment_copies_clear(struct fragment_copies *copies)
{
	struct fragment_copy *copy;
	while ((copy = TAILQ_FIRST(copies)) != NULL) {
		TAILQ_REMOVE(copies, copy, in_list);
		free(copy);
	}
}
