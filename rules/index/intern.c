/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/index/intern.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret_hash.h"

#define SLOTS_MIN 16

static uint8_t tag_of(uint64_t hash)
{
	uint8_t tag = (uint8_t)(hash >> 56);
	return tag != 0 ? tag : 1;
}

const void *intern_get(const struct intern *table, uint32_t number, size_t *size)
{
	uint32_t start = number > 0 ? table->ends[number - 1] : 0;
	if (size != NULL) {
		*size = table->ends[number] - start;
	}
	return table->bytes + start;
}

static bool equal(const struct intern *table, uint32_t number, const void *bytes, size_t size)
{
	size_t kept_size;
	const void *kept = intern_get(table, number, &kept_size);
	/* `bytes` may be NULL if `size` is 0. */
	return kept_size == size && (size == 0 || memcmp(kept, bytes, size) == 0);
}

uint64_t intern_hash(const void *bytes, size_t size, const struct intern *table)
{
	const uint8_t *secret = table->secret != NULL ? table->secret : secret_hash_secret;
	return secret_hash_with(bytes, size, secret);
}

uint32_t intern_find_hashed(const struct intern *table, uint64_t hash, const void *bytes,
                            size_t size)
{
	if (table->slots_count == 0) {
		return INTERN_NONE;
	}
	uint32_t mask = table->slots_count - 1;
	uint8_t tag = tag_of(hash);
	for (uint32_t at = (uint32_t)hash & mask; table->tags[at] != 0; at = (at + 1) & mask) {
		if (table->tags[at] == tag && equal(table, table->slots[at], bytes, size)) {
			return table->slots[at];
		}
	}
	return INTERN_NONE;
}

uint32_t intern_find(const struct intern *table, const void *bytes, size_t size)
{
	return intern_find_hashed(table, intern_hash(bytes, size, table), bytes, size);
}

static void place(struct intern *table, uint64_t hash, uint32_t number)
{
	uint32_t mask = table->slots_count - 1;
	uint32_t at = (uint32_t)hash & mask;
	while (table->tags[at] != 0) {
		at = (at + 1) & mask;
	}
	table->tags[at] = tag_of(hash);
	table->slots[at] = number;
}

static int grow_slots(struct intern *table)
{
	/* Beyond three quarters full, runs of taken slots grow long. */
	if (table->count < table->slots_count / 4 * 3) {
		return 0;
	}
	uint32_t count = table->slots_count > 0 ? table->slots_count * 2 : SLOTS_MIN;
	uint8_t *tags = calloc(count, sizeof(*tags));
	uint32_t *slots = count > 0 ? malloc(count * sizeof(*slots)) : NULL;
	if (tags == NULL || slots == NULL) {
		free(tags);
		free(slots);
		return -1;
	}
	free(table->tags);
	free(table->slots);
	table->tags = tags;
	table->slots = slots;
	table->slots_count = count;
	for (uint32_t i = 0; i < table->count; i++) {
		size_t size;
		const void *bytes = intern_get(table, i, &size);
		place(table, intern_hash(bytes, size, table), i);
	}
	return 0;
}

static int grow_bytes(struct intern *table, size_t need)
{
	if (need > UINT32_MAX) {
		return -1;
	}
	/* A string without octets has an address, too. */
	if (need < table->bytes_room) {
		return 0;
	}
	size_t room = need + need / 2 + 64;
	uint8_t *bytes = realloc(table->bytes, room);
	if (bytes == NULL) {
		return -1;
	}
	table->bytes = bytes;
	table->bytes_room = room;
	return 0;
}

static int grow_ends(struct intern *table)
{
	if (table->count < table->ends_room) {
		return 0;
	}
	if (table->ends_room > UINT32_MAX / 2) {
		return -1;
	}
	uint32_t room = table->ends_room > 0 ? table->ends_room * 2 : SLOTS_MIN;
	uint32_t *ends = realloc(table->ends, room * sizeof(*ends));
	if (ends == NULL) {
		return -1;
	}
	table->ends = ends;
	table->ends_room = room;
	return 0;
}

uint32_t intern_add(struct intern *table, const void *bytes, size_t size)
{
	uint64_t hash = intern_hash(bytes, size, table);
	uint32_t number = intern_find_hashed(table, hash, bytes, size);
	if (number != INTERN_NONE) {
		return number;
	}
	size_t start = table->count > 0 ? table->ends[table->count - 1] : 0;
	if (grow_bytes(table, start + size) != 0 || grow_ends(table) != 0 ||
	    grow_slots(table) != 0) {
		return INTERN_NONE;
	}
	if (size > 0) {
		memcpy(table->bytes + start, bytes, size);
	}
	number = table->count++;
	table->ends[number] = (uint32_t)(start + size);
	place(table, hash, number);
	return number;
}

void intern_trim(struct intern *table)
{
	if (table->count == 0) {
		return;
	}
	size_t size = table->ends[table->count - 1];
	uint8_t *bytes = realloc(table->bytes, size > 0 ? size : 1);
	if (bytes != NULL) {
		table->bytes = bytes;
		table->bytes_room = size;
	}
	uint32_t *ends = realloc(table->ends, table->count * sizeof(*ends));
	if (ends != NULL) {
		table->ends = ends;
		table->ends_room = table->count;
	}
}

void intern_free(struct intern *table)
{
	free(table->bytes);
	free(table->ends);
	free(table->tags);
	free(table->slots);
	*table = (struct intern){ 0 };
}
