/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Encoded words in header fields (RFC 2047, with the language of RFC 2231), to UTF-8.
 *
 * Decodes as mail programs do: also words that are too long, contain blanks, or share a
 * character with the next word.
 *
 * This is the only parser that does I/O: iconv_open(3) allocates and may read its tables
 * from files. It is therefore meant for events, not for every packet. Charsets are those
 * of a fixed list, so no name from the wire reaches iconv.
 *
 * There are no errors. Text that is not a valid encoded word, or has an unknown charset,
 * is copied unchanged, as is all text outside of encoded words. Octets that are not a
 * character of the charset become U+FFFD.
 */
#pragma once

#include <stddef.h>

/*! \brief Octets of adjacent words of one charset, after base64 or Q; a longer run is cut. */
#define ENCODED_WORD_MAX 1024

/*!
 * \brief Decodes an unfolded field value.
 *
 * \param out  Out: at most `max` octets, not terminated; decoded words are cut between
 *             characters. Must not overlap `text`.
 *
 * \return The octets written.
 */
size_t encoded_word_decode(const char *text, size_t size, char *out, size_t max);
