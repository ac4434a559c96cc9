/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes what was read as rules; for rules/feeds/ alone. */
#pragma once

#include <stdio.h>

#include "rules/feeds/import/reader.h"

/*! \brief Writes a heading and the rules of a feed; -1 when out of memory. */
int feed_write_rules(const struct feed *feed, FILE *out);
