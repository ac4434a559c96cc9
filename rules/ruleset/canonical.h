/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes rules as canonical text, which loads again as the same rules. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "rules/ruleset/store.h"

/*!
 * \brief Writes a rule with only the keys that are on its own line.
 *
 * \return The octets of the whole text; `text` has only a part of it if that is `room` or more.
 */
size_t canonical_own(const struct ruleset *set, const struct line *line, char *text, size_t room);

/*! \brief Writes a rule with all its keys, including inherited ones and its id, and a newline. */
void canonical_list(const struct ruleset *set, const struct line *line, FILE *out);
