/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes a set that was read ready for matching. For rules/ruleset/ alone. */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief Marks an indicator for removal by finalize_compact(). */
static inline void rule_leave_out(struct rule *rule)
{
	rule->key = INTERN_NONE;
}

static inline bool rule_is_left_out(const struct rule *rule)
{
	return rule->key == INTERN_NONE;
}

/*! \brief Chains the indicators of each key, in order of definition; -1 when out of memory. */
int finalize_chains(struct ruleset *set);

/*! \brief Removes marked indicators and rules without indicators. The chains are invalid
 * afterwards. */
void finalize_compact(struct ruleset *set);
