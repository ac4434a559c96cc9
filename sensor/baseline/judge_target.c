/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sensor/baseline/judge.h"

/* A move that was planned waits until no cache has the DS record (RFC 6781, 4.3.5). */
#define DS_GONE_S (36 * 3600)
/* A DS record that was not seen for longer may have been removed long before the move. */
#define DS_SEEN_S (3 * 86400)
/* The parent's servers are compared with those of the zone for so long after they were seen. */
#define PARENT_S (2 * 86400)

#define ADDRESSES (RULE_BIT(KNOWN_IPV4) | RULE_BIT(KNOWN_IPV6))

/* The registrable domain of a target; 0 if the table does not have it. */
static known_id domain_of(const struct judge_set *set, const struct fact *fact)
{
	size_t start;
	if (fact->target_id != 0) {
		return baseline_domain(set->baseline, fact->target_id);
	}
	if (!ruleset_find_domain(set->baseline->rules, fact->target, fact->target_size, &start)) {
		return 0;
	}
	return known_find_name(set->baseline->known, fact->target + start,
	                       fact->target_size - start);
}

/* Whether the owner has had other targets in this domain. */
static bool has_used(const struct judge_set *set, known_id domain)
{
	struct known *known = set->baseline->known;
	const struct known_value *value = known_first(known, set->owner);
	for (; domain != 0 && value != NULL; value = known_next(known, value)) {
		if (known_is_target(value) && standing_has(set->baseline, value, &set->learn) &&
		    baseline_domain(set->baseline, value->value) == domain) {
			return true;
		}
	}
	return false;
}

static bool imitates(const struct judge_set *set, const struct fact *fact)
{
	struct known *known = set->baseline->known;
	uint8_t wire[DNS_NAME_MAX];
	size_t size = known_wire(known, set->domain, wire);
	if (ruleset_imitates(set->baseline->rules, wire, size, fact->target, fact->target_size)) {
		return true;
	}
	const struct known_value *value = known_first(known, set->owner);
	for (; value != NULL; value = known_next(known, value)) {
		if (known_is_target(value) && standing_has(set->baseline, value, &set->learn) &&
		    (size = known_wire(known, value->value, wire)) > 0 &&
		    ruleset_imitates(set->baseline->rules, wire, size, fact->target,
		                     fact->target_size)) {
			return true;
		}
	}
	return false;
}

/* Whether the known targets of the owner have an address in a network. `any` receives whether they
 * have any address of this kind. */
static bool targets_have_network(const struct judge_set *set, enum known_kind kind,
                                 uint32_t network, bool *any)
{
	struct baseline *baseline = set->baseline;
	const struct known_value *value = known_first(baseline->known, set->owner);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) != set->first->kind ||
		    !standing_has(baseline, value, &set->learn)) {
			continue;
		}
		const struct known_value *addr = known_first(baseline->known, value->value);
		for (; addr != NULL; addr = known_next(baseline->known, addr)) {
			*any |= known_kind(addr) == kind;
		}
		if (judge_has_network(baseline, value->value, kind, network)) {
			return true;
		}
	}
	return false;
}

/* Compares the addresses of a new target, in this message or known, with those of the known ones.
 */
static void judge_network(const struct judge_set *set, const struct fact *fact,
                          struct score_facts *score)
{
	const struct facts *facts = &set->baseline->facts;
	bool any = false, found = false, shared = false, seen = false;
	unsigned count = 0;
	for (size_t i = 0; i < facts->count && count < KNOWN_VALUES_MAX; i++) {
		const struct fact *addr = &facts->items[i];
		if (!fact_is_address(addr) || addr->owner_size != fact->target_size ||
		    memcmp(addr->owner, fact->target, fact->target_size) != 0) {
			continue;
		}
		uint32_t network = baseline_network(set->baseline, addr->kind, addr->number);
		seen = true;
		count++;
		found |= !targets_have_network(set, addr->kind, network, &any);
		shared |= known_network_is_shared(set->baseline->known, network, set->domain);
	}
	const struct known_value *addr = known_first(set->baseline->known, fact->target_id);
	for (; addr != NULL; addr = known_next(set->baseline->known, addr)) {
		if ((RULE_BIT(known_kind(addr)) & ADDRESSES) != 0) {
			uint32_t network =
			        baseline_network(set->baseline, known_kind(addr), addr->value);
			seen = true;
			found |= !targets_have_network(set, known_kind(addr), network, &any);
			shared |=
			        known_network_is_shared(set->baseline->known, network, set->domain);
		}
	}
	score->reasons |= found && any ? RULE_BIT(SCORE_NETWORK_CHANGED) : 0;
	score->network_is_shared = shared;
	score->network_is_same = seen && any && !found;
	score->target_is_unseen = score->target_is_own && !seen;
}

/* Whether the parent has other servers than the zone now shows. */
static bool differs_from_parent(const struct judge_set *set)
{
	const struct known_value *value = known_first(set->baseline->known, set->owner);
	bool any = false;
	for (; value != NULL; value = known_next(set->baseline->known, value)) {
		if (known_kind(value) != KNOWN_NS || (value->kind & KNOWN_PARENT) == 0 ||
		    baseline_age(set->baseline, value->last) > PARENT_S) {
			continue;
		}
		any = true;
		for (const struct fact *fact = set->first; fact != NULL;
		     fact = judge_next(set, (struct fact *)fact)) {
			if (fact->target_id == value->value) {
				return false;
			}
		}
	}
	return any && set->first->side == KNOWN_CHILD;
}

bool judge_lost_ds(const struct judge_set *set)
{
	const struct facts *facts = &set->baseline->facts;
	if (set->first->side != KNOWN_PARENT || set->first->kind != KNOWN_NS) {
		return false;
	}
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->items[i].kind == KNOWN_DS && facts->items[i].owner_id == set->owner) {
			return false;
		}
	}
	return standing_of(set->baseline, set->owner, RULE_BIT(KNOWN_DS), KNOWN_PARENT, &set->learn)
	               .count > 0;
}

/* Whether the DS record is gone, which was there a short time ago. A hit may have reported that. */
static bool lost_ds_lately(const struct judge_set *set)
{
	const struct known_value *value = known_first(set->baseline->known, set->owner);
	uint32_t within_s = judge_lost_ds(set) ? DS_SEEN_S : DS_GONE_S;
	bool reported = !judge_lost_ds(set);
	for (; set->first->kind == KNOWN_NS && value != NULL;
	     value = known_next(set->baseline->known, value)) {
		if (known_kind(value) == KNOWN_DS &&
		    ((value->kind & KNOWN_REPORTED) != 0) == reported &&
		    baseline_age(set->baseline, value->last) < within_s) {
			return true;
		}
	}
	return false;
}

static bool is_unregistered(const struct judge_set *set, known_id domain)
{
	const struct known_value *state = known_find(set->baseline->known, domain, KNOWN_STATE, 0);
	return state != NULL && state->ttl_parent != 0 &&
	       baseline_age(set->baseline, state->ttl_parent) < 30 * 86400u &&
	       state->value < state->ttl_parent;
}

void judge_target(const struct judge_set *set, const struct fact *fact, struct score_facts *score)
{
	bool server = fact->kind == KNOWN_NS;
	known_id domain = domain_of(set, fact);
	bool used = has_used(set, domain);
	bool unknown = !used && learn_served(set->baseline, domain, set->owner) == 0;
	score->reasons |= RULE_BIT(server ? SCORE_NEW_NAME_SERVER : SCORE_NEW_EXCHANGER);
	score->reasons |= unknown ? RULE_BIT(SCORE_UNKNOWN_PROVIDER) : 0;
	/* The parent and the zone often disagree. */
	if (set->standing.at_side) {
		score->reasons |= RULE_BIT(!set->has_old ? SCORE_SET_REPLACED
		                           : server      ? SCORE_NAME_SERVER_ADDED
		                                         : SCORE_NEW_EXCHANGER);
	}
	if (server && differs_from_parent(set)) {
		score->reasons |= RULE_BIT(SCORE_PARENT_CHILD_DIFFER);
	}
	if (unknown && imitates(set, fact)) {
		score->reasons |= RULE_BIT(SCORE_IMITATES_KNOWN);
	}
	if (is_unregistered(set, domain)) {
		score->reasons |= RULE_BIT(SCORE_TARGET_UNREGISTERED);
	}
	score->reasons |= lost_ds_lately(set) ? RULE_BIT(SCORE_DS_REMOVED) : 0;
	score->target_is_own = domain == set->domain;
	judge_network(set, fact, score);
	if (server && !score->target_is_own) {
		/* The servers of another provider are in another network in any case. */
		score->reasons &= ~RULE_BIT(SCORE_NETWORK_CHANGED);
	}
}
