/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Which bytes are UTF-8 (RFC 3629).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*!
 * \brief Measures the sequence that `bytes` starts with.
 *
 * \param size  At least 1.
 *
 * \return Its 1 to 4 octets; 0 if it is none: overlong, a surrogate, past U+10FFFF, or cut.
 */
size_t utf8_sequence(const uint8_t *bytes, size_t size);
