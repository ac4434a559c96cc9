/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sensor/baseline/judge.h"

static enum learn_kind learn_kind_of(const struct fact *fact)
{
	switch (fact->kind) {
	case KNOWN_NS:
		return LEARN_NS;
	case KNOWN_MX:
		return LEARN_MX;
	case KNOWN_DS:
		return LEARN_DS;
	case KNOWN_ALIASED:
		return LEARN_HEALTH;
	default:
		return LEARN_IP;
	}
}

/* NS, MX and DS are learned of all domains, because the number of domains that a provider serves is
 * needed. */
static known_id find_owner(struct baseline *baseline, const struct fact *fact)
{
	struct ruleset_learn learn;
	bool all = fact_is_address(fact) || fact->kind == KNOWN_ALIASED;
	if (baseline_find_rule(baseline, fact->owner, fact->owner_size, learn_kind_of(fact), all,
	                       &learn)) {
		return baseline_name(baseline, fact->owner, fact->owner_size);
	}
	return all ? 0 : baseline_registrable(baseline, fact->owner, fact->owner_size);
}

void judge_find_owner(struct baseline *baseline, struct fact *fact, const struct fact *before)
{
	bool same = before != NULL && before->owner_size == fact->owner_size &&
	            learn_kind_of(before) == learn_kind_of(fact) &&
	            memcmp(before->owner, fact->owner, fact->owner_size) == 0;
	fact->owner_id = same ? before->owner_id : find_owner(baseline, fact);
	if (fact->target_size > 0) {
		fact->target_id = known_find_name(baseline->known, fact->target, fact->target_size);
	}
}
