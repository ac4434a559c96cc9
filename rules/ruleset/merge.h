/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Merges rules that mean the same. For rules/ruleset/ alone. */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief At most this many feeds are in the list of a merged rule; further ones are omitted. */
#define MERGE_FEEDS_MAX 16
/*! \brief A rule is compared with at most this many later rules of the same indicator that
 * are not merged. */
#define MERGE_APART_MAX 256

/*!
 * \brief Marks repeated indicators as left out.
 *
 * Indicators repeat if they have the same kind, period and servers. Of rules that
 * differ only in their place the first stays. Of rules from different feeds that have
 * no other indicator, the one of the highest severity stays (the first of equals), and
 * its feed becomes the list of all their feeds.
 *
 * \param merged  Out: the number of marked indicators.
 *
 * \return -1 when out of memory.
 */
int merge_duplicates(struct ruleset *set, size_t *merged);
