/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Cuts a line of rules into words.
 *
 * Words are separated by blanks. "Quotes" hold blanks together anywhere in a
 * word; inside, `\"` and `\\` stand for themselves; outside, a backslash is an
 * ordinary character. A `#` at the beginning of a word starts a comment.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/language/lines.h"

struct word {
	const char *text; /*!< Without its quotes, terminated. */
	size_t size;
	const char *raw; /*!< As written, not terminated. */
	size_t raw_size;
	size_t column; /*!< Of its first character, from 1. */
	bool quoted;   /*!< It begins with a quote, so it is no KEY=VALUE. */
};

/*! \brief A line in the course of being cut; texts of its words live until words_begin(). */
struct words {
	const char *line;
	size_t size;
	size_t pos;
	size_t column; /*!< Of `pos`, in characters, from 1. */
	size_t used;
	char buffer[LINES_MAX + 2];
};

/*!
 * \brief Checks that a line is UTF-8 text without control characters (RFC 3629).
 *
 * \param column  The place of the first offender, in characters from 1.
 *
 * \return NULL, or what is wrong, for a person.
 */
const char *words_check(const char *line, size_t size, size_t *column);

/*! \brief Begins a line of at most LINES_MAX octets that words_check() found sound; borrowed. */
void words_begin(struct words *words, const char *line, size_t size);

/*! \brief The next word: 1; the end: 0; a quote without its end, `word->column` its place: -1. */
int words_next(struct words *words, struct word *word);
