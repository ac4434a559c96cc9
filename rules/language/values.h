/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads and checks the values of keys, and copies the values of `set` lines to later rules.
 */
#pragma once

#include "rules/language/language.h"

/*! \brief Room for the text of an error, the final zero included. */
#define VALUES_WHY_SIZE (INDICATOR_WHY_SIZE + 64)

/*! \brief The values of one line, or the defaults that `set` lines have given. */
struct values {
	struct language_keys keys;
	/*! The column of each key on the line, indexed by enum rule_key. */
	size_t columns[KEY_COUNT];
	/*! Copies of texts, indexed by enum rule_key. They are used only in defaults. */
	char *owned[KEY_COUNT];
};

/*! \brief Initialises values. No key is given. */
void values_init(struct values *values);

/*!
 * \brief Copies the defaults to the values of a line, without marking their keys as given. Texts
 *        are borrowed from the defaults.
 */
void values_inherit(struct values *values, const struct values *defaults);

/*!
 * \brief Makes the values of a `set` line the defaults, with copies of the texts. Returns -1 when
 *        out of memory.
 */
int values_keep(struct values *defaults, const struct values *values);

/*! \brief Resets a key, as if it had been neither given nor inherited. */
void values_clear(struct values *values, enum rule_key key);

/*!
 * \brief Reads the value of a key. The caller marks the key as given.
 *
 * \param text  The value, terminated by NUL. It is borrowed if the value of the key is a text.
 *
 * \return 0, or -1 with an explanation in `why`.
 */
int values_read(struct values *values, enum rule_key key, const char *text,
                char why[VALUES_WHY_SIZE]);

/*! \brief Frees the texts that defaults own. */
void values_release(struct values *defaults);
