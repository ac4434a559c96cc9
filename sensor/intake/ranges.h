/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What libnids holds behind a hole: ranges of sequence numbers, in order.
 *
 * Ranges never overlap nor touch; all lie within 2^31 of each other, so that
 * serial arithmetic (RFC 9293, 3.4) orders them. The caller bounds their
 * number through `segments`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct range {
	struct range *next;
	uint32_t from, to; /*!< First octet, and the one past the last. */
	uint32_t segments; /*!< Pieces that it was made of. */
};

struct ranges {
	struct range *first;
	uint32_t segments, bytes; /*!< Of all. */
};

static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/*!
 * \brief Adds a piece that no range holds any octet of.
 *
 * \return False when memory lacks: nothing was added.
 */
bool ranges_add(struct ranges *ranges, uint32_t from, uint32_t to);

/*!
 * \brief Narrows `from`..`to` to its first part that no range holds.
 *
 * \return False when all of it is held.
 */
bool ranges_vacant(const struct ranges *ranges, uint32_t *from, uint32_t *to);

/*! \brief Drops the first range, which must exist. */
void ranges_pop(struct ranges *ranges);

/*! \brief Drops all. */
void ranges_clear(struct ranges *ranges);
