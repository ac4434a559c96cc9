/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The shape of a label, which is its Unicode characters, and the skeleton of a shape.
 *
 * A-labels (`xn--...`) are decoded (RFC 3492). In the skeleton, characters that a reader can
 * confuse are equal: `0`/`o`, `1`/`l`/`i`, `rn`/`m`, `vv`/`w`, letters of other scripts that look
 * Latin, compatibility forms, and Latin letters with and without their marks. Hyphens are omitted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief The largest number of characters in a label. */
#define SHAPE_MAX 63

/*! \brief A label as Unicode code points, in order. */
struct shape {
	size_t count;
	uint32_t at[SHAPE_MAX];
};

/*! \brief Reads a label of at most 63 octets. An invalid A-label is kept as ASCII characters. */
void shape_read(struct shape *shape, const uint8_t *label, size_t size);

/*!
 * \brief Returns the ASCII character that the character `c` looks like to a reader; `c` itself if
 *        there is no such ASCII character.
 */
uint32_t shape_to_ascii(uint32_t c);

/*! \brief Makes the skeleton of a label. */
void shape_skeleton(struct shape *skeleton, const struct shape *shape);

static inline bool shape_is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}
