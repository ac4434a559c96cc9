/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the arguments of a rule: names, networks and ranges of them, mailboxes and texts.
 *        Private to rules/language/.
 */
#pragma once

#include "rules/language/reader.h"

/*! \brief Returns true if the words after WHAT are texts, not indicators. */
bool arguments_are_texts(const struct language_rule *rule);

/*!
 * \brief Adds the root to the rule, either as the OWNER of a `learn` rule for all domains, or as
 *        the exchange of a null MX record.
 */
void arguments_add_root(struct reader *r);

/*!
 * \brief Reads an argument, and adds the indicators or the text that it stands for to the rule. An
 *        error in the argument is reported.
 */
void arguments_read(struct reader *r, const struct word *word);
