/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The outline of a label: its first and its last signs. Private to rules/lookalike/.
 *
 * Most names imitate nothing. Outlines show this without reading whole labels: reading six signs of
 * a label and looking up a few bits takes a fifth of the instructions that its deletion keys take.
 *
 * Characters that can become equal in a skeleton (shape.h) have the same sign. There is one sign
 * for all digits, `o`, `i` and `l`; one for `r`, `n` and `m`; and one for `v` and `w`. Hyphens have
 * no sign, and a run of equal signs counts as one. Labels with equal skeletons therefore have equal
 * outlines. If one letter is inserted, dropped or changed, or two neighbours are swapped, at most
 * two signs of a label change, and these are next to each other. The signs at one of the two ends
 * of the label then stay the same. If the label has at least seven signs, these are at least three.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/lookalike/shape.h"

/*! \brief The number of signs that an outline has for each end of the label. */
#define OUTLINE_SIGNS 3

struct outline {
	/*! Up to OUTLINE_SIGNS signs of 21 bits each. The highest bits of `front` have the first
	 * sign of the label, and those of `back` have the last one. */
	uint64_t front, back;
};

/*! \brief Reads the outline of a label, without its length octet. */
void outline_read(struct outline *outline, const uint8_t *label, size_t size);

/*! \brief Reads the outline of a shape, and returns the number of all its signs. */
size_t outline_read_shape(struct outline *outline, const struct shape *shape);

/*! \brief Returns the key of a whole outline. Labels with equal skeletons have the same key. */
uint32_t outline_key_whole(uint64_t seed, const struct outline *outline);

/*!
 * \brief Returns the key of some signs at one end of a label, together with the public suffix.
 *
 * \param back    True: the last signs; false: the first signs.
 * \param count   The number of signs, 0 to OUTLINE_SIGNS.
 * \param suffix  The hash of the public suffix.
 */
uint32_t outline_key_end(uint64_t seed, const struct outline *outline, bool back, unsigned count,
                         uint64_t suffix);

/*!
 * \brief Returns the number of signs that certainly stay the same at one of the two ends of a label
 *        if one letter is inserted, dropped or changed, or two neighbours are swapped.
 *
 * \param signs  The number of all signs of the label.
 */
static inline unsigned outline_kept(size_t signs)
{
	return signs >= 7 ? 3 : signs >= 5 ? 2 : signs >= 3 ? 1 : 0;
}
