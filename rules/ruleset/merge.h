/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Merges rules that have the same meaning. Private to rules/ruleset/. */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief The largest number of feeds in the list of a merged rule; further feeds are omitted. */
#define MERGE_FEEDS_MAX 16
/*! \brief The largest number of later rules with the same indicator that a rule is compared with,
 * not counting those that are merged. */
#define MERGE_APART_MAX 256

/*!
 * \brief Marks repeated indicators as left out.
 *
 * An indicator repeats another if both have the same kind, period and servers. Of rules that
 * differ only in file or line, the first stays. Of rules from different feeds that have only this
 * indicator, the one with the highest severity stays, or the first of these. Its feed becomes
 * the list of all their feeds.
 *
 * \param merged  Receives the number of marked indicators.
 *
 * \return -1 when out of memory.
 */
int merge_duplicates(struct ruleset *set, size_t *merged);
