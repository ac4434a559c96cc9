/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The outline of a label: its first and its last signs. Private to rules/lookalike/.
 *
 * Most names imitate nothing. Outlines show this without reading whole labels: reading six signs of
 * a label and looking up a few bits takes a fifth of the instructions that its deletion keys take.
 *
 * A sign stands for all characters that the skeleton of a label (shape.h) may have in place of each
 * other: digits with `o`, `i` and `l`; `r`, `n` and `m`; `v` and `w`. Hyphens have no sign, and a
 * run of equal signs counts as one. Labels with equal skeletons therefore have equal outlines. If
 * one letter is inserted, dropped or changed, or two neighbours are swapped, at most two signs of a
 * label change, and these are next to each other. Then the first or the last signs are as before:
 * three of them if the label has at least seven signs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/lookalike/shape.h"

/*! \brief The signs at each end that an outline has. */
#define OUTLINE_SIGNS 3

struct outline {
	/*! Up to three signs of 21 bits each; the first or the last one is in the highest bits. */
	uint64_t front, back;
};

/*! \brief Reads the outline of a label, without its length octet. */
void outline_read(struct outline *outline, const uint8_t *label, size_t size);

/*! \brief Reads the outline of a shape, and returns the number of all its signs. */
size_t outline_read_shape(struct outline *outline, const struct shape *shape);

/*! \brief Returns the key of a skeleton: labels with equal skeletons have the same one. */
uint32_t outline_key_whole(uint64_t seed, const struct outline *outline);

/*!
 * \brief Returns the key of the first (`back` is false) or last `count` signs, 0 to OUTLINE_SIGNS,
 *        of a label together with the hash of its public suffix.
 */
uint32_t outline_key_end(uint64_t seed, const struct outline *outline, bool back, unsigned count,
                         uint64_t suffix);

/*!
 * \brief Returns how many signs at one of the ends of a label with `signs` signs are the same after
 *        one letter was inserted, dropped or changed, or two were swapped.
 */
static inline unsigned outline_kept(size_t signs)
{
	return signs >= 7 ? 3 : signs >= 5 ? 2 : signs >= 3 ? 1 : 0;
}
