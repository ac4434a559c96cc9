/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/rows/hashes.h"

#include <stdlib.h>
#include <xxhash.h>

#define ROOM_MIN 1024 /* the number of slots is a power of two */

uint64_t history_hash(const uint8_t *key, size_t size)
{
	uint64_t hash = XXH3_64bits(key, size);
	return hash != 0 ? hash : 1;
}

static size_t find(const uint64_t *slots, size_t room, uint64_t hash)
{
	size_t at = hash & (room - 1);
	while (slots[at] != 0 && slots[at] != hash) {
		at = (at + 1) & (room - 1);
	}
	return at;
}

static bool grow(struct history_hashes *hashes)
{
	size_t room = hashes->room == 0 ? ROOM_MIN : 2 * hashes->room;
	uint64_t *slots = calloc(room, sizeof(*slots));
	if (slots == NULL) {
		return false;
	}
	for (size_t i = 0; i < hashes->room; i++) {
		if (hashes->slots[i] != 0) {
			slots[find(slots, room, hashes->slots[i])] = hashes->slots[i];
		}
	}
	free(hashes->slots);
	hashes->slots = slots;
	hashes->room = room;
	return true;
}

bool history_hashes_add(struct history_hashes *hashes, const uint8_t *key, size_t size)
{
	if (hashes->count == HISTORY_HASHES_MAX ||
	    (2 * hashes->count >= hashes->room && !grow(hashes))) {
		return false;
	}
	uint64_t hash = history_hash(key, size);
	size_t at = find(hashes->slots, hashes->room, hash);
	hashes->count += hashes->slots[at] == 0;
	hashes->slots[at] = hash;
	return true;
}

bool history_hashes_has(const struct history_hashes *hashes, const uint8_t *key, size_t size)
{
	return hashes->count > 0 &&
	       hashes->slots[find(hashes->slots, hashes->room, history_hash(key, size))] != 0;
}

void history_hashes_free(struct history_hashes *hashes)
{
	free(hashes->slots);
	*hashes = (struct history_hashes){ .room = 0 };
}
