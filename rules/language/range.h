/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Ranges of addresses, FIRST-LAST, as networks. */
#pragma once

#include "rules/language/indicator.h"

/*! \brief The most networks of a range: two for each prefix length but the first and the last. */
#define RANGE_NETWORKS_MAX 254

/*!
 * \brief Reads `192.0.2.0-192.0.2.255`, `192.0.2.0-255`, `2001:db8::-2001:db8::ff`, defanged or
 * not.
 *
 * \param networks  Out: the fewest networks that have exactly these addresses, in order.
 * \param why       Out, for -1: what is wrong and what to write instead.
 *
 * \return Their number; 0 when the word is no range; -1 when it is an invalid one.
 */
int range_parse(const char *word, struct network networks[RANGE_NETWORKS_MAX],
                char why[INDICATOR_WHY_SIZE]);
