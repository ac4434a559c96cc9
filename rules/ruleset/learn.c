/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/imitation.h"
#include "rules/lookalike/suffix.h"
#include "rules/ruleset/store.h"

unsigned ruleset_learned(const struct ruleset *set)
{
	return set->learned;
}

unsigned ruleset_learned_of_names(const struct ruleset *set)
{
	return set->learned_of_names;
}

/*! \brief Fills in `learn` if an indicator is the owner of a rule that learns this. */
static bool take(const struct ruleset *set, const struct rule *rule, const struct observation *seen,
                 enum learn_kind kind, struct ruleset_learn *learn)
{
	const struct attrs attrs = store_attrs(set, &set->lines[rule->line]);
	if ((attrs.learned & RULE_BIT(kind)) == 0 || !store_is_in_force(&attrs, seen)) {
		return false;
	}
	*learn = (struct ruleset_learn){
		.hit = { .rule = rule, .action = ACTION_BASELINE_CHANGE },
		.after_s = attrs.after_s,
		.min = attrs.min,
		.forget_s = attrs.forget_s,
		.rated = attrs.rated,
	};
	return true;
}

static bool take_chain(const struct ruleset *set, uint32_t key, uint8_t reach,
                       const struct observation *seen, enum learn_kind kind,
                       struct ruleset_learn *learn)
{
	for (uint32_t at = set->heads[FORM_NAME][key]; at != RULE_NONE; at = set->rules[at].next) {
		const struct rule *rule = &set->rules[at];
		if ((rule->reach & reach) != 0 && take(set, rule, seen, kind, learn)) {
			return true;
		}
	}
	return false;
}

/*! \brief Finds a rule for `*`, whose owner is stored as the root. */
static bool find_of_all(const struct ruleset *set, const struct observation *seen,
                        enum learn_kind kind, struct ruleset_learn *learn)
{
	static const uint8_t root[] = { 0 };
	uint32_t key = intern_find(&set->names.keys, root, sizeof(root));
	return key != INTERN_NONE && take_chain(set, key, REACH_EXACT, seen, kind, learn);
}

static bool find_of_names(const struct ruleset *set, const struct observation *seen,
                          enum learn_kind kind, struct ruleset_learn *learn)
{
	uint32_t key;
	struct names_walk walk = names_walk_init(&set->names, seen->owner, seen->owner_size, NULL);
	while ((key = names_walk_next(&walk)) != INTERN_NONE) {
		if (take_chain(set, key, walk.whole ? REACH_EXACT : REACH_BELOW, seen, kind,
		               learn)) {
			return true;
		}
	}
	return false;
}

bool ruleset_find_learn(const struct ruleset *set, const struct observation *seen,
                        enum learn_kind kind, bool all, struct ruleset_learn *learn)
{
	return ((set->learned_of_names & RULE_BIT(kind)) != 0 &&
	        find_of_names(set, seen, kind, learn)) ||
	       (all && (set->learned_of_all & RULE_BIT(kind)) != 0 &&
	        find_of_all(set, seen, kind, learn));
}

bool ruleset_find_domain(const struct ruleset *set, const uint8_t *wire, size_t size, size_t *start)
{
	struct suffix_split split;
	if (!suffix_split(set->psl, wire, size, &split)) {
		return false;
	}
	*start = split.domain;
	return true;
}

bool ruleset_imitates(const struct ruleset *set, const uint8_t *known, size_t known_size,
                      const uint8_t *name, size_t name_size)
{
	return imitation_is(set->psl, known, known_size, name, name_size);
}
