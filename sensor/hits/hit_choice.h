/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Chooses the hits that are reported: by severity, kind and rule. */
#pragma once

#include <fnmatch.h>
#include <stdbool.h>
#include <stdint.h>

#include "rules/keywords.h"
#include "rules/ruleset/ruleset.h"

/*! \brief If all fields are zero, every hit is chosen. */
struct hit_choice {
	unsigned severity; /*!< The lowest event.severity. */
	uint32_t kinds;    /*!< A bit for each kind, by KEYWORD_HIT_KINDS; 0: every kind. */
	const char *rule;  /*!< A pattern for fnmatch(3), of the rule's id; NULL: every rule. */
};

/*! \brief Returns whether a hit of this rule and kind (event_kind_text()) is chosen. */
static inline bool hit_choice_has(const struct hit_choice *choice, const struct rule_view *rule,
                                  const char *kind)
{
	return rule_severity_number(rule->severity) >= choice->severity &&
	       keyword_is_chosen(KEYWORD_HIT_KINDS, choice->kinds, kind) &&
	       (choice->rule == NULL || fnmatch(choice->rule, rule->id, 0) == 0);
}
