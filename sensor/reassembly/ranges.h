/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The octets that libnids holds after a hole: ranges of sequence numbers, in order.
 *
 * There is a range for each piece fed, with its time of capture. Ranges never overlap and
 * are within 2^31 of each other, so that serial arithmetic (RFC 9293, 3.4) orders them.
 * The caller bounds their number through `segments`. Appending, the common case, does
 * not walk the list.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct range {
	struct range *next;
	uint32_t from, to; /*!< First octet, and the one after the last. */
	int64_t time_ns;   /*!< When the range was captured. */
};

struct ranges {
	struct range *first, *last;
	uint32_t segments, bytes; /*!< Sums over all ranges. */
};

static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/*!
 * \brief Adds a piece that overlaps no range.
 *
 * \return False when out of memory: nothing was added.
 */
bool ranges_add(struct ranges *ranges, uint32_t from, uint32_t to, int64_t time_ns);

/*!
 * \brief Narrows `from`..`to` to its first part that is in no range.
 *
 * \return False if all of it is in ranges.
 */
bool ranges_vacant(const struct ranges *ranges, uint32_t *from, uint32_t *to);

/*! \brief The end of the ranges that follow `from` without a hole, or `from`. */
uint32_t ranges_reach(const struct ranges *ranges, uint32_t from);

/*! \brief Drops the first range, which must exist. */
void ranges_pop(struct ranges *ranges);

/*! \brief Drops all. */
void ranges_clear(struct ranges *ranges);
