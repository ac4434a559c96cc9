/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Merges rules that have the same meaning. Private to rules/ruleset/. */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief The largest number of feeds in the list of a merged rule; further feeds are omitted. */
#define MERGE_FEEDS_MAX 16
/*!
 * \brief An indicator is compared with the equal indicators of the rules after its own. The
 *        comparison ends after this many of them that were not merged with it.
 */
#define MERGE_APART_MAX 256

/*!
 * \brief Marks repeated indicators as left out.
 *
 * An indicator repeats an equal one if their rules have the same verb, kinds, period and servers.
 * If the rules differ only in file or line, the first indicator stays. If the rules are alerts from
 * different feeds, and have no other indicator, the rule with the higher severity stays, or the
 * first rule if the severities are equal. Its feed becomes the list of the feeds of both rules.
 *
 * \param merged  Receives the number of marked indicators.
 *
 * \return 0, or -1 when out of memory.
 */
int merge_duplicates(struct ruleset *set, size_t *merged);
