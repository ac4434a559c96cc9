/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads ranges of addresses, FIRST-LAST, and converts them to networks. */
#pragma once

#include "rules/language/indicator.h"

/*!
 * \brief The largest number of networks that a range of addresses needs: two of each prefix length
 *        from 2 to 128.
 */
#define RANGE_NETWORKS_MAX 254

/*!
 * \brief Reads a range such as `192.0.2.0-192.0.2.255`, `192.0.2.0-255` or
 *        `2001:db8::-2001:db8::ff`. It may be defanged.
 *
 * \param ends  Receives the first and the last address.
 * \param why   Receives an explanation of what is wrong and what to write instead, if the result
 *              is -1.
 *
 * \return 1; 0 when the word is not a range; -1 when the range is invalid.
 */
int range_ends(const char *word, struct network ends[2], char why[INDICATOR_WHY_SIZE]);

/*!
 * \brief Reads a range as range_ends() does, and converts it to networks.
 *
 * \param networks  Receives the smallest number of networks that together have exactly the
 *                  addresses of the range, in order.
 *
 * \return The number of networks; 0 when the word is not a range; -1 when the range is invalid.
 */
int range_parse(const char *word, struct network networks[RANGE_NETWORKS_MAX],
                char why[INDICATOR_WHY_SIZE]);
