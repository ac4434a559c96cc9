/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/correlator.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/correlate/deferred.h"

/* Progress is shared with other workers once in so many packets, and theirs is read once in
 * so many messages: each time the shared memory moves from core to core. */
#define SHARE_EVERY 64

struct learned {
	enum observation_kind kind;
	struct dns_name name;
	struct in6_addr addr;
	uint32_t ttl;
	enum rule_severity severity;
	struct watch_cause cause;
};

struct correlator {
	struct watch *watch;
	struct incident_summary *summary;
	struct watermarks *watermarks; /* NULL: all workers see the same moment */
	unsigned worker;
	bool (*stop)(void);
	struct deferred *deferred;
	unsigned packets;     /* since progress was last shared */
	unsigned messages;    /* since the progress of others was last read */
	int64_t read_ns;      /* of the latest packet */
	bool shares_deferred; /* others know that something is deferred */
	size_t count;         /* of the current message */
	struct learned hits[CORRELATOR_HITS_MAX];
};

struct correlator *correlator_new(struct correlator_shared *shared, unsigned worker,
                                  bool (*stop)(void))
{
	struct correlator *correlator = calloc(1, sizeof(*correlator));
	if (correlator == NULL) {
		return NULL;
	}
	correlator->watch = shared->watch;
	correlator->summary = shared->summaries[worker];
	correlator->watermarks = shared->watermarks;
	correlator->worker = worker;
	correlator->stop = stop;
	if (shared->watermarks != NULL && (correlator->deferred = deferred_new()) == NULL) {
		free(correlator);
		return NULL;
	}
	return correlator;
}

void correlator_free(struct correlator *correlator)
{
	if (correlator != NULL) {
		deferred_free(correlator->deferred);
		free(correlator);
	}
}

static void remember(struct correlator *correlator, const struct observation *seen,
                     const struct rule_view *rule, const char *event_id)
{
	if (correlator->count == CORRELATOR_HITS_MAX) {
		return;
	}
	struct learned *hit = &correlator->hits[correlator->count++];
	*hit = (struct learned){ .kind = seen->kind, .ttl = seen->ttl, .severity = rule->severity };
	if (seen->addr != NULL) {
		hit->addr = *seen->addr;
	} else if (seen->name != NULL && seen->name_size <= sizeof(hit->name.wire)) {
		hit->name.size = (uint8_t)seen->name_size;
		memcpy(hit->name.wire, seen->name, seen->name_size);
	}
	watch_cause_set(&hit->cause, rule, event_id, seen->owner, seen->owner_size);
}

void correlator_learn(void *ctx, const struct observation *seen, const struct rule_view *rule,
                      const char *event_id)
{
	struct correlator *correlator = ctx;
	remember(correlator, seen, rule, event_id);
	incident_summary_answer(correlator->summary, seen);
}

/* How well a hit explains an address: the hit is the address itself, or the exchange that
 * owns it, or only came in the same message. */
static int closeness(const struct learned *hit, const struct dns_entry *entry,
                     const struct in6_addr *addr)
{
	if (hit->kind == KIND_IP && memcmp(&hit->addr, addr, sizeof(*addr)) == 0) {
		return 3;
	}
	if (hit->kind == KIND_MX &&
	    dns_name_equal(&hit->name, entry->owner.wire, entry->owner.size)) {
		return 2;
	}
	return 1;
}

static const struct learned *choose(const struct correlator *correlator,
                                    const struct dns_entry *entry, const struct in6_addr *addr)
{
	const struct learned *best = NULL;
	int best_rank = 0;
	for (size_t i = 0; i < correlator->count; i++) {
		const struct learned *hit = &correlator->hits[i];
		int rank = closeness(hit, entry, addr) * 4 + (int)hit->severity;
		if (rank > best_rank) {
			best = hit;
			best_rank = rank;
		}
	}
	return best;
}

static void watch_record(struct correlator *correlator, const struct dns_entry *entry,
                         int64_t now_ns)
{
	struct in6_addr addr;
	struct watch_cause cause;
	if (!dns_rdata_address(entry, &addr)) {
		return;
	}
	const struct learned *hit = choose(correlator, entry, &addr);
	if (hit != NULL) {
		watch_address(correlator->watch, &addr, now_ns, entry->ttl, &hit->cause);
	} else if (watch_has_exchange(correlator->watch, entry->owner.wire, entry->owner.size,
	                              now_ns, &cause)) {
		watch_address(correlator->watch, &addr, now_ns, entry->ttl, &cause);
	}
}

static void watch_records(struct correlator *correlator, const struct dns_message *message,
                          int64_t now_ns)
{
	struct dns_walk walk;
	struct dns_entry entry;
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) > 0) {
		if (entry.section != DNS_QUESTION && dns_is_about_names(message, &entry)) {
			watch_record(correlator, &entry, now_ns);
		}
	}
}

static void watch_deferred(struct correlator *correlator, const uint8_t *wire, size_t size,
                           int64_t time_ns)
{
	struct dns_message message;
	if (watch_any_exchange(correlator->watch) && dns_open(&message, wire, size) == DNS_OK) {
		watch_records(correlator, &message, time_ns);
	}
}

/* Settles the deferred messages whose time all other workers have passed. */
static void settle_passed(struct correlator *correlator)
{
	const uint8_t *wire;
	size_t size, hits = correlator->count;
	int64_t time_ns;
	bool any = false, left;
	correlator->count = 0; /* those are of the current message, not of the deferred */
	while ((left = deferred_first(correlator->deferred, &wire, &size, &time_ns)) &&
	       watermarks_all_read(correlator->watermarks, correlator->worker, time_ns)) {
		watch_deferred(correlator, wire, size, time_ns);
		deferred_drop(correlator->deferred);
		any = true;
	}
	correlator->count = hits;
	correlator->messages = 0;
	if (any) {
		watermarks_settled(correlator->watermarks, correlator->worker,
		                   left ? time_ns : INT64_MAX);
		correlator->shares_deferred = left;
	}
}

static bool has_records(const struct dns_message *message)
{
	return message->counts[DNS_ANSWER] > 0 || message->counts[DNS_AUTHORITY] > 0 ||
	       message->counts[DNS_ADDITIONAL] > 0;
}

static void share_read(struct correlator *correlator)
{
	correlator->packets = 0;
	watermarks_read(correlator->watermarks, correlator->worker, correlator->read_ns);
}

void correlator_packet(struct correlator *correlator, int64_t time_ns)
{
	if (correlator->watermarks == NULL) {
		return;
	}
	correlator->read_ns = time_ns;
	if (++correlator->packets >= SHARE_EVERY) {
		share_read(correlator);
	}
}

/* Waits for room. */
static bool defer(struct correlator *correlator, const struct dns_message *message, int64_t now_ns)
{
	if (deferred_put(correlator->deferred, message->wire, message->size, now_ns)) {
		return true;
	}
	bool kept = false;
	share_read(correlator);
	watermarks_wait(correlator->watermarks, correlator->worker, true);
	for (unsigned round = 0; !kept && !correlator->stop(); round++) {
		settle_passed(correlator);
		watermarks_pause(round);
		kept = deferred_put(correlator->deferred, message->wire, message->size, now_ns);
	}
	watermarks_wait(correlator->watermarks, correlator->worker, false);
	return kept;
}

static void defer_message(struct correlator *correlator, const struct dns_message *message,
                          int64_t now_ns)
{
	if (++correlator->messages >= SHARE_EVERY) {
		settle_passed(correlator);
	}
	if (!has_records(message)) {
		return;
	}
	if (defer(correlator, message, now_ns) && !correlator->shares_deferred) {
		/* It is the first. */
		watermarks_settled(correlator->watermarks, correlator->worker, now_ns);
		correlator->shares_deferred = true;
	}
}

/* Waits until all that is watched at this time is known. */
static void settle(struct correlator *correlator, int64_t time_ns)
{
	if (correlator->watermarks == NULL) {
		return;
	}
	share_read(correlator);
	watermarks_wait(correlator->watermarks, correlator->worker, true);
	for (unsigned round = 0; !correlator->stop(); round++) {
		/* In this order: once theirs are settled, ours of this time can be. */
		bool others =
		        watermarks_all_settled(correlator->watermarks, correlator->worker, time_ns);
		settle_passed(correlator);
		if (others) {
			break;
		}
		watermarks_pause(round);
	}
	watermarks_wait(correlator->watermarks, correlator->worker, false);
}

bool correlator_find_server(struct correlator *correlator, const struct in6_addr *server,
                            int64_t time_ns, struct watch_cause *cause)
{
	settle(correlator, time_ns);
	return watch_has_address(correlator->watch, server, time_ns, cause);
}

void correlator_count_mail(struct correlator *correlator, const struct transcript *transcript,
                           const struct watch_cause *cause, int64_t time_ns)
{
	settle(correlator, time_ns);
	incident_summary_mail(correlator->summary, transcript, &cause->owner, time_ns);
}

void correlator_count_session(struct correlator *correlator, const struct transcript *transcript,
                              const struct watch_cause *cause, int64_t time_ns)
{
	settle(correlator, time_ns);
	incident_summary_session(correlator->summary, transcript, &cause->owner, time_ns);
}

void correlator_finish(struct correlator *correlator)
{
	const uint8_t *wire;
	size_t size;
	int64_t time_ns;
	if (correlator == NULL || correlator->watermarks == NULL) {
		return;
	}
	watermarks_end_reading(correlator->watermarks, correlator->worker);
	for (unsigned round = 0;
	     deferred_first(correlator->deferred, &wire, &size, &time_ns) && !correlator->stop();
	     round++) {
		settle_passed(correlator);
		watermarks_pause(round);
	}
	watermarks_end(correlator->watermarks, correlator->worker);
}

void correlator_message(struct correlator *correlator, const struct dns_message *message,
                        int64_t now_ns)
{
	if (correlator->count == 0 && correlator->watermarks != NULL) {
		defer_message(correlator, message, now_ns);
		return;
	}
	if (correlator->count == 0 && !watch_any_exchange(correlator->watch)) {
		return;
	}
	for (size_t i = 0; i < correlator->count; i++) {
		const struct learned *hit = &correlator->hits[i];
		if (hit->kind == KIND_MX) {
			watch_exchange(correlator->watch, hit->name.wire, hit->name.size, now_ns,
			               hit->ttl, &hit->cause);
		}
	}
	watch_records(correlator, message, now_ns);
	correlator->count = 0;
}
