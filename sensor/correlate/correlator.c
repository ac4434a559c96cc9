/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/correlator.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/address.h"
#include "base/packet_clock.h"
#include "sensor/correlate/deferred.h"
#include "sensor/correlate/learned_hits.h"

/* The worker shares its progress after this many packets, and reads the progress of others after
 * this many messages. Each of these accesses moves shared memory from one core to another. */
#define SHARE_EVERY 64

/* The largest number of addresses of a message that are watched only because the message has a
 * hit. */
#define BYSTANDERS_MAX 256

/* CNAME records need not be in the order of their chain, so they are read up to this many times. */
#define CNAME_ROUNDS 8

/* The number of rules whose causes are at hand. */
#define KEPT_MAX 4096

/* The cause that was kept last for hits of a rule. */
struct kept {
	uint64_t rule;              /* number of its view; 0: none */
	uint64_t message;           /* the last one with a hit of the rule */
	uint32_t ttl;               /* the greatest of the rule's hits in the message */
	struct watch_reason reason; /* with the event of another hit */
};

struct correlator {
	struct watch *watch;
	struct watermarks *watermarks; /* NULL: all workers read the same packet time */
	unsigned worker;
	bool (*stop)(void);
	struct deferred *deferred;
	unsigned packets;  /* since progress was last shared */
	unsigned messages; /* since the progress of others was last read */
	struct packet_clock clock;
	int64_t read_ns;                  /* of the latest packet */
	bool shares_deferred;             /* other workers know that a message is deferred */
	const struct in6_addr *client;    /* of the current message */
	const struct network_id *network; /* of that client; NULL: networks are not separate */
	struct learned_hits hits;         /* of the current message */
	struct watch_cause cause;         /* of one hit at a time */
	uint64_t message;                 /* number of the current one */
	bool has_group;                   /* `group` is that of the client */
	uint16_t group;
	struct kept kept[KEPT_MAX];
	struct {
		uint64_t message; /* the one that it was kept for */
		struct dns_name name;
		uint32_t number;
	} owner; /* the owner that was kept last */
};

/* A message whose records are looked at. */
struct answer {
	const struct dns_message *message;
	struct watch_answer when; /* without the TTL */
	unsigned bystanders;
};

struct correlator *correlator_new(struct correlator_shared *shared, unsigned worker,
                                  bool (*stop)(void))
{
	struct correlator *correlator = calloc(1, sizeof(*correlator));
	if (correlator == NULL) {
		return NULL;
	}
	correlator->watch = shared->watch;
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

void correlator_begin(struct correlator *correlator, const struct network_id *network,
                      const struct in6_addr *client)
{
	correlator->client = client;
	correlator->network = network;
	correlator->message++;
	correlator->has_group = false;
}

static uint16_t group_of_client(struct correlator *correlator)
{
	if (!correlator->has_group) {
		correlator->group =
		        watch_client(correlator->watch, correlator->network, correlator->client);
		correlator->has_group = true;
	}
	return correlator->group;
}

static struct watch_answer answer_of(struct correlator *correlator, int64_t time_ns, uint32_t ttl)
{
	return (struct watch_answer){ .time_ns = time_ns,
		                      .ttl = ttl,
		                      .client = group_of_client(correlator),
		                      .reserved = true };
}

static struct watch_answer answer_with(struct correlator *correlator,
                                       const struct observation *seen)
{
	return answer_of(correlator, packet_clock_date(&correlator->clock, seen->time_ns),
	                 seen->ttl);
}

static bool is_last_owner(const struct correlator *correlator, const struct observation *seen)
{
	const struct dns_name *name = &correlator->owner.name;
	return correlator->owner.message == correlator->message &&
	       (seen->owner != NULL ? dns_name_equal(name, seen->owner, seen->owner_size)
	                            : name->size == 0);
}

/* Most hits of a message are of one rule and owner. */
static bool is_kept(const struct correlator *correlator, const struct kept *kept,
                    const struct observation *seen, const struct rule_view *rule)
{
	return rule->number != 0 && kept->rule == rule->number &&
	       kept->message == correlator->message && seen->ttl <= kept->ttl &&
	       is_last_owner(correlator, seen) && kept->reason.owner == correlator->owner.number;
}

/* Keeps the cause of a rule whose texts were kept before. */
static bool keep_again(struct correlator *correlator, struct kept *kept,
                       const struct observation *seen, const struct watch_answer *answer)
{
	if (is_last_owner(correlator, seen)) {
		kept->reason.owner = correlator->owner.number;
		return watch_keep_again(correlator->watch, &kept->reason, NULL, answer);
	}
	struct dns_name *owner = &correlator->owner.name;
	owner->size = (uint8_t)seen->owner_size;
	if (owner->size > 0) {
		memcpy(owner->wire, seen->owner, owner->size);
	}
	return watch_keep_again(correlator->watch, &kept->reason, owner, answer);
}

/* \return False if the texts of the rule are needed but not set. */
static bool keep_anew(struct correlator *correlator, struct kept *kept,
                      const struct observation *seen, const struct rule_view *rule)
{
	const struct watch_answer answer = answer_with(correlator, seen);
	bool known = rule->number != 0 && kept->rule == rule->number &&
	             seen->owner_size <= sizeof(correlator->owner.name.wire);
	if (!known || !keep_again(correlator, kept, seen, &answer)) {
		if (rule->id == NULL) {
			kept->rule = 0;
			return false;
		}
		watch_cause_set(&correlator->cause, rule, "", seen->owner, seen->owner_size);
		kept->reason = watch_keep_cause(correlator->watch, &correlator->cause, &answer);
		correlator->owner.name = correlator->cause.owner;
	}
	correlator->owner.message = correlator->message;
	correlator->owner.number = kept->reason.owner;
	kept->rule = rule->number;
	kept->message = correlator->message;
	kept->ttl = seen->ttl;
	return true;
}

/* \return False if the texts of the rule are needed but not set. */
static bool keep_cause(struct correlator *correlator, const struct observation *seen,
                       const struct rule_view *rule, const char *event_id,
                       struct watch_reason *reason)
{
	struct kept *kept = &correlator->kept[rule->number % KEPT_MAX];
	if (!is_kept(correlator, kept, seen, rule) && !keep_anew(correlator, kept, seen, rule)) {
		return false;
	}
	*reason = kept->reason;
	watch_reason_set_event(reason, event_id);
	return true;
}

static void watch_hit(struct correlator *correlator, const struct observation *seen,
                      enum rule_severity severity, const struct watch_reason *reason)
{
	if (!learned_hits_add(&correlator->hits, seen, severity, reason) && seen->kind == KIND_IP &&
	    seen->addr != NULL) {
		const struct watch_answer answer = answer_with(correlator, seen);
		watch_address(correlator->watch, correlator->network, seen->addr, &answer, reason);
	}
	if (seen->kind == KIND_MX && seen->name != NULL) {
		const struct watch_answer answer = answer_with(correlator, seen);
		(void)watch_exchange(correlator->watch, correlator->network, seen->name,
		                     seen->name_size, &answer, reason);
	}
}

bool correlator_learn(void *ctx, const struct observation *seen, const struct rule_view *rule,
                      const char *event_id)
{
	struct correlator *correlator = ctx;
	struct watch_reason reason;
	if (!learned_hits_need(&correlator->hits, seen->kind, rule->severity)) {
		return true;
	}
	bool is_few = correlator->hits.count < LEARNED_HITS_MAX;
	if (!is_few && seen->kind != KIND_IP && seen->kind != KIND_MX) {
		/* The cause of other hits beyond the limit is never used. */
		correlator->hits.count++;
		return true;
	}
	if (!keep_cause(correlator, seen, rule, event_id, &reason)) {
		return false;
	}
	watch_hit(correlator, seen, rule->severity, &reason);
	return true;
}

/*
 * Finds the reason why an address is watched, and whether its entry is reserved. The entry is
 * reserved if the address answers the question, or if the address is or belongs to the value of a
 * hit. The hits of the message itself explain an address better than those of earlier messages,
 * unless there were too many to store.
 *
 * \return False if the address is not watched.
 */
static bool find_reason(struct correlator *correlator, const struct dns_entry *entry,
                        const struct in6_addr *addr, int64_t now_ns, struct watch_reason *reason,
                        bool *reserved)
{
	enum learned_closeness close;
	struct watch_reason of_exchange;
	const struct learned_hit *hit = learned_hits_find(&correlator->hits, entry, addr, &close);
	bool is_exchange =
	        close < LEARNED_EXCHANGE &&
	        watch_has_exchange(correlator->watch, correlator->network, entry->owner.wire,
	                           entry->owner.size, now_ns, &of_exchange);
	*reserved = close >= LEARNED_EXCHANGE || is_exchange || entry->section == DNS_ANSWER;
	if (is_exchange && (hit == NULL || correlator->hits.count > LEARNED_HITS_MAX)) {
		*reason = of_exchange;
	} else if (hit != NULL) {
		*reason = hit->reason;
	}
	return is_exchange || hit != NULL;
}

static void watch_record(struct correlator *correlator, struct answer *answer,
                         const struct dns_entry *entry)
{
	struct in6_addr addr;
	struct watch_reason reason;
	struct watch_answer when = answer->when;
	when.ttl = dns_entry_ttl(entry);
	if (dns_rdata_address(entry, &addr) &&
	    find_reason(correlator, entry, &addr, when.time_ns, &reason, &when.reserved) &&
	    (when.reserved || answer->bystanders++ < BYSTANDERS_MAX)) {
		watch_address(correlator->watch, correlator->network, &addr, &when, &reason);
	}
}

/* If a watched exchange is an alias, its target is watched, because the addresses are those of the
 * target.
 * \return True if the target was not watched.  */
static bool watch_cname(struct correlator *correlator, const struct answer *answer,
                        const struct dns_entry *entry)
{
	struct watch_reason reason;
	struct dns_name target;
	struct watch_answer when = answer->when;
	when.ttl = dns_entry_ttl(entry);
	return watch_has_exchange(correlator->watch, correlator->network, entry->owner.wire,
	                          entry->owner.size, answer->when.time_ns, &reason) &&
	       dns_rdata_name(answer->message, entry, &target) == 1 &&
	       watch_exchange(correlator->watch, correlator->network, target.wire, target.size,
	                      &when, &reason);
}

/* \return True if there are CNAME records of watched exchanges that were not known before. */
static bool watch_cnames(struct correlator *correlator, const struct answer *answer)
{
	struct dns_walk walk;
	struct dns_entry entry;
	bool found = false;
	dns_walk_begin(&walk, answer->message);
	while (dns_walk_next(&walk, &entry) > 0) {
		if (entry.section != DNS_QUESTION && entry.type == DNS_TYPE_CNAME &&
		    dns_is_about_names(answer->message, &entry)) {
			found |= watch_cname(correlator, answer, &entry);
		}
	}
	return found;
}

static void watch_addresses(struct correlator *correlator, struct answer *answer)
{
	struct dns_walk walk;
	struct dns_entry entry;
	dns_walk_begin(&walk, answer->message);
	while (dns_walk_next(&walk, &entry) > 0) {
		if (entry.section != DNS_QUESTION && dns_is_about_names(answer->message, &entry)) {
			watch_record(correlator, answer, &entry);
		}
	}
}

static void watch_records(struct correlator *correlator, const struct dns_message *message,
                          int64_t now_ns)
{
	struct answer answer = { .message = message, .when = answer_of(correlator, now_ns, 0) };
	int rounds = watch_any_exchange(correlator->watch) ? CNAME_ROUNDS : 0;
	while (rounds-- > 0 && watch_cnames(correlator, &answer)) {
	}
	watch_addresses(correlator, &answer);
}

static void watch_deferred(struct correlator *correlator, const struct deferred_message *deferred)
{
	struct dns_message message;
	if (watch_any_exchange(correlator->watch) &&
	    dns_open(&message, deferred->wire, deferred->size) == DNS_OK) {
		correlator->client = &deferred->client;
		correlator->has_group = false;
		correlator->network =
		        network_id_is_none(&deferred->network) ? NULL : &deferred->network;
		watch_records(correlator, &message, deferred->time_ns);
	}
}

/* Settles the deferred messages whose time all other workers have passed. */
static void settle_passed(struct correlator *correlator)
{
	struct deferred_message first;
	const struct in6_addr *client = correlator->client;
	const struct network_id *network = correlator->network;
	size_t hits = correlator->hits.count;
	bool any = false, left;
	/* the stored hits are those of the current message, not of the deferred one */
	correlator->hits.count = 0;
	while ((left = deferred_first(correlator->deferred, &first)) &&
	       watermarks_all_read(correlator->watermarks, correlator->worker, first.time_ns)) {
		watch_deferred(correlator, &first);
		deferred_drop(correlator->deferred);
		any = true;
	}
	correlator->hits.count = hits;
	correlator->client = client;
	correlator->network = network;
	correlator->has_group = false;
	correlator->messages = 0;
	if (any) {
		watermarks_settled(correlator->watermarks, correlator->worker,
		                   left ? first.time_ns : INT64_MAX);
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

/* It is not inlined, because with one worker each packet would pay for saving its registers. */
__attribute__((noinline)) static void read_packet(struct correlator *correlator, int64_t time_ns)
{
	/* Other workers compare it with the dates of messages in this packet. */
	packet_clock_set(&correlator->clock, time_ns);
	correlator->read_ns = packet_clock_date(&correlator->clock, time_ns);
	if (++correlator->packets >= SHARE_EVERY) {
		share_read(correlator);
	}
}

void correlator_packet(struct correlator *correlator, int64_t time_ns)
{
	if (correlator->watermarks != NULL) {
		read_packet(correlator, time_ns);
	}
}

void correlator_tick(struct correlator *correlator, int64_t time_ns)
{
	packet_clock_set(&correlator->clock, time_ns);
}

/* Waits for room. */
static bool defer(struct correlator *correlator, const struct dns_message *message, int64_t now_ns)
{
	struct deferred_message put = { .wire = message->wire,
		                        .size = message->size,
		                        .time_ns = now_ns,
		                        .client = *correlator->client };
	if (correlator->network != NULL) {
		put.network = *correlator->network;
	}
	if (deferred_put(correlator->deferred, &put)) {
		return true;
	}
	bool kept = false;
	share_read(correlator);
	watermarks_wait(correlator->watermarks, correlator->worker, true);
	for (unsigned round = 0; !kept && !correlator->stop(); round++) {
		settle_passed(correlator);
		watermarks_pause(round);
		kept = deferred_put(correlator->deferred, &put);
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
		/* The message is the first deferred one. */
		watermarks_settled(correlator->watermarks, correlator->worker, now_ns);
		correlator->shares_deferred = true;
	}
}

void correlator_await(struct correlator *correlator, int64_t time_ns)
{
	if (correlator->watermarks == NULL ||
	    watermarks_all_read(correlator->watermarks, correlator->worker, time_ns)) {
		return;
	}
	share_read(correlator);
	watermarks_wait(correlator->watermarks, correlator->worker, true);
	for (unsigned round = 0;
	     !watermarks_all_read(correlator->watermarks, correlator->worker, time_ns) &&
	     !correlator->stop();
	     round++) {
		/* Another worker may wait for the deferred messages of this one. */
		settle_passed(correlator);
		watermarks_pause(round);
	}
	watermarks_wait(correlator->watermarks, correlator->worker, false);
}

/* Waits until all addresses that are watched at this time are known. */
static void settle(struct correlator *correlator, int64_t time_ns)
{
	if (correlator->watermarks == NULL) {
		return;
	}
	share_read(correlator);
	watermarks_wait(correlator->watermarks, correlator->worker, true);
	for (unsigned round = 0; !correlator->stop(); round++) {
		/* The order matters: the messages of this worker can be settled once those of the
		 * others are settled. */
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

bool correlator_find_server(struct correlator *correlator, const struct network_id *network,
                            const struct in6_addr *server, int64_t time_ns,
                            struct watch_cause *cause)
{
	time_ns = packet_clock_date(&correlator->clock, time_ns);
	settle(correlator, time_ns);
	return watch_has_address(correlator->watch, network, server, time_ns, cause);
}

void correlator_finish(struct correlator *correlator)
{
	struct deferred_message first;
	if (correlator == NULL || correlator->watermarks == NULL) {
		return;
	}
	watermarks_end_reading(correlator->watermarks, correlator->worker);
	for (unsigned round = 0;
	     deferred_first(correlator->deferred, &first) && !correlator->stop(); round++) {
		settle_passed(correlator);
		watermarks_pause(round);
	}
	watermarks_end(correlator->watermarks, correlator->worker);
}

void correlator_message(struct correlator *correlator, const struct dns_message *message,
                        int64_t time_ns)
{
	int64_t now_ns = packet_clock_date(&correlator->clock, time_ns);
	if (correlator->hits.count == 0 && correlator->watermarks != NULL) {
		defer_message(correlator, message, now_ns);
		return;
	}
	if (correlator->hits.count == 0 && !watch_any_exchange(correlator->watch)) {
		return;
	}
	watch_records(correlator, message, now_ns);
	correlator->hits.count = 0;
}

uint64_t correlator_lost(const struct correlator *correlator)
{
	return watch_lost(correlator->watch);
}
