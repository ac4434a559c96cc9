/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Encoded words in header fields (RFC 2047, with the language of RFC 2231), to UTF-8.
 *
 * As mail programs read them: also where the words are too long, hold blanks, or
 * share a character with the word behind. Charsets are those of a fixed list, so
 * that no name from the wire reaches iconv(3), which allocates and may read its
 * tables from files: decode what is told to somebody, not every packet.
 *
 * Bad input is no error: what cannot be read as an encoded word, or is in a
 * charset not known, stays as sent; octets that are no character of the charset
 * become U+FFFD. Octets outside of encoded words are not touched.
 */
#pragma once

#include <stddef.h>

/*! \brief Octets that neighbouring words of one charset may hold together; a longer run is cut. */
#define ENCODED_WORD_MAX 1024

/*!
 * \brief Decodes an unfolded field value.
 *
 * \param out  At most `max` octets are written, cut between characters of decoded
 *             words; not terminated. Must not overlap `text`.
 *
 * \return The octets written.
 */
size_t encoded_word_decode(const char *text, size_t size, char *out, size_t max);
