/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The segments after a hole, with their octets, in the order in which Linux keeps them.
 *
 * Segments whose copies differ overlap. Then Linux delivers them in this order, each from
 * the first octet that it has not delivered yet (tcp_data_queue_ofo, tcp_ofo_queue):
 *   - segments are in the order of their first octets;
 *   - one that another one covers is dropped; one that covers others, or is longer than
 *     another one with the same first octet, replaces them;
 *   - one that begins at the end of another one is joined to it: they are like one segment.
 *
 * All are within 2^31 of each other, so that serial arithmetic (RFC 9293, 3.4) orders them.
 * The caller bounds the number of ranges, `segments`. Appending, the common case, does
 * not walk the list.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct range {
	struct range *next;
	uint32_t from, to; /*!< The first octet, and the one after the last octet. */
	int64_t time_ns;   /*!< When the range was captured. */
	bool joined;       /*!< Is joined to the range before it in the list. */
	uint8_t octets[];
};

struct ranges {
	struct range *first, *last;
	uint32_t segments, bytes; /*!< Number of ranges, and sum of their octets. */
};

/*! \brief Returns whether sequence number `a` is before `b` in serial arithmetic. */
static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/*!
 * \brief Adds a segment, as Linux does.
 *
 * \return False when out of memory: nothing was added.
 */
bool ranges_add(struct ranges *ranges, uint32_t from, uint32_t to, int64_t time_ns,
                const uint8_t *octets);

/*!
 * \brief The next range after `after` (NULL: the first one) that has other octets than these
 *        for a part of `from`..`to`, or NULL.
 */
const struct range *ranges_conflict(const struct ranges *ranges, const struct range *after,
                                    uint32_t from, uint32_t to, const uint8_t *octets);

/*!
 * \brief Narrows `from`..`to` to the first part of it that no range contains.
 *
 * \return False if ranges contain all of it.
 */
bool ranges_vacant(const struct ranges *ranges, uint32_t *from, uint32_t *to);

/*! \brief Returns the end of the ranges that continue from `from` without a hole; `from` if none
 * does. */
uint32_t ranges_reach(const struct ranges *ranges, uint32_t from);

/*! \brief Drops the first range, which must exist. */
void ranges_pop(struct ranges *ranges);

/*! \brief Drops all ranges. */
void ranges_clear(struct ranges *ranges);
