/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/fair_table.h"

#include <string.h>
#include <sys/param.h>

#include "base/memory/shared.h"

/* Half of a set. */
#define UNRESERVED_WAYS (FAIR_WAYS / 2)

static size_t memory_size(const struct fair_table *table)
{
	return FAIR_CLIENTS * sizeof(*table->counts) + table->sets +
	       table->sets * FAIR_WAYS * table->stride;
}

bool fair_table_init(struct fair_table *table, size_t count, size_t stride)
{
	*table = (struct fair_table){ .sets = count / FAIR_WAYS, .stride = stride };
	uint8_t *memory = shared_new(memory_size(table));
	if (memory == NULL) {
		return false;
	}
	table->counts = (void *)memory;
	memory += FAIR_CLIENTS * sizeof(*table->counts);
	table->entries = memory;
	table->filled = memory + table->sets * FAIR_WAYS * stride;
	return true;
}

void fair_table_end(struct fair_table *table)
{
	shared_free(table->counts, memory_size(table));
	*table = (struct fair_table){ .counts = NULL };
}

/* The two sets of a hash; they differ. */
static void sets_of(const struct fair_table *table, uint64_t hash, size_t sets[2])
{
	sets[0] = (size_t)hash & (table->sets - 1);
	sets[1] = (size_t)(hash >> 32) & (table->sets - 1);
	if (sets[1] == sets[0]) {
		sets[1] ^= 1;
	}
}

static struct fair_head *entry_at(const struct fair_table *table, size_t set, size_t way)
{
	return (void *)(table->entries + (set * FAIR_WAYS + way) * table->stride);
}

static size_t filled_of(const struct fair_table *table, size_t set)
{
	size_t filled = __atomic_load_n(&table->filled[set], __ATOMIC_RELAXED);
	return MIN(filled, FAIR_WAYS);
}

bool fair_table_may_have(const struct fair_table *table, uint64_t hash)
{
	size_t sets[2];
	sets_of(table, hash, sets);
	return filled_of(table, sets[0]) > 0 || filled_of(table, sets[1]) > 0;
}

void fair_table_places(const struct fair_table *table, uint64_t hash, struct fair_places *places)
{
	size_t sets[2];
	sets_of(table, hash, sets);
	places->count = 0;
	for (int i = 0; i < 2; i++) {
		size_t filled = filled_of(table, sets[i]);
		for (size_t way = 0; way < filled; way++) {
			places->entries[places->count++] = entry_at(table, sets[i], way);
		}
	}
}

/* An unused entry of a set; NULL if it has none. */
static struct fair_head *unused_of(const struct fair_table *table, size_t set)
{
	size_t filled = filled_of(table, set);
	for (size_t way = 0; way < filled; way++) {
		struct fair_head *entry = entry_at(table, set, way);
		if (!entry->used) {
			return entry;
		}
	}
	return filled < FAIR_WAYS ? entry_at(table, set, filled) : NULL;
}

/* Used entries of a set: all, or those that are not reserved. */
static size_t count_of(const struct fair_table *table, size_t set, bool all)
{
	size_t filled = filled_of(table, set), count = 0;
	for (size_t way = 0; way < filled; way++) {
		const struct fair_head *entry = entry_at(table, set, way);
		count += entry->used && (all || !entry->reserved);
	}
	return count;
}

/* An entry is added to the set with fewer entries, so that both sets are seldom full before the
 * table is full. */
static struct fair_head *find_unused(const struct fair_table *table, uint64_t hash, bool reserved)
{
	size_t sets[2];
	sets_of(table, hash, sets);
	size_t first = count_of(table, sets[0], reserved),
	       second = count_of(table, sets[1], reserved);
	size_t emptier = second < first;
	if ((emptier ? second : first) >= (reserved ? FAIR_WAYS : UNRESERVED_WAYS)) {
		return NULL;
	}
	return unused_of(table, sets[emptier]);
}

/* The number of entries of a client beyond FAIR_CLIENT_MAX. */
static uint32_t excess_of(const struct fair_table *table, const struct fair_head *entry)
{
	uint32_t count = table->counts[entry->client];
	return count > FAIR_CLIENT_MAX ? count - FAIR_CLIENT_MAX : 0;
}

/* Returns whether `entry` is replaced rather than `other`. */
static bool gives_way(const struct fair_table *table, const struct fair_head *entry,
                      const struct fair_head *other, int64_t now_ns)
{
	bool expired = entry->until_ns < now_ns;
	if (expired != (other->until_ns < now_ns)) {
		return expired;
	}
	if (!entry->reserved != !other->reserved) {
		return !entry->reserved;
	}
	uint32_t excess = excess_of(table, entry), others = excess_of(table, other);
	return excess != others ? excess > others : entry->last_ns < other->last_ns;
}

static struct fair_head *find_victim(const struct fair_table *table, uint64_t hash, bool reserved,
                                     int64_t now_ns)
{
	struct fair_places places;
	struct fair_head *victim = NULL;
	fair_table_places(table, hash, &places);
	for (size_t i = 0; i < places.count; i++) {
		struct fair_head *entry = places.entries[i];
		if ((reserved || !entry->reserved || entry->until_ns < now_ns) &&
		    (victim == NULL || gives_way(table, entry, victim, now_ns))) {
			victim = entry;
		}
	}
	return victim;
}

void fair_table_drop(struct fair_table *table, struct fair_head *entry)
{
	if (entry->used) {
		entry->used = false;
		table->counts[entry->client]--;
	}
}

static void note_filled(const struct fair_table *table, const struct fair_head *entry)
{
	size_t number = (size_t)((const uint8_t *)entry - table->entries) / table->stride;
	size_t set = number / FAIR_WAYS, way = number % FAIR_WAYS;
	if (filled_of(table, set) == way) {
		__atomic_store_n(&table->filled[set], (uint8_t)(way + 1), __ATOMIC_RELAXED);
	}
}

struct fair_head *fair_table_take(struct fair_table *table, uint64_t hash,
                                  const struct fair_head *head, int64_t now_ns)
{
	struct fair_head *entry = find_unused(table, hash, head->reserved);
	if (entry == NULL) {
		entry = find_victim(table, hash, head->reserved, now_ns);
		table->lost += entry == NULL || entry->until_ns >= now_ns;
	}
	if (entry == NULL) {
		return NULL;
	}
	fair_table_drop(table, entry);
	*entry = *head;
	entry->used = true;
	table->counts[entry->client]++;
	note_filled(table, entry);
	return entry;
}

void fair_table_refresh(struct fair_table *table, struct fair_head *entry,
                        const struct fair_head *head)
{
	entry->reserved |= head->reserved;
	if (head->last_ns > entry->last_ns) {
		entry->last_ns = head->last_ns;
	}
	if (head->until_ns > entry->until_ns) {
		entry->until_ns = head->until_ns;
	}
	if (table->counts[head->client] < table->counts[entry->client]) {
		table->counts[entry->client]--;
		table->counts[head->client]++;
		entry->client = head->client;
	}
}
