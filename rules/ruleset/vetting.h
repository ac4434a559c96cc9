/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Vetting: finds indicators that would match a great part of the Internet, and indicators
 *        that are repeated. Private to rules/ruleset/.
 */
#pragma once

#include "rules/ruleset/store.h"

/*!
 * \brief Receives an indicator that is left out, and the reason. The text is valid until the call
 *        returns.
 */
typedef void (*vetting_refuse_t)(void *ctx, const struct rule *rule, const char *why);

struct vetting {
	struct ruleset *set;
	vetting_refuse_t refuse;
	void *ctx;
	size_t left_out; /*!< Receives the number of indicators marked as left out. */
	/*! Receives the number of marked indicators that were merged with an equal one. */
	size_t merged;
};

/*!
 * \brief Marks the indicators that are to be left out, and makes the index of protected names.
 *
 * finalize_chains() must have been called.
 *
 * \return 0, or -1 when out of memory.
 */
int vetting_apply(struct vetting *vetting);

/*! \brief Returns true if a network has more addresses than a rule should match. */
bool vetting_is_wide(const struct network *network);
