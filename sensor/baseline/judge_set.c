/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/judge.h"

/* A TTL is raised if it is more than so many times the greatest known one, and this long. */
#define TTL_FACTOR  2
#define TTL_LEAST_S 3600

static bool is_in(const struct judge_set *set, const struct fact *fact)
{
	return fact->owner_id == set->owner && fact->side == set->first->side &&
	       (RULE_BIT(fact->kind) & set->kinds) != 0;
}

struct fact *judge_next(const struct judge_set *set, struct fact *fact)
{
	struct fact *end = set->baseline->facts.items + set->baseline->facts.count;
	for (fact++; fact < end; fact++) {
		if (is_in(set, fact)) {
			return fact;
		}
	}
	return NULL;
}

struct known_value *judge_find_known(struct baseline *baseline, const struct fact *fact)
{
	if (!fact_is_address(fact)) {
		uint32_t number = fact_is_target(fact) ? fact->target_id : fact->number;
		return fact_is_target(fact) && number == 0
		               ? NULL
		               : known_find(baseline->known, fact->owner_id, fact->kind, number);
	}
	struct known_value *value = known_first(baseline->known, fact->owner_id);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) == fact->kind &&
		    baseline_network(baseline, fact->kind, value->value) ==
		            baseline_network(baseline, fact->kind, fact->number)) {
			return value;
		}
	}
	return NULL;
}

bool judge_has_network(struct baseline *baseline, known_id name, enum known_kind kind,
                       uint32_t network)
{
	const struct known_value *value = known_first(baseline->known, name);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) == kind &&
		    baseline_network(baseline, kind, value->value) == network) {
			return true;
		}
	}
	return false;
}

bool judge_is_raised(const struct judge_set *set, const struct fact *fact)
{
	return fact->authoritative && set->standing.ttl > 0 && fact->ttl >= TTL_LEAST_S &&
	       fact->ttl > TTL_FACTOR * (uint64_t)set->standing.ttl;
}
