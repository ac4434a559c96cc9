/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Splits a line of rules into words.
 *
 * Words are separated by blanks. A word may have parts in "quotes". In quotes, blanks do not
 * separate words, `\"` is a quote, and `\\` is a backslash. Outside of quotes a backslash is an
 * ordinary character. A `#` at the beginning of a word starts a comment.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/language/lines.h"

/*! \brief A word. Its views are valid until the next words_begin(). */
struct word {
	const char *text; /*!< The word without quotes, terminated by NUL. */
	size_t size;      /*!< Octets of `text`, without the NUL. */
	const char *raw;  /*!< The word as written, not terminated by NUL. */
	size_t raw_size;  /*!< Octets of `raw`. */
	size_t column;    /*!< Column of the first character, in characters from 1. */
	bool quoted;      /*!< The word begins with a quote, and is therefore never KEY=VALUE. */
};

/*! \brief The state of splitting one line. */
struct words {
	const char *line;
	size_t size;
	size_t pos;
	size_t column; /*!< Column of `pos`, in characters, from 1. */
	size_t used;   /*!< Octets of `buffer` used for texts of words. */
	char buffer[LINES_MAX + 2];
};

/*!
 * \brief Checks that a line is UTF-8 (RFC 3629) without control characters.
 *
 * \param column  Receives the column of the first invalid character, in characters from 1.
 *
 * \return NULL if the line is valid, else a static message.
 */
const char *words_check(const char *line, size_t size, size_t *column);

/*! \brief Begins to split a line, which is borrowed. It must have at most LINES_MAX octets, and
 *         words_check() must have accepted it. */
void words_begin(struct words *words, const char *line, size_t size);

/*!
 * \brief Reads the next word. \return 1 if there is one; 0 at the end of the line; -1 if the quote
 *        at `word->column` is not closed.
 */
int words_next(struct words *words, struct word *word);
