/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rules of hits: numbers that identify them, and their texts, which are made for the
 *        rules of the latest hits only. Private to sensor/hits/.
 *
 * Limits: the texts of HIT_RULES_MAX rules at a time. Hits of a flood are mostly of few rules.
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
	const struct hit_rule *described; /*!< The last one; NULL: none. */
};

/*! \brief Initialises the texts. \return False when out of memory. */
bool hit_rules_init(struct hit_rules *rules, const struct ruleset *set);
void hit_rules_end(struct hit_rules *rules);

/*! \brief Replaces the set. */
void hit_rules_replace(struct hit_rules *rules, const struct ruleset *set);

/*! \brief Returns the rule of a hit, with its texts, which are valid until the next call. */
const struct rule_view *hit_rules_describe(struct hit_rules *rules, const struct ruleset_hit *met);

/*! \brief Returns a hash of the rule that was described last. */
uint64_t hit_rules_hash(const struct hit_rules *rules);

/*! \brief Returns the number that struct rule_view has for an indicator of a rule. */
uint64_t hit_rules_number(const struct hit_rules *rules, const struct ruleset_hit *met);

/*! \brief Identifies a rule for hits that are gathered. After a reload they are gathered anew. */
uint64_t hit_rules_group(const struct hit_rules *rules, const struct ruleset_hit *met);

/*! \brief Does the same for a rule that may not be in the set any more. */
uint64_t hit_rules_group_of_text(const struct rule_view *rule);
