/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds rules that are valid but silence others, or hit everything; for rules/ruleset/
 *        alone.
 *
 * They stay in force: they may be meant.
 */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief Receives each finding about a rule. The text lives during the call. */
typedef void (*blinding_warn_t)(void *ctx, const struct line *line, const char *why);

/*! \brief Findings of one kind; further ones are only counted. */
#define BLINDING_REPORTED_MAX 20

/*!
 * \brief Reports `allow` of half the Internet, ids that two rules have, and pins of one owner
 *        that contradict each other. Indicators that vetting left out are ignored.
 *
 * The chains of the set must exist.
 *
 * \return -1 when out of memory.
 */
int blinding_find(const struct ruleset *set, blinding_warn_t warn, void *ctx);
