/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds valid rules that silence others or match nearly everything. Private to
 *        rules/ruleset/.
 *
 * These rules are only reported and remain in effect, because they may be intended.
 */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief Receives each finding about a rule. The text lives during the call. */
typedef void (*blinding_warn_t)(void *ctx, const struct line *line, const char *why);

/*!
 * \brief The largest number of findings of one kind that are reported. Further ones are only
 *        counted.
 */
#define BLINDING_REPORTED_MAX 20

/*!
 * \brief Reports `allow` and `pin` rules for a great part of the Internet, rules with the id of
 *        another rule, and `pin` rules of the same owner that contradict each other. Indicators
 *        that vetting has left out are ignored.
 *
 * finalize_chains() must have been called.
 *
 * \return 0, or -1 when out of memory.
 */
int blinding_find(const struct ruleset *set, blinding_warn_t warn, void *ctx);
