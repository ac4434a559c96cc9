/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/names.h"

#include <string.h>

/*! \brief Labels of a name; 0 for the root and for what is no name. */
static size_t count_labels(const uint8_t *wire, size_t size)
{
	size_t labels = 0;
	size_t at = 0;
	if (size > NAME_MAX_SIZE) {
		return 0;
	}
	while (at < size && wire[at] != 0) {
		if (wire[at] > 63) {
			return 0;
		}
		at += 1u + wire[at];
		labels++;
	}
	return at + 1 == size ? labels : 0;
}

uint32_t names_add(struct names *names, const uint8_t *wire, size_t size)
{
	size_t labels = count_labels(wire, size);
	if (labels == 0) {
		return INTERN_NONE;
	}
	names->depths[labels] = true;
	return intern_add(&names->keys, wire, size);
}

struct names_walk names_walk_init(const struct names *names, const uint8_t *wire, size_t size)
{
	return (struct names_walk){
		.names = names,
		.wire = wire,
		.size = size,
		.labels = count_labels(wire, size),
	};
}

static void drop_label(struct names_walk *walk)
{
	size_t step = 1u + walk->wire[0];
	walk->wire += step;
	walk->size -= step;
	walk->labels--;
}

uint32_t names_walk_next(struct names_walk *walk)
{
	while (walk->labels > 0) {
		const uint8_t *wire = walk->wire;
		size_t size = walk->size;
		bool known_depth = walk->names->depths[walk->labels];
		walk->whole = !walk->begun;
		walk->begun = true;
		drop_label(walk);
		uint32_t found = INTERN_NONE;
		if (known_depth) {
			found = intern_find(&walk->names->keys, wire, size);
		}
		if (found != INTERN_NONE) {
			return found;
		}
	}
	return INTERN_NONE;
}

size_t names_text(const uint8_t *wire, size_t size, char text[NAME_MAX_SIZE + 1])
{
	size_t used = 0;
	size_t at = 0;
	while (at < size && wire[at] != 0 && at + 1u + wire[at] < size) {
		if (used > 0) {
			text[used++] = '.';
		}
		memcpy(text + used, wire + at + 1, wire[at]);
		used += wire[at];
		at += 1u + wire[at];
	}
	text[used] = '\0';
	return used;
}
