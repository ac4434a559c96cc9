/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/index/multimap.h"

#include <stdlib.h>

#define SIZE_MIN 64

static void place(struct multimap *multimap, struct multimap_entry entry)
{
	uint32_t at = entry.key & (multimap->size - 1);
	while (multimap->entries[at].number != 0) {
		at = (at + 1) & (multimap->size - 1);
	}
	multimap->entries[at] = entry;
	uint64_t bit = entry.key & ((uint64_t)multimap->size * MULTIMAP_FILTER - 1);
	multimap->filter[bit / 64] |= UINT64_C(1) << bit % 64;
}

static int grow(struct multimap *multimap)
{
	if (multimap->count < multimap->size / 8 * 5) {
		return 0;
	}
	uint32_t size = multimap->size > 0 ? multimap->size * 2 : SIZE_MIN;
	struct multimap larger = { .size = size, .count = multimap->count };
	larger.entries = size > 0 ? calloc(size, sizeof(*larger.entries)) : NULL;
	larger.filter = size > 0 ? calloc(size, MULTIMAP_FILTER / 8) : NULL;
	if (larger.entries == NULL || larger.filter == NULL) {
		multimap_free(&larger);
		return -1;
	}
	for (uint32_t i = 0; i < multimap->size; i++) {
		if (multimap->entries[i].number != 0) {
			place(&larger, multimap->entries[i]);
		}
	}
	multimap_free(multimap);
	*multimap = larger;
	return 0;
}

int multimap_add(struct multimap *multimap, uint32_t key, uint32_t number)
{
	struct multimap_walk walk = multimap_walk_init(multimap, key);
	uint32_t known;
	while ((known = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		if (known == number) {
			return 0;
		}
	}
	if (grow(multimap) != 0) {
		return -1;
	}
	place(multimap, (struct multimap_entry){ key, number + 1 });
	multimap->count++;
	return 0;
}

struct multimap_walk multimap_walk_init(const struct multimap *multimap, uint32_t key)
{
	return (struct multimap_walk){ .multimap = multimap, .key = key, .at = key };
}

uint32_t multimap_walk_next(struct multimap_walk *walk)
{
	const struct multimap *multimap = walk->multimap;
	if (multimap->size == 0) {
		return MULTIMAP_NONE;
	}
	for (;;) {
		const struct multimap_entry *entry =
		        &multimap->entries[walk->at++ & (multimap->size - 1)];
		if (entry->number == 0) {
			return MULTIMAP_NONE;
		}
		if (entry->key == walk->key) {
			return entry->number - 1;
		}
	}
}

void multimap_free(struct multimap *multimap)
{
	free(multimap->entries);
	free(multimap->filter);
	*multimap = (struct multimap){ 0 };
}
