/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/watch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/address.h"
#include "base/memory/shared.h"
#include "base/time_ns.h"

#define KEY_SIZE 16

/* An entry. A key has one entry for each uninterrupted period in which it was watched. */
struct entry {
	struct fair_head head;
	int64_t from_ns;
	uint8_t key[KEY_SIZE]; /* an address, or a hash */
	struct watch_reason reason;
};

/* Any process may change this memory and the tables at any time. Numbers in them are therefore not
 * used as indexes unchecked, and a cause is checked after it is copied. */
struct shared {
	struct shared_lock lock;
	_Atomic uint8_t addresses_used, exchanges_used; /* 0: the table is empty */
};

struct watch {
	int64_t least_ns;
	struct keyed_hash keys[2];
	struct fair_table addresses;
	struct fair_table exchanges;
	struct watch_causes causes;
	struct shared *shared;
};

struct key {
	uint8_t octets[KEY_SIZE];
	uint64_t hash;
};

static bool open_tables(struct watch *watch)
{
	return keyed_hash_init(&watch->keys[0]) && keyed_hash_init(&watch->keys[1]) &&
	       fair_table_init(&watch->addresses, WATCH_ADDRESSES, sizeof(struct entry)) &&
	       fair_table_init(&watch->exchanges, WATCH_EXCHANGES, sizeof(struct entry)) &&
	       watch_causes_init(&watch->causes);
}

struct watch *watch_new(int64_t least_ns)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	if (watch == NULL) {
		return NULL;
	}
	watch->least_ns = least_ns;
	watch->shared = shared_new(sizeof(*watch->shared));
	if (watch->shared == NULL || !open_tables(watch)) {
		watch_free(watch);
		return NULL;
	}
	return watch;
}

void watch_free(struct watch *watch)
{
	if (watch == NULL) {
		return;
	}
	fair_table_end(&watch->addresses);
	fair_table_end(&watch->exchanges);
	watch_causes_end(&watch->causes);
	shared_free(watch->shared, sizeof(*watch->shared));
	free(watch);
}

/* A name or address, in its network unless that is NULL. */
static uint64_t hash_in(const struct keyed_hash *key, const struct network_id *network,
                        const void *octets, size_t size)
{
	struct {
		struct network_id network;
		uint64_t hash;
	} both = { .hash = keyed_hash(key, octets, size) };
	if (network == NULL) {
		return both.hash;
	}
	both.network = *network;
	return keyed_hash(key, &both, sizeof(both));
}

uint16_t watch_client(const struct watch *watch, const struct network_id *network,
                      const struct in6_addr *client)
{
	return (uint16_t)(hash_in(&watch->keys[0], network, client, sizeof(*client)) %
	                  FAIR_CLIENTS);
}

/* The second half of the key is computed only if the table may have an entry with the first
 * half. */
static struct key key_of_both(const struct watch *watch, const struct network_id *network,
                              const void *octets, size_t size, uint64_t hash)
{
	struct key key = { .hash = hash };
	uint64_t other = hash_in(&watch->keys[1], network, octets, size);
	memcpy(key.octets, &hash, sizeof(hash));
	memcpy(key.octets + sizeof(hash), &other, sizeof(other));
	return key;
}

/* An address of NAT64 or 6to4 leads to an IPv4 host, so it has the key of that host: the DNS answer
 * and the mail session may use different addresses of the host. */
static struct key key_of_address(const struct watch *watch, const struct network_id *network,
                                 const struct in6_addr *given)
{
	struct in6_addr ipv4;
	const struct in6_addr *addr = address_embedded(given, &ipv4) ? &ipv4 : given;
	uint64_t hash = hash_in(&watch->keys[0], network, addr, sizeof(*addr));
	if (network != NULL) {
		return key_of_both(watch, network, addr, sizeof(*addr), hash);
	}
	struct key key = { .hash = hash };
	memcpy(key.octets, addr, sizeof(*addr));
	return key;
}

/* Finds an entry of the key that is watched at some moment of this period, except `other`; NULL if
 * there is none. */
static struct entry *find(const struct fair_table *table, const struct key *key, int64_t from_ns,
                          int64_t until_ns, const struct entry *other)
{
	struct fair_places places;
	fair_table_places(table, key->hash, &places);
	for (size_t i = 0; i < places.count; i++) {
		struct entry *entry = (struct entry *)(void *)places.entries[i];
		if (entry != other && entry->head.used &&
		    memcmp(entry->key, key->octets, KEY_SIZE) == 0 && entry->from_ns <= until_ns &&
		    from_ns <= entry->head.until_ns) {
			return entry;
		}
	}
	return NULL;
}

static int64_t end_of(const struct watch *watch, int64_t now_ns, uint32_t ttl)
{
	return time_ns_after(now_ns, MAX(ttl * NS_PER_S, watch->least_ns));
}

static struct fair_head head_of(const struct watch *watch, const struct watch_answer *answer)
{
	return (struct fair_head){ .until_ns = end_of(watch, answer->time_ns, answer->ttl),
		                   .last_ns = answer->time_ns,
		                   .client = answer->client,
		                   .reserved = answer->reserved };
}

/* Merges two entries that overlap, with the reason of the earlier one. */
static void merge(struct fair_table *table, struct entry *entry, struct entry *other)
{
	if (other->from_ns < entry->from_ns) {
		entry->from_ns = other->from_ns;
		entry->reason = other->reason;
	}
	fair_table_refresh(table, &entry->head, &other->head);
	fair_table_drop(table, &other->head);
}

static void prolong(struct fair_table *table, struct entry *entry, const struct key *key,
                    const struct fair_head *head, const struct watch_reason *reason)
{
	fair_table_refresh(table, &entry->head, head);
	if (head->last_ns < entry->from_ns) {
		entry->from_ns = head->last_ns;
		entry->reason = *reason;
	}
	for (int i = 1; i < 2 * FAIR_WAYS; i++) {
		struct entry *other = find(table, key, entry->from_ns, entry->head.until_ns, entry);
		if (other == NULL) {
			break;
		}
		merge(table, entry, other);
	}
}

static void add(struct fair_table *table, const struct key *key, const struct fair_head *head,
                const struct watch_reason *reason)
{
	struct entry *entry = (void *)fair_table_take(table, key->hash, head, head->last_ns);
	if (entry != NULL) {
		entry->from_ns = head->last_ns;
		entry->reason = *reason;
		memcpy(entry->key, key->octets, KEY_SIZE);
	}
}

static bool put(struct watch *watch, struct fair_table *table, const struct key *key,
                const struct watch_answer *answer, const struct watch_reason *reason)
{
	const struct fair_head head = head_of(watch, answer);
	shared_lock_take(&watch->shared->lock);
	struct entry *entry = find(table, key, head.last_ns, head.until_ns, NULL);
	bool is_new = entry == NULL || answer->time_ns < entry->from_ns;
	if (entry != NULL) {
		prolong(table, entry, key, &head, reason);
	} else {
		add(table, key, &head, reason);
	}
	watch_causes_prolong(&watch->causes, entry != NULL ? &entry->reason : reason,
	                     head.until_ns);
	shared_lock_release(&watch->shared->lock);
	return is_new;
}

struct watch_reason watch_keep_cause(struct watch *watch, const struct watch_cause *cause,
                                     const struct watch_answer *answer)
{
	struct fair_head head = head_of(watch, answer);
	head.reserved = true;
	shared_lock_take(&watch->shared->lock);
	struct watch_reason reason = watch_causes_add(&watch->causes, cause, &head);
	shared_lock_release(&watch->shared->lock);
	return reason;
}

bool watch_keep_again(struct watch *watch, struct watch_reason *reason,
                      const struct dns_name *owner, const struct watch_answer *answer)
{
	struct fair_head head = head_of(watch, answer);
	head.reserved = true;
	shared_lock_take(&watch->shared->lock);
	bool kept = watch_causes_again(&watch->causes, reason, owner, &head);
	shared_lock_release(&watch->shared->lock);
	return kept;
}

void watch_address(struct watch *watch, const struct network_id *network,
                   const struct in6_addr *addr, const struct watch_answer *answer,
                   const struct watch_reason *reason)
{
	const struct key key = key_of_address(watch, network, addr);
	(void)put(watch, &watch->addresses, &key, answer, reason);
	atomic_store_explicit(&watch->shared->addresses_used, 1, memory_order_relaxed);
}

bool watch_exchange(struct watch *watch, const struct network_id *network, const uint8_t *name,
                    size_t size, const struct watch_answer *answer,
                    const struct watch_reason *reason)
{
	uint64_t hash = hash_in(&watch->keys[0], network, name, size);
	const struct key key = key_of_both(watch, network, name, size, hash);
	bool is_new = put(watch, &watch->exchanges, &key, answer, reason);
	atomic_store_explicit(&watch->shared->exchanges_used, 1, memory_order_relaxed);
	return is_new;
}

bool watch_has_address(struct watch *watch, const struct network_id *network,
                       const struct in6_addr *addr, int64_t now_ns, struct watch_cause *cause)
{
	/* Each recipient is looked up, and there is mostly no hit for days. */
	if (atomic_load_explicit(&watch->shared->addresses_used, memory_order_relaxed) == 0) {
		return false;
	}
	const struct key key = key_of_address(watch, network, addr);
	if (!fair_table_may_have(&watch->addresses, key.hash)) {
		return false;
	}
	shared_lock_take(&watch->shared->lock);
	const struct entry *entry = find(&watch->addresses, &key, now_ns, now_ns, NULL);
	if (entry != NULL) {
		watch_causes_get(&watch->causes, &entry->reason, cause);
	}
	shared_lock_release(&watch->shared->lock);
	if (entry != NULL) {
		watch_cause_check(cause);
	}
	return entry != NULL;
}

bool watch_any_exchange(const struct watch *watch)
{
	return atomic_load_explicit(&watch->shared->exchanges_used, memory_order_relaxed) != 0;
}

bool watch_has_exchange(struct watch *watch, const struct network_id *network, const uint8_t *name,
                        size_t size, int64_t now_ns, struct watch_reason *reason)
{
	uint64_t hash = hash_in(&watch->keys[0], network, name, size);
	if (!fair_table_may_have(&watch->exchanges, hash)) {
		return false;
	}
	const struct key key = key_of_both(watch, network, name, size, hash);
	shared_lock_take(&watch->shared->lock);
	const struct entry *entry = find(&watch->exchanges, &key, now_ns, now_ns, NULL);
	if (entry != NULL) {
		*reason = entry->reason;
	}
	shared_lock_release(&watch->shared->lock);
	return entry != NULL;
}

uint64_t watch_lost(const struct watch *watch)
{
	return watch->addresses.lost + watch->exchanges.lost;
}
