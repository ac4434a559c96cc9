/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The only decoder of UTF-8 (RFC 3629).
 *
 * Overlong forms, surrogates, code points above U+10FFFF and cut sequences are invalid.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT      0xfffd /*!< U+FFFD, shown in place of invalid octets. */
#define UTF8_REPLACEMENT_TEXT "\xef\xbf\xbd"

/*!
 * \brief Measures the sequence at the start of `bytes`.
 *
 * \param size  Octets available, at least 1.
 *
 * \return Its 1 to 4 octets; 0 when it is invalid.
 */
size_t utf8_sequence(const uint8_t *bytes, size_t size);

/*!
 * \brief Decodes the character at the start of `text`.
 *
 * \param size  Octets available, at least 1.
 * \param code  Out: its code point; UTF8_REPLACEMENT when it is invalid.
 *
 * \return Its 1 to 4 octets; 0 when it is invalid.
 */
size_t utf8_decode(const char *text, size_t size, uint32_t *code);

/*! \brief Whether an octet continues a sequence. */
static inline bool utf8_is_continuation(char octet)
{
	return (octet & 0xc0) == 0x80;
}
