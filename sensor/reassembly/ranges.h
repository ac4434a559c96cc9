/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What libnids holds behind a hole: ranges of sequence numbers, in order.
 *
 * One for each piece fed, with the time when it was captured. Ranges never
 * overlap; all lie within 2^31 of each other, so that serial arithmetic
 * (RFC 9293, 3.4) orders them. The caller bounds their number through
 * `segments`. A piece past all others, as most are, costs no walk.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct range {
	struct range *next;
	uint32_t from, to; /*!< First octet, and the one past the last. */
	int64_t time_ns;   /*!< When it was captured. */
};

struct ranges {
	struct range *first, *last;
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
bool ranges_add(struct ranges *ranges, uint32_t from, uint32_t to, int64_t time_ns);

/*!
 * \brief Narrows `from`..`to` to its first part that no range holds.
 *
 * \return False when all of it is held.
 */
bool ranges_vacant(const struct ranges *ranges, uint32_t *from, uint32_t *to);

/*! \brief The end of the ranges that follow `from` without a hole; `from`: of none. */
uint32_t ranges_reach(const struct ranges *ranges, uint32_t from);

/*! \brief Drops the first range, which must exist. */
void ranges_pop(struct ranges *ranges);

/*! \brief Drops all. */
void ranges_clear(struct ranges *ranges);
