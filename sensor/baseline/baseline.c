/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/baseline.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "base/time_ns.h"
#include "sensor/baseline/servers.h"

struct baseline *baseline_new(struct known *known, const struct ruleset *rules,
                              const struct asn_db *asns)
{
	struct baseline *baseline = calloc(1, sizeof(*baseline));
	if (baseline != NULL) {
		baseline->known = known;
		baseline->rules = rules;
		baseline->asns = asns;
	}
	return baseline;
}

void baseline_free(struct baseline *baseline)
{
	free(baseline);
}

void baseline_set_rules(struct baseline *baseline, const struct ruleset *rules)
{
	baseline->rules = rules;
	baseline->asked = 0;
	memset(baseline->recent, 0, sizeof(baseline->recent));
}

uint64_t baseline_omitted(const struct baseline *baseline)
{
	return baseline->facts.omitted;
}

void baseline_begin(struct baseline *baseline, uint32_t generation,
                    const struct dns_message *message, const struct in6_addr *server)
{
	baseline->answered = validated_answer(baseline, message, server);
	baseline->generation = generation;
	baseline->wants = baseline->is_signed = baseline->has_ds = false;
	baseline->facts.count = 0;
	baseline->code = -1;
}

void baseline_set_generation(struct baseline *baseline, uint32_t generation)
{
	baseline->generation = generation;
}

/* Counts a value. \return False if it has changed so much that the message must be judged. */
static bool count_value(struct baseline *baseline, const struct recent *recent, uint32_t ttl,
                        uint32_t now_s)
{
	struct known_value *value = known_get(baseline->known, recent->value, recent->owner);
	if (value == NULL || (value->kind & recent->side) == 0) {
		return false;
	}
	uint32_t most = recent->side == KNOWN_PARENT ? value->ttl_parent : value->ttl_child;
	if (recent->authoritative && ttl <= INT32_MAX && ttl > most) {
		return false;
	}
	value->count += value->count < UINT16_MAX ? 1 : 0;
	value->last = now_s > value->last ? now_s : value->last;
	baseline->is_signed |= recent->side == KNOWN_PARENT && (value->kind & KNOWN_SIGNED) != 0;
	return true;
}

/* Whether a resolver validates the row and did not lately, or does no longer. */
static bool is_answer_new(const struct recent *recent, uint8_t answered)
{
	const uint8_t validated = VALIDATED * 0x55;
	uint8_t fresh = answered & (uint8_t)~recent->answered;
	return (fresh & validated) != 0 || (fresh >> 1 & recent->answered & validated) != 0;
}

void baseline_see_again(struct baseline *baseline, uint32_t place, uint32_t ttl, uint64_t time_s)
{
	const struct recent *recent = baseline_recent(baseline, place);
	uint32_t now_s = (uint32_t)time_s;
	if (place == 0 || recent->place != place || recent->generation != baseline->generation ||
	    (recent->until_s != 0 && now_s - (recent->until_s - RECENT_S) >= RECENT_S)) {
		baseline->wants = true;
		return;
	}
	baseline->has_ds |= recent->is_ds;
	if (recent->value != 0 && (!count_value(baseline, recent, ttl, now_s) ||
	                           is_answer_new(recent, baseline->answered))) {
		baseline->wants = true;
	}
}

void baseline_pass(struct baseline *baseline, uint32_t place)
{
	*baseline_recent(baseline, place) =
	        (struct recent){ .place = place, .generation = baseline->generation };
}

void baseline_see(struct baseline *baseline, const struct history_row *row, uint32_t place,
                  uint32_t ttl, uint64_t time_s)
{
	if (row->is_code || facts_concern(row)) {
		baseline->has_ds |= row->type == DNS_TYPE_DS && !row->is_code;
		baseline_see_again(baseline, place, ttl, time_s);
	} else {
		baseline_pass(baseline, place);
	}
}

/* Rules for `*` learn addresses of all hosts. If their rows were kept, nothing would be folded. */
bool baseline_keeps(const struct baseline *baseline, const struct history_row *row, uint64_t time_s)
{
	struct ruleset_learn learn;
	if (row->type == DNS_TYPE_NS || row->type == DNS_TYPE_MX || row->type == DNS_TYPE_DS) {
		return true;
	}
	enum learn_kind kind =
	        row->is_code || row->type == DNS_TYPE_CNAME ? LEARN_HEALTH : LEARN_IP;
	if ((ruleset_learned_of_names(baseline->rules) & RULE_BIT(kind)) == 0 ||
	    (!row->is_code && !facts_concern(row))) {
		return false;
	}
	const struct observation seen = { .owner = row->owner,
		                          .owner_size = row->owner_size,
		                          .time_ns = (int64_t)time_s * NS_PER_S };
	return ruleset_find_learn(baseline->rules, &seen, kind, false, &learn);
}

bool baseline_wants(const struct baseline *baseline)
{
	return baseline->wants || (baseline->is_signed && !baseline->has_ds);
}

bool baseline_has_gathered(const struct baseline *baseline)
{
	return baseline->facts.count > 0 || baseline->code >= 0;
}

void baseline_gather(struct baseline *baseline, const struct history_row *row, uint32_t place,
                     const struct dns_entry *entry)
{
	if (row->is_code) {
		baseline->code = row->data[0];
		baseline->code_place = place;
		baseline->question = entry->owner;
		baseline->question_type = row->type;
	} else if (facts_concern(row)) {
		facts_add(&baseline->facts, row, entry, place, baseline->generation);
	}
}

/* Returns true if a fact has signatures, so that the DO bit matters. */
static bool has_signatures(const struct baseline *baseline)
{
	for (size_t i = 0; i < baseline->facts.count; i++) {
		const struct fact *fact = &baseline->facts.items[i];
		if (fact->kind == KNOWN_DS || fact->side == KNOWN_PARENT) {
			return true;
		}
	}
	return false;
}

void baseline_judge(struct baseline *baseline, const struct dns_message *message,
                    const struct in6_addr *server, int64_t time_ns, baseline_emit_t emit, void *ctx)
{
	baseline->message = message;
	baseline->server = server;
	baseline_set_time(baseline, time_ns);
	baseline->changes_count = 0;
	baseline->has_do = has_signatures(baseline) && dns_has_do(message);
	facts_follow(&baseline->facts);
	known_lock(baseline->known);
	judge_records(baseline);
	health_judge(baseline);
	validated_judge(baseline);
	learn_facts(baseline);
	known_unlock(baseline->known);
	for (size_t i = 0; i < baseline->changes_count; i++) {
		emit(ctx, &baseline->changes[i]);
	}
}

static bool find_domain(const struct baseline *baseline, const uint8_t *wire, size_t size,
                        size_t *domain)
{
	return known_guess_domain(baseline->known, wire, size, domain) ||
	       ruleset_find_domain(baseline->rules, wire, size, domain);
}

known_id baseline_domain(const struct baseline *baseline, known_id name)
{
	uint8_t wire[DNS_NAME_MAX];
	size_t domain;
	if (!known_is_resolved(baseline->known, name)) {
		size_t size = known_wire(baseline->known, name, wire);
		known_set_domain(baseline->known, name,
		                 find_domain(baseline, wire, size, &domain) ? domain
		                                                            : KNOWN_NO_DOMAIN);
	}
	return known_domain(baseline->known, name);
}

known_id baseline_name(const struct baseline *baseline, const uint8_t *wire, size_t size)
{
	/* A top-level domain has no registrable domain. */
	bool has_parent = size > 0 && size > 2u + wire[0];
	return has_parent ? known_add_name(baseline->known, wire, size) : 0;
}

known_id baseline_registrable(const struct baseline *baseline, const uint8_t *wire, size_t size)
{
	size_t domain;
	known_id id = known_find_name(baseline->known, wire, size);
	if (id != 0) {
		return baseline_domain(baseline, id) == id ? id : 0;
	}
	if (!find_domain(baseline, wire, size, &domain) || domain != 0) {
		return 0;
	}
	id = known_add_name(baseline->known, wire, size);
	known_set_domain(baseline->known, id, 0);
	return id;
}

/* The autonomous system of an address; 0: unknown. */
static uint32_t find_asn(const struct baseline *baseline, enum known_kind kind, uint32_t number)
{
	struct in6_addr addr = { 0 };
	const uint32_t octets = htonl(number);
	if (baseline->asns == NULL) {
		return 0;
	}
	if (kind == KNOWN_IPV4) {
		address_map_ipv4(&addr, (const uint8_t *)&octets);
	} else {
		memcpy(&addr, &octets, sizeof(octets));
	}
	return asn_find(baseline->asns, &addr);
}

uint32_t baseline_asn(const struct baseline *baseline, enum known_kind kind, uint32_t number)
{
	uint32_t asn = find_asn(baseline, kind, number);
	return asn != 0 ? asn * 0x9e3779b1u /* unlike the numbers of prefixes */
	                : baseline_prefix(kind, number);
}

void baseline_set_time(struct baseline *baseline, int64_t time_ns)
{
	uint32_t now_s = (uint32_t)(time_ns > 0 ? time_ns / NS_PER_S : 0);
	baseline->asked = now_s == baseline->now_s ? baseline->asked : 0;
	baseline->now_ns = time_ns;
	baseline->now_s = now_s;
}

/* The rule for `*`, which is the same for all owners. It is found again when a second has passed,
 * as it may have ended. */
static bool find_rule_of_all(struct baseline *baseline, const struct observation *seen,
                             enum learn_kind kind, struct ruleset_learn *learn)
{
	if ((baseline->asked & RULE_BIT(kind)) == 0) {
		baseline->asked |= RULE_BIT(kind);
		baseline->ruled &= ~RULE_BIT(kind);
		if (ruleset_find_learn(baseline->rules, seen, kind, true,
		                       &baseline->of_all[kind])) {
			baseline->ruled |= RULE_BIT(kind);
		}
	}
	if ((baseline->ruled & RULE_BIT(kind)) == 0) {
		return false;
	}
	*learn = baseline->of_all[kind];
	return true;
}

bool baseline_find_rule(struct baseline *baseline, const uint8_t *owner, size_t owner_size,
                        enum learn_kind kind, bool all, struct ruleset_learn *learn)
{
	const struct observation seen = { .owner = owner,
		                          .owner_size = owner_size,
		                          .time_ns = baseline->now_ns };
	if ((ruleset_learned_of_names(baseline->rules) & RULE_BIT(kind)) == 0) {
		return all && find_rule_of_all(baseline, &seen, kind, learn);
	}
	return ruleset_find_learn(baseline->rules, &seen, kind, all, learn);
}

/* Standing */

bool standing_has(const struct baseline *baseline, const struct known_value *value,
                  const struct ruleset_learn *learn)
{
	uint32_t least_s = learn->after_s > 3600 ? learn->after_s : 3600;
	bool lasted = known_kind(value) != KNOWN_DS && value->last - value->first >= least_s;
	return (learn->forget_s == 0 || baseline_age(baseline, value->last) <= learn->forget_s) &&
	       ((value->kind & KNOWN_REPORTED) == 0 || lasted);
}

struct standing standing_of(struct baseline *baseline, known_id owner, unsigned kinds, uint8_t side,
                            const struct ruleset_learn *learn)
{
	struct standing standing = { .first = UINT32_MAX };
	const struct known_value *value = known_first(baseline->known, owner);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if ((RULE_BIT(known_kind(value)) & kinds) == 0 ||
		    !standing_has(baseline, value, learn)) {
			continue;
		}
		uint32_t ttl = side == KNOWN_PARENT ? value->ttl_parent : value->ttl_child;
		standing.first = value->first < standing.first ? value->first : standing.first;
		standing.count = value->count > standing.count ? value->count : standing.count;
		standing.ttl = ttl > standing.ttl ? ttl : standing.ttl;
		standing.at_side |= (value->kind & side) != 0;
	}
	return standing;
}

bool standing_is_known(const struct baseline *baseline, const struct standing *standing,
                       const struct ruleset_learn *learn)
{
	return standing->count >= learn->min && standing->count > 0 &&
	       baseline_age(baseline, standing->first) >= learn->after_s;
}

/* Changes */

void baseline_observe(const struct baseline *baseline, const struct fact *fact,
                      struct observation *seen)
{
	static const enum observation_kind kinds[KNOWN_KINDS] = {
		[KNOWN_NS] = KIND_NS,         [KNOWN_MX] = KIND_MX,   [KNOWN_DS] = KIND_NAME,
		[KNOWN_IPV4] = KIND_IP,       [KNOWN_IPV6] = KIND_IP, [KNOWN_STATE] = KIND_NAME,
		[KNOWN_ALIASED] = KIND_CNAME,
	};
	bool address = fact->kind == KNOWN_IPV4 || fact->kind == KNOWN_IPV6;
	*seen = (struct observation){
		.kind = kinds[fact->kind],
		.name = fact->target_size > 0 ? fact->target
		        : address             ? NULL
		                              : fact->owner,
		.name_size = fact->target_size > 0 ? fact->target_size : fact->owner_size,
		.addr = address ? &fact->addr : NULL,
		.owner = fact->owner,
		.owner_size = fact->owner_size,
		.rdata = fact->rdata,
		.rtype = fact->rtype,
		.ttl = fact->ttl,
		.time_ns = baseline->now_ns,
	};
}

struct baseline_change *baseline_add_change(struct baseline *baseline, enum learn_kind kind,
                                            const struct observation *seen, int section,
                                            const struct ruleset_learn *learn,
                                            const struct score_facts *score)
{
	if (baseline->changes_count == BASELINE_CHANGES_MAX ||
	    ruleset_is_allowed(baseline->rules, seen)) {
		return NULL;
	}
	struct baseline_change *change = &baseline->changes[baseline->changes_count++];
	change->seen = *seen;
	change->kind = kind;
	change->section = section;
	change->learn = *learn;
	change->reasons = score->reasons;
	change->score = score_of(score);
	change->known_count = 0;
	return change;
}

static bool is_named(enum known_kind kind)
{
	return kind == KNOWN_NS || kind == KNOWN_MX || kind == KNOWN_MAIL || kind == KNOWN_BANNER ||
	       kind == KNOWN_CERTIFICATE || kind == KNOWN_VALIDATED;
}

void baseline_list_known(struct baseline *baseline, struct baseline_change *change, known_id owner,
                         unsigned kinds)
{
	const struct known_value *value = known_first(baseline->known, owner);
	for (; value != NULL && change->known_count < BASELINE_KNOWN_MAX;
	     value = known_next(baseline->known, value)) {
		if ((RULE_BIT(known_kind(value)) & kinds) == 0 ||
		    !standing_has(baseline, value, &change->learn)) {
			continue;
		}
		struct baseline_known *known = &change->known[change->known_count++];
		known->kind = known_kind(value);
		known->number = value->value;
		known->first = value->first;
		known->last = value->last;
		known->count = value->count;
		known->wire_size = 0;
		known->asn = known->kind == KNOWN_IPV4 || known->kind == KNOWN_IPV6
		                     ? find_asn(baseline, known->kind, value->value)
		                     : 0;
		known_id name = known->kind == KNOWN_VALIDATED ? value->value >> 1 : value->value;
		if (is_named(known->kind)) {
			known->wire_size = (uint8_t)known_wire(baseline->known, name, known->wire);
		}
	}
}

static void network_text_of(const struct baseline_known *known, char *text)
{
	if (known->asn != 0) {
		(void)snprintf(text, BASELINE_TEXT_SIZE, "AS%u", known->asn);
		return;
	}
	uint8_t octets[sizeof(struct in6_addr)] = { 0 };
	uint32_t number =
	        htonl(known->kind == KNOWN_IPV4 ? known->number & 0xffff0000 : known->number);
	memcpy(octets, &number, sizeof(number));
	(void)inet_ntop(known->kind == KNOWN_IPV4 ? AF_INET : AF_INET6, octets, text,
	                INET6_ADDRSTRLEN);
	(void)strcat(text, known->kind == KNOWN_IPV4 ? "/16" : "/32");
}

void baseline_text(const struct baseline_known *known, char text[BASELINE_TEXT_SIZE])
{
	char address[BASELINE_TEXT_SIZE];
	text[0] = '\0';
	switch (known->kind) {
	case KNOWN_NS:
	case KNOWN_MX:
	case KNOWN_MAIL:
	case KNOWN_BANNER:
	case KNOWN_CERTIFICATE:
		if (known->wire_size > 0 && !server_text(known->wire, known->wire_size, text)) {
			text[dns_name_text(known->wire, text)] = '\0';
		}
		break;
	case KNOWN_STARTTLS:
		(void)strcpy(text, known->number == OFFER_STARTTLS ? "STARTTLS offered"
		                   : known->number == OFFER_NONE   ? "STARTTLS not offered"
		                                                   : "STARTTLS overwritten");
		break;
	case KNOWN_TLS:
		(void)strcpy(text, known->number != 0 ? "TLS" : "no TLS");
		break;
	case KNOWN_VALIDATED:
		if (known->wire_size > 0 && server_text(known->wire, known->wire_size, address)) {
			(void)snprintf(text, BASELINE_TEXT_SIZE, "AD from %.64s", address);
		}
		break;
	case KNOWN_DS:
		(void)snprintf(text, BASELINE_TEXT_SIZE, "%u %u %u", known->number >> 16,
		               known->number >> 8 & 0xff, known->number & 0xff);
		break;
	default:
		network_text_of(known, text);
		break;
	}
}
