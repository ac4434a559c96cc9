/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Prepares a set for matching after its files were read. Private to rules/ruleset/. */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief Marks an indicator for removal by finalize_compact(). */
static inline void rule_leave_out(struct rule *rule)
{
	rule->key = INTERN_NONE;
}

/*! \brief Returns true if an indicator is marked for removal. */
static inline bool rule_is_left_out(const struct rule *rule)
{
	return rule->key == INTERN_NONE;
}

/*!
 * \brief Links all indicators with the same key into a chain, in order of definition; returns -1
 *        when out of memory.
 */
int finalize_chains(struct ruleset *set);

/*! \brief Removes marked indicators and rules without indicators. The chains are invalid
 * afterwards. */
void finalize_compact(struct ruleset *set);
