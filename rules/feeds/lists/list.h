/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Lines of plain lists; for rules/feeds/lists/ alone. */
#pragma once

#include "rules/feeds/import/reader.h"

/*! \brief Whether a line reads as one of a list: one indicator, or a line of a hosts file. */
bool list_line_is(const struct feed_line *line);
