/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/learned_hits.h"

#include <string.h>

#include "base/address.h"
#include "base/secret_hash.h"

static size_t chain_of_address(const struct in6_addr *addr)
{
	return secret_hash(addr, sizeof(*addr)) % LEARNED_HITS_CHAINS;
}

static size_t chain_of_name(const uint8_t *name, size_t size)
{
	return secret_hash(name, size) % LEARNED_HITS_CHAINS;
}

static void set_value(struct learned_hit *hit, const struct observation *seen)
{
	/* To clear the room for the longest name takes longer than the rest. */
	hit->name.size = 0;
	hit->addr = in6addr_any;
	if (seen->addr != NULL) {
		hit->addr = *seen->addr;
	} else if (seen->name != NULL && seen->name_size <= sizeof(hit->name.wire)) {
		hit->name.size = (uint8_t)seen->name_size;
		memcpy(hit->name.wire, seen->name, seen->name_size);
	}
}

/* Hits of other kinds are not close to any address. */
static void chain(struct learned_hits *hits, struct learned_hit *hit)
{
	size_t at;
	if (hit->kind == KIND_IP) {
		at = chain_of_address(&hit->addr);
	} else if (hit->kind == KIND_MX) {
		at = chain_of_name(hit->name.wire, hit->name.size);
	} else {
		return;
	}
	hit->next = hits->chains[at];
	hits->chains[at] = (uint8_t)(hit - hits->hits + 1);
}

bool learned_hits_need(const struct learned_hits *hits, enum observation_kind kind,
                       enum rule_severity severity)
{
	return hits->count == 0 || kind == KIND_IP || kind == KIND_MX ||
	       severity > hits->most_severe->severity;
}

bool learned_hits_add(struct learned_hits *hits, const struct observation *seen,
                      enum rule_severity severity, const struct watch_reason *reason)
{
	if (hits->count++ >= LEARNED_HITS_MAX) {
		return false;
	}
	struct learned_hit *hit = &hits->hits[hits->count - 1];
	if (hits->count == 1) {
		memset(hits->chains, 0, sizeof(hits->chains));
		hits->most_severe = hit;
	}
	hit->kind = seen->kind;
	hit->severity = severity;
	hit->reason = *reason;
	set_value(hit, seen);
	chain(hits, hit);
	if (severity > hits->most_severe->severity) {
		hits->most_severe = hit;
	}
	return true;
}

/* The better of two hits that are equally close, one of which may be NULL. */
static const struct learned_hit *better(const struct learned_hit *one,
                                        const struct learned_hit *other)
{
	if (one == NULL || other == NULL) {
		return one != NULL ? one : other;
	}
	if (one->severity != other->severity) {
		return one->severity > other->severity ? one : other;
	}
	return one < other ? one : other;
}

static const struct learned_hit *find_address(const struct learned_hits *hits,
                                              const struct in6_addr *addr)
{
	const struct learned_hit *best = NULL;
	for (unsigned at = hits->chains[chain_of_address(addr)]; at > 0;) {
		const struct learned_hit *hit = &hits->hits[at - 1];
		if (hit->kind == KIND_IP && memcmp(&hit->addr, addr, sizeof(*addr)) == 0) {
			best = better(best, hit);
		}
		at = hit->next;
	}
	return best;
}

static const struct learned_hit *find_exchange(const struct learned_hits *hits,
                                               const struct dns_name *owner)
{
	const struct learned_hit *best = NULL;
	for (unsigned at = hits->chains[chain_of_name(owner->wire, owner->size)]; at > 0;) {
		const struct learned_hit *hit = &hits->hits[at - 1];
		if (hit->kind == KIND_MX && dns_name_equal(&hit->name, owner->wire, owner->size)) {
			best = better(best, hit);
		}
		at = hit->next;
	}
	return best;
}

const struct learned_hit *learned_hits_find(const struct learned_hits *hits,
                                            const struct dns_entry *entry,
                                            const struct in6_addr *addr,
                                            enum learned_closeness *closeness)
{
	struct in6_addr ipv4;
	*closeness = LEARNED_NONE;
	if (hits->count == 0) {
		return NULL;
	}
	const struct learned_hit *best = find_address(hits, addr);
	if (address_embedded(addr, &ipv4)) {
		best = better(best, find_address(hits, &ipv4));
	}
	*closeness = LEARNED_SAME_ADDRESS;
	if (best == NULL) {
		*closeness = LEARNED_EXCHANGE;
		best = find_exchange(hits, &entry->owner);
	}
	if (best == NULL) {
		*closeness = LEARNED_OF_MESSAGE;
		best = hits->most_severe;
	}
	return best;
}
