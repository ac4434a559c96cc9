/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Converts ranges of addresses, FIRST-LAST, to networks. */
#pragma once

#include "rules/language/indicator.h"

/*!
 * \brief The largest number of networks that a range of addresses needs: two of each prefix length
 *        from 2 to 128.
 */
#define RANGE_NETWORKS_MAX 254

/*!
 * \brief Reads `192.0.2.0-192.0.2.255`, `192.0.2.0-255`, `2001:db8::-2001:db8::ff`, defanged or
 * not.
 *
 * \param networks  Receives the fewest networks that have exactly these addresses, in order.
 * \param why       Receives, with -1, what is wrong and what to write instead.
 *
 * \return The number of networks; 0 when the word is not a range; -1 when the range is invalid.
 */
int range_parse(const char *word, struct network networks[RANGE_NETWORKS_MAX],
                char why[INDICATOR_WHY_SIZE]);
