/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Values as feeds write them: what they are, and the word of it that a rule takes. */
#pragma once

#include <libpsl.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

struct value {
	char text[INDICATOR_WORD_MAX + 1];
	bool is_url; /*!< The text is the host of a URL or of `HOST/PATH`. */
};

/*!
 * \brief Reads a value: a word of rules, also in quotes or in angle brackets.
 *
 * Scheme, user, port and path are removed (`tcp://192.0.2.1:4444`, `[2001:db8::1]:443`,
 * `example.com:8443|tcp`, `example.com/path`), and a netmask becomes a prefix length.
 *
 * \return 0, or -1 when the value is longer than an indicator can be.
 */
int value_read(const char *word, size_t size, struct value *value);

/*! \brief Whether a text is a hash of a usual length: MD5, SHA-1, SHA-2. */
bool value_is_hash(const char *text);

/*! \brief Whether a word is a name of two labels or more, an address or network, or a mailbox. */
bool value_is_indicator(const char *word, size_t size, struct indicator *indicator);

/*!
 * \brief Whether a value looks like an indicator in a place where none is expected.
 *
 * A name must end in a top-level domain that exists and that is no usual ending of files.
 *
 * \param psl  NULL: any top-level domain exists.
 */
bool value_looks_like_indicator(const psl_ctx_t *psl, const char *word, size_t size);

/*! \brief Whether a last label is rather the ending of a file, as in `readme.md`. */
bool value_is_file_ending(const char *label);
