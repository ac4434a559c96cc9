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

/*!
 * \brief Hashes what a name shares with its neighbours: most often the registrable domain.
 *
 * Two labels, but three where the last two look like `co.uk`: below those stand so many
 * names that they would fill their line of the sieve, which then lets everything pass.
 */
static uint64_t hash_home(const uint8_t *wire, size_t size, size_t labels)
{
	const uint8_t *last[3] = { wire, wire, wire };
	const uint8_t *at = wire;
	for (; labels > 0; labels--, at += 1u + at[0]) {
		if (labels <= 3) {
			last[3 - labels] = at;
		}
	}
	const uint8_t *home = last[2][0] == 2 && last[1][0] <= 3 ? last[0] : last[1];
	return intern_hash(home, size - (size_t)(home - wire));
}

int names_close(struct names *names)
{
	const struct intern *keys = &names->keys;
	if (sieve_init(&names->sieve, keys->count) != 0) {
		return -1;
	}
	for (uint32_t i = 0; i < keys->count; i++) {
		size_t size;
		const uint8_t *wire = intern_get(keys, i, &size);
		sieve_add(&names->sieve, hash_home(wire, size, count_labels(wire, size)),
		          intern_hash(wire, size));
	}
	return 0;
}

void names_free(struct names *names)
{
	intern_free(&names->keys);
	sieve_free(&names->sieve);
}

struct names_walk names_walk_init(const struct names *names, const uint8_t *wire, size_t size)
{
	struct names_walk walk = {
		.names = names,
		.wire = wire,
		.size = size,
		.labels = count_labels(wire, size),
	};
	walk.home = walk.labels > 2 ? hash_home(wire, size, walk.labels) : 0;
	return walk;
}

static uint32_t find(const struct names_walk *walk, const uint8_t *wire, size_t size, size_t labels)
{
	const struct names *names = walk->names;
	if (!names->depths[labels]) {
		return INTERN_NONE;
	}
	uint64_t hash = intern_hash(wire, size);
	/* What has no more than two labels is its own home. */
	uint64_t home = labels > 2 ? walk->home : hash;
	if (!sieve_passes(&names->sieve, home, hash)) {
		return INTERN_NONE;
	}
	return intern_find_hashed(&names->keys, hash, wire, size);
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
		size_t labels = walk->labels;
		walk->whole = !walk->begun;
		walk->begun = true;
		drop_label(walk);
		uint32_t found = find(walk, wire, size, labels);
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
