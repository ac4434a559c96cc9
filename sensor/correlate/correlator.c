/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/correlator.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/correlate/deferred.h"

/* Others learn how far we are every so many packets, and what they have settled is looked
 * at every so many messages: the memory in which it stands goes from core to core. */
#define TELL_EVERY 64

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
	struct clocks *clocks; /* NULL: nobody else watches */
	unsigned worker;
	bool (*stop)(void);
	struct later *later;
	unsigned untold;  /* packets */
	unsigned unasked; /* messages */
	int64_t read_ns;
	bool told; /* that there is something unsettled */
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
	if (join != NULL) {
		later_free(join->later);
		free(join);
	}
}

bool join_share(struct join *join, struct clocks *clocks, unsigned worker, bool (*stop)(void))
{
	join->clocks = clocks;
	join->worker = worker;
	join->stop = stop;
	join->later = later_new();
	return join->later != NULL;
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

static void watch_records(struct join *join, const struct dns_message *message, int64_t now_ns)
{
	struct dns_walk walk;
	struct dns_entry entry;
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) > 0) {
		if (entry.section != DNS_QUESTION && dns_is_about_names(message, &entry)) {
			watch_record(join, &entry, now_ns);
		}
	}
}

static void look_again(struct join *join, const uint8_t *wire, size_t size, int64_t time_ns)
{
	struct dns_message message;
	if (watch_any_exchange(join->watch) && dns_open(&message, wire, size) == DNS_OK) {
		watch_records(join, &message, time_ns);
	}
}

/* Messages whose time all others have passed. */
static void settle_what_can_be(struct join *join)
{
	const uint8_t *wire;
	size_t size, hits = join->count;
	int64_t time_ns;
	bool any = false, left;
	join->count = 0; /* of the message at hand, which is another one */
	while ((left = later_first(join->later, &wire, &size, &time_ns)) &&
	       clocks_all_read(join->clocks, join->worker, time_ns)) {
		look_again(join, wire, size, time_ns);
		later_drop(join->later);
		any = true;
	}
	join->count = hits;
	join->unasked = 0;
	if (any) {
		clocks_settled(join->clocks, join->worker, left ? time_ns : INT64_MAX);
		join->told = left;
	}
}

static bool has_records(const struct dns_message *message)
{
	return message->counts[DNS_ANSWER] > 0 || message->counts[DNS_AUTHORITY] > 0 ||
	       message->counts[DNS_ADDITIONAL] > 0;
}

static void tell_read(struct join *join)
{
	join->untold = 0;
	clocks_read(join->clocks, join->worker, join->read_ns);
}

void join_read(struct join *join, int64_t time_ns)
{
	if (join->clocks == NULL) {
		return;
	}
	join->read_ns = time_ns;
	if (++join->untold >= TELL_EVERY) {
		tell_read(join);
	}
}

/* Waits for room. */
static bool keep(struct join *join, const struct dns_message *message, int64_t now_ns)
{
	if (later_put(join->later, message->wire, message->size, now_ns)) {
		return true;
	}
	bool kept = false;
	tell_read(join);
	clocks_wait(join->clocks, join->worker, true);
	for (unsigned round = 0; !kept && !join->stop(); round++) {
		settle_what_can_be(join);
		clocks_pause(round);
		kept = later_put(join->later, message->wire, message->size, now_ns);
	}
	clocks_wait(join->clocks, join->worker, false);
	return kept;
}

static void look_later(struct join *join, const struct dns_message *message, int64_t now_ns)
{
	if (++join->unasked >= TELL_EVERY) {
		settle_what_can_be(join);
	}
	if (!has_records(message)) {
		return;
	}
	if (keep(join, message, now_ns) && !join->told) {
		/* It is the first. */
		clocks_settled(join->clocks, join->worker, now_ns);
		join->told = true;
	}
}

void join_settle(struct join *join, int64_t time_ns)
{
	if (join == NULL || join->clocks == NULL) {
		return;
	}
	tell_read(join);
	clocks_wait(join->clocks, join->worker, true);
	for (unsigned round = 0; !join->stop(); round++) {
		/* In this order: with theirs settled, ours of this time can be. */
		bool others = clocks_all_settled(join->clocks, join->worker, time_ns);
		settle_what_can_be(join);
		if (others) {
			break;
		}
		clocks_pause(round);
	}
	clocks_wait(join->clocks, join->worker, false);
}

void join_finish(struct join *join)
{
	const uint8_t *wire;
	size_t size;
	int64_t time_ns;
	if (join == NULL || join->clocks == NULL) {
		return;
	}
	clocks_end_reading(join->clocks, join->worker);
	for (unsigned round = 0; later_first(join->later, &wire, &size, &time_ns) && !join->stop();
	     round++) {
		settle_what_can_be(join);
		clocks_pause(round);
	}
	clocks_end(join->clocks, join->worker);
}

void join_message(struct join *join, const struct dns_message *message, int64_t now_ns)
{
	if (join->count == 0 && join->clocks != NULL) {
		look_later(join, message, now_ns);
		return;
	}
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
	watch_records(join, message, now_ns);
	join->count = 0;
}
