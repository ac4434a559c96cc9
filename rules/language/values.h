/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The values of keys: checks, defaults, inheritance. */
#pragma once

#include "rules/language/language.h"

#define VALUES_WHY_SIZE (INDICATOR_WHY_SIZE + 64)

struct values {
	struct language_keys keys;
	size_t columns[KEY_COUNT]; /*!< Columns of the keys that are given on the line. */
	char *owned[KEY_COUNT];    /*!< Copies of texts that outlive their line; defaults only. */
};

/*! \brief Makes values of which no key is given. */
void values_init(struct values *values);

/*! \brief Copies the defaults into a line's values, none of them given; texts are borrowed. */
void values_inherit(struct values *values, const struct values *defaults);

/*! \brief Makes a `set` line's values the defaults; -1 when out of memory. */
int values_keep(struct values *defaults, const struct values *values);

/*! \brief Resets a key, as if it had been neither given nor inherited. */
void values_clear(struct values *values, enum rule_key key);

/*!
 * \brief Reads the value of a key. The caller marks the key as given.
 *
 * \param text  Terminated; text values borrow it.
 *
 * \return 0, or -1 with an explanation in `why`.
 */
int values_read(struct values *values, enum rule_key key, const char *text,
                char why[VALUES_WHY_SIZE]);

/*! \brief Frees the texts that defaults own. */
void values_release(struct values *defaults);
