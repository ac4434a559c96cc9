/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Ties what was read into a set that can be matched. For the files of rules/ alone. */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief Marks an indicator as one to be taken out by finalize_compact(). */
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

/*! \brief Takes out marked indicators, and rules of which none is left; undoes the chains. */
void finalize_compact(struct ruleset *set);
