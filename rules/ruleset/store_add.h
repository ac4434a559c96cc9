/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Adds files and their parsed rules to a set. Private to rules/ruleset/.
 *
 * Everything is copied into the set, which grows as needed. After the last rule, finalize.h makes
 * the indexes.
 *
 * Limits: a set has fewer than RULE_NONE rules, indicators and files.
 *
 * Errors: the functions return 0, or -1 when out of memory or beyond a limit. The set can then only
 * be freed.
 */
#pragma once

#include <stdint.h>

#include "rules/language/language.h"
#include "rules/ruleset/store.h"

/*! \brief Adds a text to `texts`. The number is TEXT_NONE if `text` is NULL. */
int store_add_text(struct ruleset *set, const char *text, uint32_t *number);

/*!
 * \brief Adds a file, to which the rules that are added next belong.
 *
 * \param file  Receives the number in `texts` of the file's base name, for ids.
 */
int store_add_source(struct ruleset *set, const char *path, uint32_t *file);

/*! \brief Adds a rule of the file that was added last. \param file  From store_add_source(). */
int store_add_rule(struct ruleset *set, uint32_t file, const struct language_rule *rule);
