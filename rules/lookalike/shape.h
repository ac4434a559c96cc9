/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What a label looks like: its characters, and its skeleton.
 *
 * A label is told as Unicode characters, A-labels decoded (RFC 3492). Its
 * skeleton is what remains when characters that a reader takes for each other
 * are made equal: `0`/`o`, `1`/`l`/`i`, `rn`/`m`, `vv`/`w`, letters of Cyrillic,
 * Greek, Armenian and phonetic script that look Latin, fullwidth forms, and Latin
 * letters with their marks taken off. Hyphens are left out of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief Characters of the longest label. */
#define SHAPE_MAX 63

struct shape {
	size_t count;
	uint32_t at[SHAPE_MAX];
};

/*! \brief Reads a label of at most 63 octets; one that is no sound A-label is taken as it is. */
void shape_read(struct shape *shape, const uint8_t *label, size_t size);

/*! \brief Makes the skeleton of a label. */
void shape_skeleton(struct shape *skeleton, const struct shape *shape);

static inline bool shape_is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}
