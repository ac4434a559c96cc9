/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Extracts the indicator from a value of a feed, and judges what kind of value it is. */
#pragma once

#include <libpsl.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

struct value {
	char text[INDICATOR_WORD_MAX + 1];
	bool is_url; /*!< `text` is the host from a URL or from HOST/PATH. */
};

/*!
 * \brief Extracts the indicator from a value. The value may be in quotes or in angle brackets.
 *
 * Scheme, user, port and path are removed (`tcp://192.0.2.1:4444`, `[2001:db8::1]:443`,
 * `example.com:8443|tcp`, `example.com/path`), and a netmask becomes a prefix length.
 *
 * \return 0; -1 if the value is longer than the longest indicator.
 */
int value_read(const char *word, size_t size, struct value *value);

/*! \brief Returns true if a text has the form of a hash and the length of MD5, SHA-1 or SHA-2. */
bool value_is_hash(const char *text);

/*!
 * \brief Returns true if a word is a name of at least two labels, an address, a network or a
 *        mailbox.
 */
bool value_is_indicator(const char *word, size_t size, struct indicator *indicator);

/*!
 * \brief Returns true if a value looks like an indicator although no indicator is expected in its
 *        place.
 *
 * A name counts only if its top-level domain exists and is not a common file extension.
 *
 * \param psl  The Public Suffix List; NULL: every top-level domain is taken to exist.
 */
bool value_looks_like_indicator(const psl_ctx_t *psl, const char *word, size_t size);

/*!
 * \brief Returns true if the last label of a name is more likely a file extension than a top-level
 *        domain, as in `readme.md`.
 */
bool value_is_file_ending(const char *label);
