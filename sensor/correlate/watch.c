/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/watch.h"

#include <stdatomic.h>
#include <string.h>
#include <xxhash.h>

#include "base/shared.h"
#include "base/time_ns.h"

#define WAYS 8

struct entry {
	uint64_t key; /* hash of address or name; 0: free */
	int64_t from_ns;
	int64_t until_ns;
	struct watch_cause cause;
};

/* Any process may change the memory at any time: numbers in it are no indexes, and a cause is
 * checked after it is copied. */

/* Set-associative tables: a key belongs to one set, where it replaces the entry that ends first.
 * A key has an entry for each uninterrupted time for which it was watched. */
struct watch {
	struct shared_lock lock;
	int64_t least_ns;
	_Atomic uint8_t exchanges_used; /* 0: no */
	struct entry addresses[WATCH_ADDRESSES];
	struct entry exchanges[WATCH_EXCHANGES];
};

struct watch *watch_new(int64_t least_ns)
{
	struct watch *watch = shared_new(sizeof(*watch));
	if (watch != NULL) {
		watch->least_ns = least_ns;
	}
	return watch;
}

void watch_free(struct watch *watch)
{
	shared_free(watch, sizeof(*watch));
}

static uint64_t make_key(const void *bytes, size_t size)
{
	uint64_t hash = XXH3_64bits(bytes, size);
	return hash != 0 ? hash : 1;
}

static struct entry *set_of(struct entry *table, size_t count, uint64_t key)
{
	return &table[key % (count / WAYS) * WAYS];
}

/* The entry of the key at this time, or NULL. */
static struct entry *find(struct entry *set, uint64_t key, int64_t now_ns)
{
	for (int i = 0; i < WAYS; i++) {
		if (set[i].key == key && set[i].from_ns <= now_ns && now_ns <= set[i].until_ns) {
			return &set[i];
		}
	}
	return NULL;
}

/* An entry of the key that overlaps this time, except `other`. */
static struct entry *find_overlap(struct entry *set, uint64_t key, int64_t from_ns,
                                  int64_t until_ns, const struct entry *other)
{
	for (int i = 0; i < WAYS; i++) {
		if (set[i].key == key && &set[i] != other && set[i].from_ns <= until_ns &&
		    from_ns <= set[i].until_ns) {
			return &set[i];
		}
	}
	return NULL;
}

static struct entry *make_room(struct entry *set)
{
	struct entry *first = set;
	for (int i = 0; i < WAYS; i++) {
		if (set[i].key == 0) {
			return &set[i];
		}
		if (set[i].until_ns < first->until_ns) {
			first = &set[i];
		}
	}
	return first;
}

static int64_t end_of(const struct watch *watch, int64_t now_ns, uint32_t ttl)
{
	int64_t ttl_ns = ttl < 0x80000000U ? ttl * NS_PER_S : 0; /* RFC 2181 section 8 */
	int64_t until_ns;
	/* A capture may give any time. */
	if (__builtin_add_overflow(now_ns, ttl_ns > watch->least_ns ? ttl_ns : watch->least_ns,
	                           &until_ns)) {
		return INT64_MAX;
	}
	return until_ns;
}

/* Merges two entries that overlap, with the cause of the earlier one. */
static void merge(struct entry *entry, struct entry *other)
{
	if (other->from_ns < entry->from_ns) {
		entry->from_ns = other->from_ns;
		entry->cause = other->cause;
	}
	if (other->until_ns > entry->until_ns) {
		entry->until_ns = other->until_ns;
	}
	other->key = 0;
}

static void put(struct watch *watch, struct entry *set, uint64_t key, int64_t now_ns, uint32_t ttl,
                const struct watch_cause *cause)
{
	int64_t until_ns = end_of(watch, now_ns, ttl);
	shared_lock_take(&watch->lock);
	struct entry *entry = find_overlap(set, key, now_ns, until_ns, NULL);
	if (entry == NULL) {
		entry = make_room(set);
		*entry = (struct entry){ .key = key, .from_ns = now_ns, .until_ns = until_ns };
		entry->cause = *cause;
	}
	if (now_ns < entry->from_ns) {
		entry->from_ns = now_ns;
		entry->cause = *cause;
	}
	if (until_ns > entry->until_ns) {
		entry->until_ns = until_ns;
	}
	for (int i = 1; i < WAYS; i++) {
		struct entry *other =
		        find_overlap(set, key, entry->from_ns, entry->until_ns, entry);
		if (other == NULL) {
			break;
		}
		merge(entry, other);
	}
	shared_lock_release(&watch->lock);
}

static bool get(struct watch *watch, struct entry *set, uint64_t key, int64_t now_ns,
                struct watch_cause *cause)
{
	shared_lock_take(&watch->lock);
	const struct entry *entry = find(set, key, now_ns);
	if (entry != NULL) {
		*cause = entry->cause;
	}
	shared_lock_release(&watch->lock);
	if (entry != NULL) {
		watch_cause_check(cause);
	}
	return entry != NULL;
}

void watch_address(struct watch *watch, const struct in6_addr *addr, int64_t now_ns, uint32_t ttl,
                   const struct watch_cause *cause)
{
	uint64_t key = make_key(addr, sizeof(*addr));
	put(watch, set_of(watch->addresses, WATCH_ADDRESSES, key), key, now_ns, ttl, cause);
}

void watch_exchange(struct watch *watch, const uint8_t *name, size_t size, int64_t now_ns,
                    uint32_t ttl, const struct watch_cause *cause)
{
	uint64_t key = make_key(name, size);
	put(watch, set_of(watch->exchanges, WATCH_EXCHANGES, key), key, now_ns, ttl, cause);
	atomic_store_explicit(&watch->exchanges_used, true, memory_order_relaxed);
}

bool watch_has_address(struct watch *watch, const struct in6_addr *addr, int64_t now_ns,
                       struct watch_cause *cause)
{
	uint64_t key = make_key(addr, sizeof(*addr));
	return get(watch, set_of(watch->addresses, WATCH_ADDRESSES, key), key, now_ns, cause);
}

bool watch_any_exchange(const struct watch *watch)
{
	return atomic_load_explicit(&watch->exchanges_used, memory_order_relaxed) != 0;
}

bool watch_has_exchange(struct watch *watch, const uint8_t *name, size_t size, int64_t now_ns,
                        struct watch_cause *cause)
{
	uint64_t key = make_key(name, size);
	return get(watch, set_of(watch->exchanges, WATCH_EXCHANGES, key), key, now_ns, cause);
}
