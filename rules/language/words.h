/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Splits a line of rules into words.
 *
 * Words are separated by blanks. "Quotes" hold blanks together anywhere in a
 * word; inside, `\"` is a quote and `\\` a backslash; outside, a backslash is an
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
	size_t column; /*!< Column of the first character, from 1. */
	bool quoted;   /*!< It begins with a quote, so it is not KEY=VALUE. */
};

/*! \brief The state of splitting a line; texts of its words live until the next words_begin(). */
struct words {
	const char *line;
	size_t size;
	size_t pos;
	size_t column; /*!< Column of `pos`, in characters, from 1. */
	size_t used;
	char buffer[LINES_MAX + 2];
};

/*!
 * \brief Checks that a line is UTF-8 (RFC 3629) without control characters.
 *
 * \param column  Out: the place of the first offending character, in characters from 1.
 *
 * \return NULL, or a message.
 */
const char *words_check(const char *line, size_t size, size_t *column);

/*! \brief Begins a line of at most LINES_MAX octets that passed words_check(); it is borrowed. */
void words_begin(struct words *words, const char *line, size_t size);

/*! \brief Reads the next word. Returns 1; 0 at the end; -1 for an unclosed quote at `word->column`.
 */
int words_next(struct words *words, struct word *word);
