/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a zone answers: whether its delegation is signed, whether its servers refused for long and
 * answer now, and whether names of other owners point into a domain that does not exist.
 */
#include <string.h>

#include "sensor/baseline/baseline_private.h"

/* A zone that has answered before is only lame if it has failed for so long, and so often. */
#define LAME_LEAST_S 86400
#define LAME_LEAST   3
#define ALL_SIDES    (KNOWN_PARENT | KNOWN_CHILD)
#define ALL_RECORDS                                                                                \
	(RULE_BIT(KNOWN_NS) | RULE_BIT(KNOWN_MX) | RULE_BIT(KNOWN_IPV4) | RULE_BIT(KNOWN_IPV6))

/* DNSSEC */

bool health_ds_is_absent(struct baseline *baseline, known_id owner, bool has_old)
{
	const struct known_value *value = known_first(baseline->known, owner);
	bool without_do = false;
	for (; value != NULL; value = known_next(baseline->known, value)) {
		without_do |= known_kind(value) == KNOWN_DS && (value->kind & KNOWN_SIGNED) != 0;
	}
	return !has_old || without_do || baseline->has_do;
}

/* A DS record that was reported as gone is not known until it is seen again. */
static void mark_ds(struct baseline *baseline, known_id owner)
{
	struct known_value *value = known_first(baseline->known, owner);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) == KNOWN_DS) {
			value->kind |= KNOWN_REPORTED;
		} else if (known_kind(value) == KNOWN_NS) {
			value->kind &= (uint8_t)~KNOWN_SIGNED;
		}
	}
}

struct baseline_change *health_report_ds(struct baseline *baseline, known_id owner,
                                         const struct observation *seen, int section,
                                         const struct ruleset_learn *learn)
{
	const struct score_facts score = { .reasons = RULE_BIT(SCORE_DS_REMOVED) };
	struct observation about = *seen;
	about.kind = KIND_DS; /* without a value: there is no record */
	about.name = NULL;
	about.name_size = 0;
	about.addr = NULL;
	struct baseline_change *change =
	        baseline_add_change(baseline, LEARN_DS, &about, section, learn, &score);
	if (change != NULL) {
		baseline_list_known(baseline, change, owner, RULE_BIT(KNOWN_DS));
	}
	mark_ds(baseline, owner);
	return change;
}

/* The observation of the question that had no answer. */
static struct observation about_question(const struct baseline *baseline)
{
	return (struct observation){
		.kind = KIND_NAME,
		.name = baseline->question.wire,
		.name_size = baseline->question.size,
		.owner = baseline->question.wire,
		.owner_size = baseline->question.size,
		.time_ns = baseline->now_ns,
	};
}

/* Reads the owner of the SOA record of a negative answer. \return False if it has none. */
static bool read_zone(const struct dns_message *message, struct dns_entry *entry)
{
	struct dns_walk walk;
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, entry) == 1) {
		if (entry->section == DNS_AUTHORITY && entry->type == DNS_TYPE_SOA) {
			return entry->owner.size > 0;
		}
	}
	return false;
}

/* A question for the DS record has no answer. The zone itself has none in any case. */
static void judge_no_ds(struct baseline *baseline)
{
	const struct observation seen = about_question(baseline);
	struct dns_entry zone;
	if (read_zone(baseline->message, &zone) &&
	    dns_name_equal(&zone.owner, seen.owner, seen.owner_size)) {
		return;
	}
	struct ruleset_learn learn;
	known_id owner = known_find_name(baseline->known, seen.owner, seen.owner_size);
	if (owner == 0 || !baseline_find_rule(baseline, seen.owner, seen.owner_size, LEARN_DS,
	                                      baseline_domain(baseline, owner) == owner, &learn)) {
		return;
	}
	struct standing standing =
	        standing_of(baseline, owner, RULE_BIT(KNOWN_DS), ALL_SIDES, &learn);
	if (standing_is_known(baseline, &standing, &learn)) {
		(void)health_report_ds(baseline, owner, &seen, DNS_QUESTION, &learn);
	}
}

/* Refusals */

static uint32_t last_answer(struct baseline *baseline, known_id name)
{
	uint32_t last_s = 0;
	const struct known_value *value = known_first(baseline->known, name);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if ((value->kind & KNOWN_CHILD) != 0 &&
		    (RULE_BIT(known_kind(value)) & ALL_RECORDS) != 0 && value->last > last_s) {
			last_s = value->last;
		}
	}
	return last_s;
}

static void note_refusal(struct baseline *baseline)
{
	const struct dns_name *name = &baseline->question;
	struct ruleset_learn learn;
	known_id id = baseline_name(baseline, name->wire, name->size);
	known_id domain = baseline_domain(baseline, id);
	if (domain == 0 ||
	    !baseline_find_rule(baseline, name->wire, name->size, LEARN_HEALTH, true, &learn)) {
		return;
	}
	struct known_value *state = known_find(baseline->known, domain, KNOWN_STATE, 0);
	if (state == NULL && (state = known_add(baseline->known, domain, KNOWN_STATE, 0)) != NULL) {
		uint32_t host_s = last_answer(baseline, id);
		uint32_t domain_s = last_answer(baseline, domain);
		state->value = host_s > domain_s ? host_s : domain_s;
	}
	if (state == NULL) {
		return;
	}
	if (state->count == 0 || state->value >= state->last) {
		state->first = baseline->now_s;
		state->count = 0;
	}
	state->last = baseline->now_s;
	state->count += state->count < UINT16_MAX ? 1 : 0;
}

static bool was_lame(const struct baseline *baseline, const struct known_value *state,
                     const struct ruleset_learn *learn)
{
	uint32_t for_s = state->last - state->first;
	(void)baseline;
	if (state->count == 0 || state->count < learn->min || state->value >= state->last ||
	    for_s < learn->after_s) {
		return false;
	}
	return state->value == 0 || (for_s >= LAME_LEAST_S && state->count >= LAME_LEAST);
}

/* The first record that the zone answers. */
static const struct fact *find_answer(const struct baseline *baseline)
{
	for (size_t i = 0; i < baseline->facts.count; i++) {
		const struct fact *fact = &baseline->facts.items[i];
		if (fact->section == DNS_ANSWER && fact->kind != KNOWN_DS) {
			return fact;
		}
	}
	return NULL;
}

/* Finds a value of the registrable domain of a name that has one of these flags; 0: any. Most
 * domains have none, so the Public Suffix List is asked last. */
static struct known_value *find_of_domain(struct baseline *baseline, known_id name,
                                          enum known_kind kind, uint8_t flags)
{
	struct known *known = baseline->known;
	known_id id = name;
	for (unsigned steps = 0; steps < DNS_NAME_LABELS_MAX && id != 0; steps++) {
		const struct known_value *value = known_find(known, id, kind, 0);
		if (value != NULL && (flags == 0 || (value->kind & flags) != 0)) {
			return known_find(known, baseline_domain(baseline, name), kind, 0);
		}
		id = known_parent(known, id);
	}
	return NULL;
}

/* Finds the name of the owner in the table, or one above it. */
static known_id find_owner(struct baseline *baseline, const struct fact *fact)
{
	return fact->owner_id != 0
	               ? fact->owner_id
	               : known_find_above(baseline->known, fact->owner, fact->owner_size);
}

/* A server of the zone has answered. */
static void judge_alive(struct baseline *baseline, known_id name, const struct observation *seen,
                        int section)
{
	struct ruleset_learn learn;
	struct known_value *state = find_of_domain(baseline, name, KNOWN_STATE, 0);
	if (state == NULL) {
		return;
	}
	if (baseline_find_rule(baseline, seen->owner, seen->owner_size, LEARN_HEALTH, true,
	                       &learn) &&
	    was_lame(baseline, state, &learn)) {
		const struct score_facts score = { .reasons = RULE_BIT(SCORE_LAME_THEN_ANSWERS) };
		(void)baseline_add_change(baseline, LEARN_HEALTH, seen, section, &learn, &score);
	}
	state->value = baseline->now_s;
}

static void judge_answer(struct baseline *baseline)
{
	const struct fact *fact = find_answer(baseline);
	struct observation seen;
	if (fact != NULL) {
		baseline_observe(baseline, fact, &seen);
		judge_alive(baseline, find_owner(baseline, fact), &seen, fact->section);
	}
}

/* The zone's server answers that there is no such record. That of the parent is asked for DS. */
static void judge_nodata(struct baseline *baseline)
{
	const struct observation seen = about_question(baseline);
	if (baseline->question_type == DNS_TYPE_DS) {
		judge_no_ds(baseline);
	} else if ((baseline->message->flags & DNS_FLAG_AA) != 0) {
		judge_alive(baseline,
		            known_find_above(baseline->known, seen.owner, seen.owner_size), &seen,
		            DNS_QUESTION);
	}
}

/* Domains that do not exist */

/* Whether a zone is known to be a registrable domain, or to be below one. */
static bool is_below_suffix(struct baseline *baseline, const struct dns_name *zone)
{
	return known_domain(baseline->known,
	                    known_find_name(baseline->known, zone->wire, zone->size)) != 0;
}

/* Whether the table has any name below the top-level domain that is in the name. */
static bool has_relatives(struct baseline *baseline, const struct dns_name *name)
{
	known_id above = known_find_above(baseline->known, name->wire, name->size);
	return known_parent(baseline->known, above) != 0;
}

/* If the zone that denies a name is above the registrable domain, this does not exist (RFC 8020).
 */
static bool find_unregistered(struct baseline *baseline, known_id *domain)
{
	const struct dns_name *name = &baseline->question;
	struct dns_entry zone;
	size_t start;
	if (!has_relatives(baseline, name)) {
		return false;
	}
	bool has_zone = read_zone(baseline->message, &zone);
	if ((has_zone && is_below_suffix(baseline, &zone.owner)) ||
	    !ruleset_find_domain(baseline->rules, name->wire, name->size, &start) ||
	    (has_zone ? zone.owner.size >= name->size - start : start > 0)) {
		return false;
	}
	*domain = known_find_name(baseline->known, name->wire + start, name->size - start);
	return *domain != 0;
}

static enum observation_kind kind_of_target(struct baseline *baseline,
                                            const struct known_value *serves)
{
	if (known_kind(serves) == KNOWN_ALIASED) {
		return KIND_CNAME;
	}
	bool server =
	        known_find(baseline->known, serves->ttl_child, KNOWN_NS, serves->value) != NULL;
	return server ? KIND_NS : KIND_MX;
}

/* Reports an owner that has a target in a domain that does not exist, or did not. */
static void report_dangling(struct baseline *baseline, struct known_value *serves,
                            enum score_reason reason, int section)
{
	const struct score_facts score = { .reasons = RULE_BIT(reason),
		                           .target_is_alias = known_kind(serves) == KNOWN_ALIASED };
	if (baseline->changes_count == BASELINE_CHANGES_MAX) {
		return;
	}
	struct dns_name *owner = &baseline->dangling[baseline->changes_count].owner;
	struct dns_name *target = &baseline->dangling[baseline->changes_count].target;
	struct ruleset_learn learn;
	owner->size = (uint8_t)known_wire(baseline->known, serves->ttl_child, owner->wire);
	target->size = (uint8_t)known_wire(baseline->known, serves->value, target->wire);
	if (owner->size == 0 || target->size == 0 ||
	    !baseline_find_rule(baseline, owner->wire, owner->size, LEARN_HEALTH, true, &learn)) {
		return;
	}
	const struct observation seen = {
		.kind = kind_of_target(baseline, serves),
		.name = target->wire,
		.name_size = target->size,
		.owner = owner->wire,
		.owner_size = owner->size,
		.time_ns = baseline->now_ns,
	};
	serves->kind |= KNOWN_REPORTED;
	known_note_dangling(baseline->known);
	(void)baseline_add_change(baseline, LEARN_HEALTH, &seen, section, &learn, &score);
}

/* The target of an alias did not exist for long, and has an address now: its owner, or another, has
 * registered it. A service that is set up anew is away for a shorter time. */
static void judge_claimed(struct baseline *baseline)
{
	known_id last = 0;
	size_t count = known_has_dangling(baseline->known) ? baseline->facts.count : 0;
	for (size_t i = 0; i < count; i++) {
		const struct fact *fact = &baseline->facts.items[i];
		if ((fact->kind != KNOWN_IPV4 && fact->kind != KNOWN_IPV6) ||
		    (fact->owner_id != 0 && fact->owner_id == last)) {
			continue;
		}
		known_id name = last = find_owner(baseline, fact);
		struct known_value *serves =
		        find_of_domain(baseline, name, KNOWN_ALIASED, KNOWN_REPORTED);
		if (serves == NULL || (serves->kind & KNOWN_REPORTED) == 0) {
			continue;
		}
		if (baseline_age(baseline, serves->first) >= LAME_LEAST_S) {
			report_dangling(baseline, serves, SCORE_LAME_THEN_ANSWERS, fact->section);
		}
		serves->kind &= (uint8_t)~KNOWN_REPORTED;
	}
}

static void judge_nxdomain(struct baseline *baseline)
{
	known_id domain;
	if (!find_unregistered(baseline, &domain)) {
		return;
	}
	struct known_value *state = known_find(baseline->known, domain, KNOWN_STATE, 0);
	if (state == NULL) {
		state = known_add(baseline->known, domain, KNOWN_STATE, 0);
	}
	if (state != NULL) {
		state->ttl_parent = baseline->now_s;
	}
	static const enum known_kind kinds[] = { KNOWN_SERVES, KNOWN_ALIASED };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct known_value *serves = known_find(baseline->known, domain, kinds[i], 0);
		if (serves != NULL && serves->count > 0 && (serves->kind & KNOWN_REPORTED) == 0) {
			serves->first = baseline->now_s;
			report_dangling(baseline, serves, SCORE_TARGET_UNREGISTERED, DNS_QUESTION);
		}
	}
}

void health_judge(struct baseline *baseline)
{
	switch (baseline->code) {
	case HISTORY_NODATA:
		judge_nodata(baseline);
		break;
	case HISTORY_SERVFAIL:
	case HISTORY_REFUSED:
		note_refusal(baseline);
		break;
	case HISTORY_NXDOMAIN:
		judge_nxdomain(baseline);
		break;
	default:
		judge_answer(baseline);
		judge_claimed(baseline);
		break;
	}
}
