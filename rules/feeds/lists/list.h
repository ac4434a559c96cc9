/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Recognises lines of plain lists. Private to rules/feeds/lists/. */
#pragma once

#include "rules/feeds/import/reader.h"

/*!
 * \brief Returns true if a line can be part of a list, because it has one indicator or is a line of
 *        a hosts file.
 */
bool list_line_is(const struct feed_line *line);
