/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/judge.h"

/* A TTL that is raised is a hit by itself from here on. */
#define TTL_ALONE_S 86400

static void report(struct judge_set *set, struct fact *fact, enum learn_kind kind,
                   const struct ruleset_learn *learn, const struct score_facts *score)
{
	struct observation seen;
	baseline_observe(set->baseline, fact, &seen);
	bool full = set->baseline->changes_count == BASELINE_CHANGES_MAX;
	struct baseline_change *change =
	        baseline_add_change(set->baseline, kind, &seen, fact->section, learn, score);
	fact->left_out = full;
	fact->is_reported = fact->is_new && change != NULL;
	if (change != NULL) {
		baseline_list_known(set->baseline, change, set->owner, set->kinds);
	}
}

/* The parent, or the zone, shows a set for the first time, and the other side has a part of it. The
 * sides often disagree, so this is only news if the rest is of a provider that serves no other. */
static bool is_first_at_side(const struct judge_set *set)
{
	return set->first->kind == KNOWN_NS && !set->standing.at_side && set->has_old;
}

/* Whether the owner has more targets than the table keeps of a name: another one is no news. */
static bool has_many_targets(const struct judge_set *set)
{
	const struct known_value *value = known_first(set->baseline->known, set->owner);
	unsigned count = 0;
	for (const struct fact *fact = set->first; fact != NULL;
	     fact = judge_next(set, (struct fact *)fact)) {
		count += fact->is_new && fact->is_reported;
	}
	for (; value != NULL; value = known_next(set->baseline->known, value)) {
		count += known_kind(value) == set->first->kind;
	}
	return count >= KNOWN_VALUES_MAX;
}

static bool find_domain(struct judge_set *set)
{
	set->domain = baseline_domain(set->baseline, set->owner);
	return set->domain != 0;
}

static void judge_new(struct judge_set *set, struct fact *fact)
{
	struct score_facts score = { 0 };
	if (set->baseline->judged++ >= BASELINE_JUDGED_MAX) {
		fact->left_out = true;
		return;
	}
	if (!find_domain(set) || (fact_is_target(fact) && has_many_targets(set))) {
		return;
	}
	if (fact_is_target(fact)) {
		judge_target(set, fact, &score);
		if (is_first_at_side(set) &&
		    (score.reasons & RULE_BIT(SCORE_UNKNOWN_PROVIDER)) == 0) {
			return;
		}
	} else if (!judge_address(set, fact, &score)) {
		return;
	}
	score.reasons |= judge_is_raised(set, fact) ? RULE_BIT(SCORE_TTL_RAISED) : 0;
	report(set, fact, set->kind, &set->learn, &score);
}

/* The value is known, and its TTL is greater than any before. */
static void judge_ttl(struct judge_set *set, struct fact *fact, const struct known_value *value)
{
	uint32_t own = fact->side == KNOWN_PARENT ? value->ttl_parent : value->ttl_child;
	const struct score_facts score = { .reasons = RULE_BIT(SCORE_TTL_RAISED) };
	struct ruleset_learn learn;
	if (judge_is_raised(set, fact) && fact->ttl >= TTL_ALONE_S && fact->ttl > own &&
	    baseline_find_rule(set->baseline, fact->owner, fact->owner_size, LEARN_TTL,
	                       fact_is_address(fact) || set->domain == set->owner, &learn) &&
	    standing_is_known(set->baseline, &set->standing, &learn)) {
		report(set, fact, LEARN_TTL, &learn, &score);
		set->standing.ttl = fact->ttl;
	}
}

/* The address of a target that was new in an earlier message, which had no address. */
static void judge_first_address(struct judge_set *set)
{
	struct fact *fact = set->first;
	uint32_t network = baseline_network(set->baseline, fact->kind, fact->number);
	struct score_facts score = { .target_is_own = true };
	if (set->standing.count > 0 || !fact->is_new ||
	    !known_is_used(set->baseline->known, set->owner) || !find_domain(set) ||
	    !judge_is_elsewhere(set, fact->kind, network, &score)) {
		return;
	}
	score.reasons |= RULE_BIT(SCORE_NETWORK_CHANGED);
	score.network_is_shared =
	        known_network_is_shared(set->baseline->known, network, set->domain);
	report(set, fact, set->kind, &set->learn, &score);
}

static void mark_set(struct judge_set *set)
{
	struct baseline *baseline = set->baseline;
	for (struct fact *fact = set->first; fact != NULL; fact = judge_next(set, fact)) {
		const struct known_value *value = judge_find_known(baseline, fact);
		fact->done = true;
		fact->is_new = value == NULL ||
		               (set->learn.forget_s != 0 &&
		                baseline_age(baseline, value->last) > set->learn.forget_s);
		set->has_old |= value != NULL && standing_has(baseline, value, &set->learn);
	}
}

static void judge_set(struct judge_set *set)
{
	struct baseline *baseline = set->baseline;
	bool known = standing_is_known(baseline, &set->standing, &set->learn);
	for (struct fact *fact = set->first; fact != NULL; fact = judge_next(set, fact)) {
		if (!fact->is_new) {
			judge_ttl(set, fact, judge_find_known(baseline, fact));
		} else if (known) {
			judge_new(set, fact);
		}
	}
}

/* DS records that are gone are a hit of their own. */
static void judge_ds(struct judge_set *set)
{
	struct baseline *baseline = set->baseline;
	struct ruleset_learn learn;
	struct standing standing =
	        standing_of(baseline, set->owner, RULE_BIT(KNOWN_DS), KNOWN_PARENT, &set->learn);
	if (!judge_lost_ds(set) ||
	    !baseline_find_rule(baseline, set->first->owner, set->first->owner_size, LEARN_DS,
	                        set->domain == set->owner, &learn) ||
	    !standing_is_known(baseline, &standing, &learn) ||
	    !health_ds_is_absent(baseline, set->owner, set->has_old)) {
		return;
	}
	struct observation seen;
	baseline_observe(baseline, set->first, &seen);
	(void)health_report_ds(baseline, set->owner, &seen, set->first->section, &learn);
}

static void start_set(struct baseline *baseline, struct fact *fact)
{
	struct judge_set set = { .baseline = baseline, .first = fact, .owner = fact->owner_id };
	set.learn = (struct ruleset_learn){ .forget_s = 0 };
	set.kind = fact_is_address(fact) ? LEARN_IP : fact->kind == KNOWN_NS ? LEARN_NS : LEARN_MX;
	set.kinds = RULE_BIT(fact->kind);
	set.domain = fact_is_address(fact) ? 0 : baseline_domain(baseline, set.owner);
	bool ruled =
	        baseline_find_rule(baseline, fact->owner, fact->owner_size, set.kind,
	                           fact_is_address(fact) || set.domain == set.owner, &set.learn);
	mark_set(&set);
	if (ruled) {
		set.standing = standing_of(baseline, set.owner, set.kinds, fact->side, &set.learn);
		judge_set(&set);
		if (fact_is_address(fact)) {
			judge_first_address(&set);
		}
	}
	if (fact->kind == KNOWN_NS && fact->side == KNOWN_PARENT) {
		judge_ds(&set);
	}
}

/* Whether nothing is known of a name, and it is not known of another one. */
static bool is_bare(const struct baseline *baseline, known_id name)
{
	return known_first(baseline->known, name) == NULL && !known_is_used(baseline->known, name);
}

void judge_records(struct baseline *baseline)
{
	struct facts *facts = &baseline->facts;
	baseline->freed = known_freed(baseline->known);
	baseline->judged = 0;
	for (size_t i = 0; i < facts->count; i++) {
		judge_find_owner(baseline, &facts->items[i], i > 0 ? &facts->items[i - 1] : NULL);
	}
	for (size_t i = 0; i < facts->count; i++) {
		struct fact *fact = &facts->items[i];
		if (fact->done || (!fact_is_target(fact) && !fact_is_address(fact))) {
			continue;
		}
		if (is_bare(baseline, fact->owner_id)) {
			fact->is_new = true;
		} else {
			start_set(baseline, fact);
		}
	}
}
