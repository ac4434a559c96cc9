/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Tables of keywords. Each is in the order of an enumeration, and ends with NULL.
 */
#pragma once

#include <stddef.h>

#include "rules/rule.h"

/*! The verbs in the order of enum rule_verb, then "set". */
extern const char *const KEYWORD_VERBS[];
/*! The kinds in the order of enum observation_kind. */
extern const char *const KEYWORD_KINDS[];
/*! The severities in the order of enum rule_severity. */
extern const char *const KEYWORD_SEVERITIES[];
/*! The keywords of WHAT in `learn` rules, in the order of enum learn_kind, then "all". */
extern const char *const KEYWORD_LEARNED[];
/*! The kinds of hits, which are the values of `nsmx.what`: the kinds of observations in the order
 * of enum observation_kind, then the keywords that only `learn` rules have. At most 32. */
extern const char *const KEYWORD_HIT_KINDS[];

/*! \brief Returns the position of a word in a table, or -1. */
int keyword_find(const char *const *table, const char *word);

/*!
 * \brief Returns whether a word is one of those that are chosen from a table of at most 32 words.
 *
 * \param chosen  The positions of the words, as bits; 0: any word is chosen, also one that is not
 *                in the table.
 */
bool keyword_is_chosen(const char *const *table, uint32_t chosen, const char *word);

/*! \brief Returns the word of a table that `word` most likely misspells, or NULL. */
const char *keyword_near(const char *const *table, const char *word);

/*! \brief The value of the parameter `chosen` that selects all words of a table. */
#define KEYWORD_ALL UINT32_MAX
/*! \brief Room for a list of all words of any table, with its final NUL. */
#define KEYWORD_LIST_SIZE 160

/*!
 * \brief Writes a list of words for a message: "ns, mx and cname".
 *
 * \param chosen  The positions of the words, as bits.
 * \param last    The conjunction before the last word, "and" or "or".
 * \param room    Octets of `text`, the final zero included; a longer list is cut.
 */
void keyword_list(const char *const *table, uint32_t chosen, const char *last, char *text,
                  size_t room);
