/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the arguments of a rule: names, networks and ranges of them, mailboxes and texts.
 *        Private to rules/language/.
 */
#pragma once

#include "rules/language/reader.h"

/*! \brief Returns true if the words after WHAT are texts, not indicators. */
bool arguments_are_texts(const struct language_rule *rule);

/*! \brief Adds the root, as the owner of a `learn` rule for all domains. */
void arguments_add_root(struct reader *r);

/*! \brief Reads a word, and adds what it stands for to the rule; reports an error in it. */
void arguments_read(struct reader *r, const struct word *word);
