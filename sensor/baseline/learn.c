/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds facts to the table. */
#include "sensor/baseline/baseline_private.h"

/* A value that a hit has reported belongs to the baseline after this time. */
#define PROMOTED_S (7 * 86400)
/* An address that was seen for this time counts for its network. */
#define JOINED_S 3600

/* Returns the number of owners that hits have reported, if it is so great that a provider has
 * renamed its servers. */
static unsigned served_anew(struct known *known, known_id domain)
{
	const struct known_value *state = known_find(known, domain, KNOWN_STATE, 0);
	return state != NULL && state->ttl_child >= KNOWN_REPORTED_LEAST ? state->ttl_child : 0;
}

unsigned learn_served(struct baseline *baseline, known_id domain, known_id owner)
{
	struct known *known = baseline->known;
	const struct known_value *serves = known_find(known, domain, KNOWN_SERVES, 0);
	if (serves == NULL || serves->count == 0) {
		return served_anew(known, domain);
	}
	return serves->count == 1 && baseline_domain(baseline, serves->ttl_child) ==
	                                     baseline_domain(baseline, owner)
	               ? 0
	               : serves->count;
}

/* Whether a target is the owner or below it, so that nothing needs to be known of its domain. */
static bool is_own(const struct known *known, const struct known_value *value)
{
	return known_is_below(known, value->value, value->owner);
}

/* Whether an owner has another target in a domain. A target that a hit has reported does not count:
 * an attacker's domain must not become known by its victims. */
static bool has_other(struct baseline *baseline, const struct known_value *value, known_id domain)
{
	struct known *known = baseline->known;
	const struct known_value *other = known_first(known, value->owner);
	for (; other != NULL; other = known_next(known, other)) {
		if (other != value && known_is_target(other) &&
		    (other->kind & KNOWN_REPORTED) == 0 && !is_own(known, other) &&
		    baseline_domain(baseline, other->value) == domain) {
			return true;
		}
	}
	return false;
}

/* Counts that a domain serves another owner. A domain that serves itself is not counted. */
static void count_served(struct baseline *baseline, enum known_kind kind, known_id owner,
                         uint32_t target)
{
	struct known *known = baseline->known;
	known_id domain = baseline_domain(baseline, target);
	struct known_value *serves = known_find(known, domain, kind, 0);
	if (domain == 0 || (kind == KNOWN_ALIASED && serves != NULL) ||
	    domain == baseline_domain(baseline, owner)) {
		return;
	}
	if (serves == NULL) {
		serves = known_add(known, domain, kind, 0);
		if (serves == NULL) {
			return;
		}
		known_point(known, serves, target, owner);
	}
	serves->count += serves->count < UINT16_MAX ? 1 : 0;
}

/* Whether a hit has reported another target of the owner in a domain. */
static bool has_reported(struct baseline *baseline, const struct known_value *value,
                         known_id domain)
{
	struct known *known = baseline->known;
	const struct known_value *other = known_first(known, value->owner);
	for (; other != NULL; other = known_next(known, other)) {
		if (other != value && known_is_target(other) &&
		    (other->kind & KNOWN_REPORTED) != 0 &&
		    baseline_domain(baseline, other->value) == domain) {
			return true;
		}
	}
	return false;
}

static void count_reported(struct baseline *baseline, const struct known_value *value)
{
	struct known *known = baseline->known;
	known_id domain = baseline_domain(baseline, value->value);
	if (domain == 0 || domain == baseline_domain(baseline, value->owner) ||
	    has_reported(baseline, value, domain)) {
		return;
	}
	struct known_value *state = known_find(known, domain, KNOWN_STATE, 0);
	if (state == NULL) {
		state = known_add(known, domain, KNOWN_STATE, 0);
	}
	if (state != NULL && state->ttl_child < UINT16_MAX) {
		state->ttl_child++;
	}
}

static void count_provider(struct baseline *baseline, const struct known_value *value)
{
	if (!known_is_target(value) || is_own(baseline->known, value)) {
		return;
	}
	if ((value->kind & KNOWN_REPORTED) != 0) {
		count_reported(baseline, value);
	} else if (!has_other(baseline, value, baseline_domain(baseline, value->value))) {
		count_served(baseline, KNOWN_SERVES, value->owner, value->value);
	}
}

static void add_sightings(struct known_value *value, uint32_t first_s, uint32_t last_s,
                          uint32_t count)
{
	value->first = first_s < value->first ? first_s : value->first;
	value->last = last_s > value->last ? last_s : value->last;
	count += value->count;
	value->count = (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);
}

/* Finds the value of a fact, which for an address is that of its network. */
static struct known_value *find_value(struct baseline *baseline, const struct fact *fact,
                                      uint32_t number)
{
	if (fact->kind != KNOWN_IPV4 && fact->kind != KNOWN_IPV6) {
		return known_find(baseline->known, fact->owner_id, fact->kind, number);
	}
	uint32_t network = baseline_network(baseline, fact->kind, number);
	struct known_value *value = known_first(baseline->known, fact->owner_id);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) == fact->kind &&
		    baseline_network(baseline, fact->kind, value->value) == network) {
			return value;
		}
	}
	return NULL;
}

/* The owner's name servers are marked, so that a referral without DS records is noticed. */
static void mark_signed(struct known *known, known_id owner)
{
	struct known_value *value = known_first(known, owner);
	for (; value != NULL; value = known_next(known, value)) {
		value->kind |= known_kind(value) == KNOWN_NS ? KNOWN_SIGNED : 0;
	}
}

static bool is_signed(struct known *known, known_id owner)
{
	const struct known_value *value = known_first(known, owner);
	for (; value != NULL; value = known_next(known, value)) {
		if (known_kind(value) == KNOWN_DS && (value->kind & KNOWN_REPORTED) == 0) {
			return true;
		}
	}
	return false;
}

static void note_ttl(struct known_value *value, const struct fact *fact)
{
	uint32_t *ttl = fact->side == KNOWN_PARENT ? &value->ttl_parent : &value->ttl_child;
	if (fact->authoritative && fact->ttl > *ttl) {
		*ttl = fact->ttl;
	}
}

static void remember(struct baseline *baseline, const struct fact *fact,
                     const struct known_value *value)
{
	if (fact->place == 0) {
		return;
	}
	struct recent *recent = baseline_recent(baseline, fact->place);
	bool same = recent->place == fact->place && recent->generation == fact->generation &&
	            recent->until_s > baseline->now_s;
	*recent = (struct recent){
		.answered = baseline->answered | (same ? recent->answered : 0),
		.place = fact->place,
		.generation = fact->generation,
		.value = value != NULL ? known_value_id(baseline->known, value) : 0,
		.owner = fact->owner_id,
		.until_s = baseline->now_s + RECENT_S,
		.side = fact->side,
		.is_ds = fact->kind == KNOWN_DS,
		.authoritative = fact->authoritative,
	};
}

/* Failures of servers are counted, so each of them is judged. */
static void remember_code(struct baseline *baseline)
{
	if (baseline->code == HISTORY_NODATA || baseline->code == HISTORY_NXDOMAIN) {
		*baseline_recent(baseline, baseline->code_place) = (struct recent){
			.place = baseline->code_place,
			.generation = baseline->generation,
			.until_s = baseline->now_s + RECENT_S,
		};
	}
}

static uint32_t number_to_learn(struct baseline *baseline, const struct fact *fact)
{
	switch (fact->kind) {
	case KNOWN_NS:
	case KNOWN_MX:
	case KNOWN_ALIASED:
		return fact->target_id != 0 && known_freed(baseline->known) == baseline->freed
		               ? fact->target_id
		               : baseline_name(baseline, fact->target, fact->target_size);
	default:
		return fact->number;
	}
}

/* A value that was forgotten begins anew. */
static void renew(struct baseline *baseline, struct known_value *value)
{
	value->first = value->last = baseline->now_s;
	value->count = 0;
}

/* A value that was reported and stays belongs to the owner. */
static void promote(struct baseline *baseline, struct known_value *value)
{
	if ((value->kind & KNOWN_REPORTED) != 0 && known_kind(value) != KNOWN_DS &&
	    value->last - value->first >= PROMOTED_S) {
		value->kind &= (uint8_t)~KNOWN_REPORTED;
		count_provider(baseline, value);
	}
}

static void mark(struct baseline *baseline, const struct fact *fact, struct known_value *value)
{
	value->kind |= fact->side;
	if (fact->kind == KNOWN_DS) {
		value->kind &= (uint8_t)~KNOWN_REPORTED;
		value->kind |= baseline->has_do ? 0 : KNOWN_SIGNED;
		mark_signed(baseline->known, fact->owner_id);
	} else if (fact->kind == KNOWN_NS && is_signed(baseline->known, fact->owner_id)) {
		value->kind |= KNOWN_SIGNED;
	}
}

/* An address counts for its network when it has stayed for some time. */
static void join_network(struct baseline *baseline, const struct known_value *value)
{
	bool address = known_kind(value) == KNOWN_IPV4 || known_kind(value) == KNOWN_IPV6;
	if (address && (value->kind & KNOWN_REPORTED) != 0) {
		known_report_network(baseline->known,
		                     baseline_network(baseline, known_kind(value), value->value),
		                     baseline_domain(baseline, value->owner));
	} else if (address && value->last - value->first >= JOINED_S) {
		known_join_network(baseline->known,
		                   baseline_network(baseline, known_kind(value), value->value),
		                   baseline_domain(baseline, value->owner));
	}
}

static struct known_value *add_value(struct baseline *baseline, const struct fact *fact,
                                     uint32_t number, uint32_t first_s)
{
	struct known_value *value = known_add(baseline->known, fact->owner_id, fact->kind, number);
	if (value != NULL) {
		value->first = first_s;
		value->kind |= fact->is_reported ? KNOWN_REPORTED : 0;
		count_provider(baseline, value);
	}
	return value;
}

struct known_value *learn_fact_seen(struct baseline *baseline, const struct fact *fact,
                                    uint32_t first_s, uint32_t last_s, uint32_t count)
{
	uint32_t number = number_to_learn(baseline, fact);
	if (fact->target_size > 0 && number == 0) {
		return NULL;
	}
	if (fact->kind == KNOWN_ALIASED) {
		count_served(baseline, KNOWN_ALIASED, fact->owner_id, number);
		return NULL;
	}
	struct known_value *value = find_value(baseline, fact, number);
	if (value == NULL) {
		value = add_value(baseline, fact, number, first_s);
	} else if (fact->is_new) {
		renew(baseline, value);
	}
	if (value != NULL) {
		add_sightings(value, first_s, last_s, count);
		promote(baseline, value);
		mark(baseline, fact, value);
		join_network(baseline, value);
	}
	return value;
}

static void learn_fact(struct baseline *baseline, const struct fact *fact)
{
	struct known_value *value =
	        learn_fact_seen(baseline, fact, baseline->now_s, baseline->now_s, 1);
	if (value != NULL) {
		note_ttl(value, fact);
	}
	remember(baseline, fact, value);
}

void learn_facts(struct baseline *baseline)
{
	remember_code(baseline);
	for (size_t i = 0; i < baseline->facts.count; i++) {
		const struct fact *fact = &baseline->facts.items[i];
		if (fact->owner_id == 0) {
			remember(baseline, fact, NULL);
		} else if (!fact->left_out) {
			learn_fact(baseline, fact);
		}
	}
}
