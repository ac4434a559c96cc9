/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What a set does not let in: indicators that would hit half the Internet,
 *        and those that are there already. For the files of rules/ alone.
 */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief Takes each refusal; the text lives during the call. */
typedef void (*vetting_refuse_t)(void *ctx, const struct rule *rule, const char *why);

struct vetting {
	struct ruleset *set;
	vetting_refuse_t refuse;
	void *ctx;
	size_t left_out; /*!< Filled in: indicators marked as left out. */
	size_t merged;   /*!< Filled in: how many of them since another says the same. */
};

/*!
 * \brief Marks what must not stand in a set, and makes its index of protected names.
 *
 * The set's chains are in place.
 *
 * \return -1 when out of memory.
 */
int vetting_apply(struct vetting *vetting);
