/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes rules in canonical text, which loads again as the same rules. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "rules/ruleset/store.h"

/*!
 * \brief Writes a rule with those of its keys that stood on its own line.
 *
 * \return Its size; or `room` or more when it did not fit, with `text` cut.
 */
size_t canonical_own(const struct ruleset *set, const struct line *line, char *text, size_t room);

/*! \brief Writes a rule with all its keys, inherited ones and its id included, and a newline. */
void canonical_list(const struct ruleset *set, const struct line *line, FILE *out);
