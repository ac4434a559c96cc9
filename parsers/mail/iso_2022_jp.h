/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Converts ISO-2022-JP (RFC 1468), as mail programs write it, to Shift_JIS.
 *
 * It converts the character sets ASCII, JIS X 0201 with half-width katakana, and JIS X 0208.
 * Shift_JIS lacks JIS X 0212, so a character of that set becomes an octet that is invalid in
 * Shift_JIS.
 */
#pragma once

#include <stddef.h>

/*!
 * \brief Converts in place. The result is never longer than the text.
 *
 * \return The number of octets of the result.
 */
size_t iso_2022_jp_to_shift_jis(char *bytes, size_t size);
