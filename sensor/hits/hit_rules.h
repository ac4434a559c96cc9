/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rules of hits: the numbers that identify these rules, and their texts. Private to
 *        sensor/hits/.
 *
 * Limit: the texts of at most HIT_RULES_MAX rules are stored at a time. This is enough, because
 * most hits of a flood are of few rules.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "rules/ruleset/ruleset.h"

#define HIT_RULES_MAX 64

struct hit_rule;

struct hit_rules {
	const struct ruleset *set; /*!< Borrowed. */
	unsigned replacements;     /*!< How many times the set was replaced. */
	struct hit_rule *rules;
	/*! The rule of the last hit_rules_describe(); NULL: none since the set was replaced. */
	const struct hit_rule *described;
};

/*! \brief Initialises the texts. \return False when out of memory. */
bool hit_rules_init(struct hit_rules *rules, const struct ruleset *set);
void hit_rules_end(struct hit_rules *rules);

/*! \brief Replaces the set. */
void hit_rules_replace(struct hit_rules *rules, const struct ruleset *set);

/*! \brief Returns the rule of a hit, with its texts, which are valid until the next call. */
const struct rule_view *hit_rules_describe(struct hit_rules *rules, const struct ruleset_hit *met);

/*! \brief Returns a hash of the rule that hit_rules_describe() returned last. */
uint64_t hit_rules_hash(const struct hit_rules *rules);

/*! \brief Returns the `number` of the struct rule_view of a hit, without making the texts. It
 *         identifies the indicator and the action. */
uint64_t hit_rules_number(const struct hit_rules *rules, const struct ruleset_hit *met);

/*! \brief Returns a number that identifies the rule of a hit when hits are gathered (gathered.h).
 *         After a reload the number is another one, so a new group begins. */
uint64_t hit_rules_group(const struct hit_rules *rules, const struct ruleset_hit *met);

/*! \brief Does the same for a rule that may not be in the set any more. The number is made from the
 *         texts of the rule, so a reload does not change it. */
uint64_t hit_rules_group_of_text(const struct rule_view *rule);
