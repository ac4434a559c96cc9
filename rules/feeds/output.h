/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the rules of an imported feed. Private to rules/feeds/. */
#pragma once

#include <stdio.h>

#include "rules/feeds/import/reader.h"

/*!
 * \brief Writes a heading and the rules of a feed; returns -1 when out of memory. The caller checks
 *        ferror() of `out`.
 */
int feed_write_rules(const struct feed *feed, FILE *out);
