/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the name that a misspelt word was probably meant to be.
 *
 * The distance of two words is the number of letters that are missing, superfluous, different, or
 * swapped with their neighbours. Limit: words and names of more than NEAREST_WORD_MAX octets are
 * not compared.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define NEAREST_WORD_MAX 48

struct nearest {
	const char *word; /*!< The misspelt word; borrowed. */
	size_t size;
	const char *name; /*!< The nearest name so far; NULL: no name is near enough. */
	/*! The distance of `name`; while there is no name, the smallest that is too large. */
	size_t distance;
};

/*! \brief Starts the search for a name. A name is near enough if its distance is 1, or at most a
 *         third of the number of the word's letters. */
void nearest_begin(struct nearest *nearest, const char *word, size_t size);

/*! \brief Compares the word with a name, which is borrowed. The first of several equally near names
 *         is kept. */
void nearest_try(struct nearest *nearest, const char *name);

/*! \brief Room for the text of nearest_text(). */
#define NEAREST_TEXT_MAX (NEAREST_WORD_MAX + 24)

/*! \brief Writes " (nearest: NAME)" for a message, or an empty text if no name is near enough. */
void nearest_text(const struct nearest *nearest, char text[NEAREST_TEXT_MAX]);
