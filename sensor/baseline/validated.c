/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether a resolver still validates a name with DNSSEC: the AD bit (RFC 4035, 3.2.3).
 *
 * A resolver sets it only for clients that ask for it, and many do not validate at all. So answers
 * are compared with earlier ones of the same resolver for the same name that agree in the DO bit,
 * and nothing is reported of
 *
 *  - a name that had answers with and without the bit before;
 *  - a resolver of which several names have had both: not all of its clients ask for the bit, or
 *    not all of its servers validate;
 *  - further names that lose the bit before any has it again: the resolver no longer validates.
 */
#include <string.h>

#include "sensor/baseline/servers.h"

/* The number of names with both kinds of answers from which on those of a resolver mean nothing. */
#define MIXED_LEAST 3
/* For this time a domain is reported once for a resolver. */
#define AGAIN_S (7 * 86400)
/* In the number of a value that notes that a domain was reported. */
#define REPORT 0x80000000u

/* What is known of a name at a resolver, a value of the kind KNOWN_VALIDATED; and in the same form
 * what is known of the resolver. */
struct sightings {
	struct known_value *name;
	struct known_value
	        *resolver; /* `count` is the number of names with both kinds of answers */
	known_id owner;
	uint32_t number; /* the resolver and the DO bit */
};

uint8_t validated_answer(const struct baseline *baseline, const struct dns_message *message,
                         const struct in6_addr *server)
{
	const uint16_t mask = DNS_FLAG_RA | DNS_FLAG_AA | DNS_FLAG_CD;
	if ((ruleset_learned(baseline->rules) & RULE_BIT(LEARN_DS)) == 0 ||
	    (message->flags & mask) != DNS_FLAG_RA || message->counts[DNS_ANSWER] == 0) {
		return 0;
	}
	unsigned place = server->s6_addr[15] & 3;
	return (uint8_t)(((message->flags & DNS_FLAG_AD) != 0 ? VALIDATED : NOT_VALIDATED)
	                 << 2 * place);
}

/* The record that was asked for. An alias may lead to a zone that is not signed. */
static const struct fact *find_answer(const struct baseline *baseline)
{
	const struct fact *answer = NULL;
	for (size_t i = 0; i < baseline->facts.count; i++) {
		const struct fact *fact = &baseline->facts.items[i];
		if (fact->section == DNS_ANSWER && fact->kind == KNOWN_ALIASED) {
			return NULL;
		}
		if (answer == NULL && fact->section == DNS_ANSWER && fact->owner_id != 0) {
			answer = fact;
		}
	}
	return answer;
}

static struct known_value *find(struct baseline *baseline, known_id owner, uint32_t number,
                                bool add)
{
	struct known_value *value = known_find(baseline->known, owner, KNOWN_VALIDATED, number);
	if (value == NULL && add) {
		value = known_add(baseline->known, owner, KNOWN_VALIDATED, number);
		if (value != NULL) {
			value->first = value->last = baseline->now_s;
		}
	}
	return value;
}

static bool find_values(struct baseline *baseline, known_id owner, bool add, struct sightings *v)
{
	known_id resolver = server_name(baseline->known, baseline->server, add);
	if (resolver == 0) {
		return false;
	}
	uint32_t asked = dns_has_do(baseline->message) ? 1 : 0;
	v->owner = owner;
	v->number = resolver << 1 | asked;
	v->resolver = find(baseline, resolver, asked, add);
	v->name = v->resolver != NULL ? find(baseline, owner, v->number, add) : NULL;
	return v->name != NULL;
}

static bool is_lost(const struct known_value *value)
{
	return value->ttl_parent != 0;
}

static bool is_mixed(const struct known_value *value)
{
	return value->ttl_child != 0;
}

static void mark_mixed(const struct sightings *v)
{
	v->resolver->count += !is_mixed(v->name) && v->resolver->count < UINT16_MAX ? 1 : 0;
	v->name->ttl_child = 1;
}

static void take_validated(struct baseline *baseline, known_id owner)
{
	struct sightings v;
	if (!find_values(baseline, owner, true, &v)) {
		return;
	}
	if (is_lost(v.name)) {
		mark_mixed(&v);
	}
	v.name->count += v.name->count < UINT16_MAX ? 1 : 0;
	v.name->last = v.resolver->last = baseline->now_s;
	v.name->ttl_parent = v.resolver->ttl_parent = 0;
}

/* Whether the domain was reported for this resolver, or its missing DS record. */
static bool was_reported(struct baseline *baseline, known_id domain, uint32_t number)
{
	const struct known_value *value = find(baseline, domain, number | REPORT, false);
	if (value != NULL && baseline_age(baseline, value->last) < AGAIN_S) {
		return true;
	}
	for (value = known_first(baseline->known, domain); value != NULL;
	     value = known_next(baseline->known, value)) {
		if (known_kind(value) == KNOWN_DS && (value->kind & KNOWN_REPORTED) != 0) {
			return true;
		}
	}
	return false;
}

static void report(struct baseline *baseline, const struct fact *fact, const struct sightings *v,
                   known_id domain, const struct ruleset_learn *learn)
{
	uint8_t wire[DNS_NAME_MAX];
	size_t size = known_wire(baseline->known, domain, wire);
	struct observation seen;
	if (size == 0 || size > fact->owner_size || was_reported(baseline, domain, v->number)) {
		return;
	}
	baseline_observe(baseline, fact, &seen);
	seen.owner = fact->owner + fact->owner_size - size; /* the domain */
	seen.owner_size = size;
	struct baseline_change *change =
	        health_report_ds(baseline, domain, &seen, fact->section, learn);
	if (change != NULL && change->known_count == 0) {
		baseline_list_known(baseline, change, v->owner, RULE_BIT(KNOWN_VALIDATED));
	}
	struct known_value *value = find(baseline, domain, v->number | REPORT, true);
	if (value != NULL) {
		value->kind |= KNOWN_REPORTED;
		value->first = value->last = baseline->now_s; /* it must not seem to last */
	}
}

static void take_not_validated(struct baseline *baseline, const struct fact *fact)
{
	struct sightings v;
	struct ruleset_learn learn;
	if (!find_values(baseline, fact->owner_id, false, &v) || is_lost(v.name) ||
	    is_mixed(v.name)) {
		return;
	}
	known_id domain = baseline_domain(baseline, fact->owner_id);
	uint32_t age_s = baseline_age(baseline, v.name->first);
	v.name->ttl_parent = baseline->now_s;
	bool ends = is_lost(v.resolver); /* the resolver may no longer validate */
	v.resolver->ttl_parent = baseline->now_s;
	if (domain == 0 || ends || v.resolver->count >= MIXED_LEAST ||
	    !baseline_find_rule(baseline, fact->owner, fact->owner_size, LEARN_DS, true, &learn) ||
	    v.name->count < learn.min || age_s < learn.after_s) {
		return;
	}
	report(baseline, fact, &v, domain, &learn);
}

void validated_judge(struct baseline *baseline)
{
	const struct fact *fact = baseline->answered != 0 ? find_answer(baseline) : NULL;
	if (fact == NULL) {
		return;
	}
	if ((baseline->message->flags & DNS_FLAG_AD) != 0) {
		take_validated(baseline, fact->owner_id);
	} else {
		take_not_validated(baseline, fact);
	}
}
