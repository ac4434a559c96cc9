/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Rules that say the same become one. For the files of rules/ alone. */
#pragma once

#include "rules/ruleset/store.h"

/*! \brief Feeds that are listed together; those that come after them are left out of the list. */
#define MERGE_FEEDS_MAX 16
/*! \brief Rules of an indicator that one is compared with: those next to it that stay apart. */
#define MERGE_APART_MAX 256

/*!
 * \brief Marks repeated indicators as left out.
 *
 * Equal are indicators of the same kind, period and servers. Of rules alike in
 * all but their place the first stays. Of rules from feeds of which none is the
 * same, each with this indicator alone, the gravest stays (of equal ones the first)
 * and its feed becomes a list of all their feeds.
 *
 * \param merged  Filled in: how many were marked.
 *
 * \return -1 when out of memory.
 */
int merge_duplicates(struct ruleset *set, size_t *merged);
