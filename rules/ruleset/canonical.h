/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes rules as canonical text. If this text is loaded, the result is the same rules. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "rules/ruleset/store.h"

/*!
 * \brief Writes a rule with only the keys that are on its own line.
 *
 * \return The number of octets of the whole text. If it is `room` or more, only the beginning of
 *         the text is written.
 */
size_t canonical_own(const struct ruleset *set, const struct line *line, char *text, size_t room);

/*! \brief Writes a rule with all its keys, including inherited ones and its id, and a newline. */
void canonical_list(const struct ruleset *set, const struct line *line, FILE *out);
