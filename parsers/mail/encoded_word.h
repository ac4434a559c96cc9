/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Decodes encoded words in header fields to UTF-8 (RFC 2047; RFC 2231 adds a language).
 *
 * As mail programs do, it also decodes words that are too long, that contain blanks, or whose last
 * character continues in the next word.
 *
 * This is the only parser that does I/O, because iconv_open(3) allocates memory and may read its
 * tables from files. It is therefore called only for events, not for every packet. It only decodes
 * the charsets of a fixed list, so that no charset name from the wire is given to iconv.
 *
 * There are no errors. Text outside of encoded words, invalid encoded words, and words of an
 * unknown charset are copied unchanged. Octets in an encoded word that are not a character of its
 * charset become U+FFFD.
 */
#pragma once

#include <stddef.h>

/*!
 * \brief The largest number of octets in a run of adjacent encoded words of one charset, counted
 *        after base64 or Q decoding. A longer run is cut.
 */
#define ENCODED_WORD_MAX 1024

/*!
 * \brief Decodes an unfolded field value.
 *
 * \param out  Receives at most `max` octets without a final NUL. If a decoded word does not fit, it
 *             is cut between two characters. `out` must not overlap `text`.
 *
 * \return The number of octets written.
 */
size_t encoded_word_decode(const char *text, size_t size, char *out, size_t max);
