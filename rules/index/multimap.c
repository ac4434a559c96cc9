/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/index/multimap.h"

#include <stdlib.h>

#define SIZE_MIN 64

static void place(struct twins_entry *entries, uint32_t size, struct twins_entry entry)
{
	uint32_t at = entry.key & (size - 1);
	while (entries[at].number != 0) {
		at = (at + 1) & (size - 1);
	}
	entries[at] = entry;
}

static int grow(struct twins *twins)
{
	if (twins->count < twins->size / 8 * 5) {
		return 0;
	}
	uint32_t size = twins->size > 0 ? twins->size * 2 : SIZE_MIN;
	struct twins_entry *entries = size > 0 ? calloc(size, sizeof(*entries)) : NULL;
	if (entries == NULL) {
		return -1;
	}
	for (uint32_t i = 0; i < twins->size; i++) {
		if (twins->entries[i].number != 0) {
			place(entries, size, twins->entries[i]);
		}
	}
	free(twins->entries);
	twins->entries = entries;
	twins->size = size;
	return 0;
}

int twins_add(struct twins *twins, uint32_t key, uint32_t number)
{
	struct twins_walk walk = twins_walk_init(twins, key);
	uint32_t known;
	while ((known = twins_walk_next(&walk)) != TWINS_NONE) {
		if (known == number) {
			return 0;
		}
	}
	if (grow(twins) != 0) {
		return -1;
	}
	place(twins->entries, twins->size, (struct twins_entry){ key, number + 1 });
	twins->count++;
	return 0;
}

struct twins_walk twins_walk_init(const struct twins *twins, uint32_t key)
{
	return (struct twins_walk){ .twins = twins, .key = key, .at = key };
}

uint32_t twins_walk_next(struct twins_walk *walk)
{
	const struct twins *twins = walk->twins;
	if (twins->size == 0) {
		return TWINS_NONE;
	}
	for (;;) {
		const struct twins_entry *entry = &twins->entries[walk->at++ & (twins->size - 1)];
		if (entry->number == 0) {
			return TWINS_NONE;
		}
		if (entry->key == walk->key) {
			return entry->number - 1;
		}
	}
}

void twins_free(struct twins *twins)
{
	free(twins->entries);
	*twins = (struct twins){ 0 };
}
