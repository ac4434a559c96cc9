/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds valid rules that silence others or match nearly everything. Private to
 *        rules/ruleset/.
 *
 * These rules stay in force, because they may be intended.
 */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief Receives each finding about a rule. The text lives during the call. */
typedef void (*blinding_warn_t)(void *ctx, const struct line *line, const char *why);

/*!
 * \brief The largest number of findings of one kind that are reported; further ones are only
 *        counted.
 */
#define BLINDING_REPORTED_MAX 20

/*!
 * \brief Reports `allow` rules for a great part of the Internet, ids that two rules have, and `pin`
 *        rules of one owner that contradict each other. Indicators that vetting has left out are
 *        ignored.
 *
 * finalize_chains() must have been called.
 *
 * \return -1 when out of memory.
 */
int blinding_find(const struct ruleset *set, blinding_warn_t warn, void *ctx);
