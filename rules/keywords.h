/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Tables of keywords, in the order of their enumeration and ended by NULL.
 */
#pragma once

#include <stddef.h>

#include "rules/rule.h"

extern const char *const KEYWORD_VERBS[];      /*!< enum rule_verb, then "set". */
extern const char *const KEYWORD_KINDS[];      /*!< enum observation_kind. */
extern const char *const KEYWORD_SEVERITIES[]; /*!< enum rule_severity. */

/*! \brief The position of a word in a table, or -1. */
int keyword_find(const char *const *table, const char *word);

/*! \brief The word of a table that `word` is most likely a misspelling of, or NULL. */
const char *keyword_near(const char *const *table, const char *word);

/*! \brief Chooses all words of a table. */
#define KEYWORD_ALL UINT32_MAX
/*! \brief Room for a list of any table's words. */
#define KEYWORD_LIST_SIZE 160

/*!
 * \brief Writes a list of words for a message: "ns, mx and cname".
 *
 * \param chosen  The positions of the words, as bits.
 * \param last    The word before the last one: "and", "or".
 * \param room    Octets of `text`, the final zero included; a longer list is cut.
 */
void keyword_list(const char *const *table, uint32_t chosen, const char *last, char *text,
                  size_t room);
