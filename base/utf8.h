/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Decodes UTF-8 (RFC 3629).
 *
 * Overlong forms, surrogates, code points above U+10FFFF and incomplete sequences are invalid.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT      0xfffd /*!< U+FFFD, which is shown in place of invalid octets. */
#define UTF8_REPLACEMENT_TEXT "\xef\xbf\xbd"

/*!
 * \brief Finds the length of the sequence at the start of `bytes`.
 *
 * \param size  Octets available, at least 1.
 *
 * \return The number of octets of the sequence, 1 to 4; 0 when it is invalid.
 */
size_t utf8_sequence(const uint8_t *bytes, size_t size);

/*!
 * \brief Decodes the character at the start of `text`.
 *
 * \param size  Octets available, at least 1.
 * \param code  Receives the code point; UTF8_REPLACEMENT when the sequence is invalid.
 *
 * \return The number of octets of the sequence, 1 to 4; 0 when it is invalid.
 */
size_t utf8_decode(const char *text, size_t size, uint32_t *code);

/*! \brief Returns true if an octet continues a sequence (10xxxxxx). */
static inline bool utf8_is_continuation(char octet)
{
	return (octet & 0xc0) == 0x80;
}
