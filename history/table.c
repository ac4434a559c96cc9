/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret_hash.h"
#include "base/writer.h"
#include "history/rows/batch.h"

#define SLOTS (1u << 17) /* three quarters of the slots are used at most (HISTORY_TABLE_ROWS) */

struct entry {
	struct history_seen seen;
	uint32_t hash;
	uint32_t key_size;
	uint8_t key[];
};

struct history_table {
	struct history_sink sink;
	uint8_t *octets; /* the entries, one after the other */
	size_t used;
	uint32_t *slots; /* the position of an entry in `octets`, plus 1; 0: the slot is free */
	size_t rows;
	uint32_t generation; /* how often the table was emptied */
	uint64_t dropped;
	struct history_repeats *repeats; /* of places in this table */
};

struct history_table *history_table_new(const struct history_sink *sink)
{
	struct history_table *table = calloc(1, sizeof(*table));
	if (table == NULL) {
		return NULL;
	}
	table->sink = *sink;
	table->octets = malloc(HISTORY_TABLE_OCTETS);
	table->slots = calloc(SLOTS, sizeof(table->slots[0]));
	table->repeats = history_repeats_new();
	if (table->octets == NULL || table->slots == NULL || table->repeats == NULL) {
		history_table_free(table);
		return NULL;
	}
	return table;
}

void history_table_free(struct history_table *table)
{
	if (table != NULL) {
		free(table->octets);
		free(table->slots);
		history_repeats_free(table->repeats);
		free(table);
	}
}

static struct entry *entry_at(const struct history_table *table, size_t place)
{
	return (struct entry *)(void *)(table->octets + place);
}

static size_t entry_size(size_t key_size)
{
	size_t size = sizeof(struct entry) + key_size;
	return (size + 7) & ~(size_t)7;
}

/* Returns the slot of a key, or the free slot for it if the key is new. */
static uint32_t *find_slot(const struct history_table *table, const uint8_t *key, size_t size,
                           uint32_t hash)
{
	uint32_t at = hash % SLOTS;
	while (table->slots[at] != 0) {
		const struct entry *entry = entry_at(table, table->slots[at] - 1);
		if (entry->hash == hash && entry->key_size == size &&
		    memcmp(entry->key, key, size) == 0) {
			break;
		}
		at = (at + 1) % SLOTS;
	}
	return &table->slots[at];
}

/* Returns the place of the new entry, plus 1; 0 if there is no room. */
static uint32_t add(struct history_table *table, const uint8_t *key, size_t size, uint32_t hash,
                    const struct history_seen *seen)
{
	if ((table->rows == HISTORY_TABLE_ROWS ||
	     entry_size(size) > HISTORY_TABLE_OCTETS - table->used) &&
	    !history_table_flush(table)) {
		table->dropped++;
		return 0;
	}
	uint32_t place = (uint32_t)table->used + 1;
	*find_slot(table, key, size, hash) = place;
	struct entry *entry = entry_at(table, table->used);
	*entry = (struct entry){
		.seen = *seen,
		.hash = hash,
		.key_size = (uint32_t)size,
	};
	memcpy(entry->key, key, size);
	table->used += entry_size(size);
	table->rows++;
	return place;
}

static struct history_seen sighting(uint64_t time_s, uint32_t ttl)
{
	return (struct history_seen){
		.first = time_s, .last = time_s, .count = 1, .ttl_min = ttl, .ttl_max = ttl
	};
}

uint32_t history_table_add(struct history_table *table, const uint8_t *key, size_t size,
                           const struct history_seen *seen)
{
	if (size == 0) {
		table->dropped++;
		return 0;
	}
	uint32_t hash = (uint32_t)secret_hash(key, size);
	uint32_t place = *find_slot(table, key, size, hash);
	if (place == 0) {
		return add(table, key, size, hash, seen);
	}
	history_seen_merge(key[0], &entry_at(table, place - 1)->seen, seen);
	return place;
}

void history_table_again(struct history_table *table, uint32_t place, uint64_t time_s, uint32_t ttl,
                         bool kept)
{
	struct entry *entry = entry_at(table, place - 1);
	struct history_seen seen = sighting(time_s, ttl);
	seen.kept = kept && entry->key[0] == HISTORY_KEY_OWNER;
	history_seen_merge(entry->key[0], &entry->seen, &seen);
}

uint32_t history_table_see(struct history_table *table, const struct history_row *row,
                           uint64_t time_s, uint32_t ttl, bool kept)
{
	uint8_t key[HISTORY_KEY_MAX];
	struct history_seen seen = sighting(time_s, ttl);
	seen.kept = kept;
	return history_table_add(table, key, history_key_by_owner(row, key), &seen);
}

uint32_t history_table_see_client(struct history_table *table, const struct history_row *row,
                                  const struct in6_addr *client, uint64_t time_s, uint32_t ttl)
{
	uint8_t key[HISTORY_KEY_MAX];
	const struct history_seen seen = sighting(time_s, ttl);
	return history_table_add(table, key, history_key_by_client(row, client, key), &seen);
}

uint32_t history_table_find(const struct history_table *table, const struct history_row *row,
                            const struct in6_addr *client)
{
	uint8_t key[HISTORY_KEY_MAX];
	size_t size = client != NULL ? history_key_by_client(row, client, key)
	                             : history_key_by_owner(row, key);
	return size > 0 ? *find_slot(table, key, size, (uint32_t)secret_hash(key, size)) : 0;
}

uint32_t history_table_generation(const struct history_table *table)
{
	return table->generation;
}

struct history_repeats *history_table_repeats(struct history_table *table)
{
	return table->repeats;
}

static void write_batch(const struct history_table *table, struct writer *w)
{
	for (size_t place = 0; place < table->used;) {
		const struct entry *entry = entry_at(table, place);
		history_batch_add(w, entry->key, entry->key_size, &entry->seen);
		place += entry_size(entry->key_size);
	}
}

void history_table_drop(struct history_table *table)
{
	table->dropped++;
}

bool history_table_flush(struct history_table *table)
{
	struct writer w;
	if (table->rows == 0) {
		return true;
	}
	char *room = (char *)table->sink.room(table->sink.ctx);
	if (room == NULL) {
		return false;
	}
	writer_init(&w, room, HISTORY_BATCH_MAX);
	write_batch(table, &w);
	table->sink.put(table->sink.ctx, writer_size(&w), table->rows);
	memset(table->slots, 0, SLOTS * sizeof(table->slots[0]));
	table->used = table->rows = 0;
	table->generation++;
	history_repeats_forget(table->repeats);
	return true;
}

size_t history_table_rows(const struct history_table *table)
{
	return table->rows;
}

uint64_t history_table_dropped(const struct history_table *table)
{
	return table->dropped;
}
