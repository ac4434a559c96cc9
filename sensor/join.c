/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/join.h"

#include <stdlib.h>
#include <string.h>

struct learned {
	enum observation_what what;
	struct dns_name name;
	struct in6_addr addr;
	uint32_t ttl;
	enum rule_severity severity;
	struct watch_cause cause;
};

struct join {
	struct watch *watch;
	size_t count;
	struct learned hits[JOIN_HITS];
};

struct join *join_new(struct watch *watch)
{
	struct join *join = calloc(1, sizeof(*join));
	if (join != NULL) {
		join->watch = watch;
	}
	return join;
}

void join_free(struct join *join)
{
	free(join);
}

void join_learn(void *ctx, const struct observation *seen, const struct rule_view *rule,
                const char *event_id)
{
	struct join *join = ctx;
	if (join->count == JOIN_HITS) {
		return;
	}
	struct learned *hit = &join->hits[join->count++];
	*hit = (struct learned){ .what = seen->what, .ttl = seen->ttl, .severity = rule->severity };
	if (seen->addr != NULL) {
		hit->addr = *seen->addr;
	} else if (seen->name != NULL && seen->name_size <= sizeof(hit->name.wire)) {
		hit->name.size = (uint8_t)seen->name_size;
		memcpy(hit->name.wire, seen->name, seen->name_size);
	}
	watch_cause_set(&hit->cause, rule, event_id, seen->owner, seen->owner_size);
}

/* How well a hit explains an address: it is the address itself, its owner is the
 * exchange that was hit, or it merely came in the same message. */
static int closeness(const struct learned *hit, const struct dns_entry *entry,
                     const struct in6_addr *addr)
{
	if (hit->what == WHAT_IP && memcmp(&hit->addr, addr, sizeof(*addr)) == 0) {
		return 3;
	}
	if (hit->what == WHAT_MX && hit->name.size == entry->owner.size &&
	    memcmp(hit->name.wire, entry->owner.wire, entry->owner.size) == 0) {
		return 2;
	}
	return 1;
}

static const struct learned *choose(const struct join *join, const struct dns_entry *entry,
                                    const struct in6_addr *addr)
{
	const struct learned *best = NULL;
	int best_rank = 0;
	for (size_t i = 0; i < join->count; i++) {
		const struct learned *hit = &join->hits[i];
		int rank = closeness(hit, entry, addr) * 4 + (int)hit->severity;
		if (rank > best_rank) {
			best = hit;
			best_rank = rank;
		}
	}
	return best;
}

static void watch_record(struct join *join, const struct dns_entry *entry, int64_t now_ns)
{
	struct in6_addr addr;
	struct watch_cause cause;
	if (!dns_rdata_address(entry, &addr)) {
		return;
	}
	const struct learned *hit = choose(join, entry, &addr);
	if (hit != NULL) {
		watch_address(join->watch, &addr, now_ns, entry->ttl, &hit->cause);
	} else if (watch_has_exchange(join->watch, entry->owner.wire, entry->owner.size, now_ns,
	                              &cause)) {
		watch_address(join->watch, &addr, now_ns, entry->ttl, &cause);
	}
}

void join_message(struct join *join, const struct dns_message *message, int64_t now_ns)
{
	struct dns_walk walk;
	struct dns_entry entry;
	if (join->count == 0 && !watch_any_exchange(join->watch)) {
		return;
	}
	for (size_t i = 0; i < join->count; i++) {
		const struct learned *hit = &join->hits[i];
		if (hit->what == WHAT_MX) {
			watch_exchange(join->watch, hit->name.wire, hit->name.size, now_ns,
			               hit->ttl, &hit->cause);
		}
	}
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) > 0) {
		if (entry.section != DNS_QUESTION && dns_is_about_names(message, &entry)) {
			watch_record(join, &entry, now_ns);
		}
	}
	join->count = 0;
}
