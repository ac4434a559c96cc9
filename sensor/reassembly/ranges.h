/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The segments after a hole, with their octets, in the order in which Linux keeps them.
 *
 * If segments overlap with different octets, Linux delivers them in this order, each from the first
 * octet that was not delivered yet (tcp_data_queue_ofo, tcp_ofo_queue):
 *   - segments are in the order of their first octets;
 *   - a segment that another segment covers is dropped; a segment that covers others, or is longer
 *     than another one with the same first octet, replaces them;
 *   - a segment that begins at the end of another one is joined to it, and both are treated as one.
 *
 * All sequence numbers are within 2^31 of each other, so that serial arithmetic (RFC 9293, section
 * 3.4) orders them. The caller limits the number of ranges. Appending, the common case, does not
 * walk the list.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct range {
	struct range *next;
	/*! The sequence numbers of the first octet and of the octet after the last one. */
	uint32_t from, to;
	int64_t time_ns; /*!< The packet time at which the range was captured. */
	bool joined;     /*!< The range is joined to the one before it in the list. */
	uint8_t octets[];
};

struct ranges {
	struct range *first, *last;
	uint32_t segments, bytes; /*!< The number of ranges, and the sum of their octets. */
};

/*! \brief Returns whether sequence number `a` is before `b` in serial arithmetic. */
static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/*!
 * \brief Adds a segment, as Linux does.
 *
 * \return False when out of memory; nothing was added.
 */
bool ranges_add(struct ranges *ranges, uint32_t from, uint32_t to, int64_t time_ns,
                const uint8_t *octets);

/*!
 * \brief Finds the next range after `after` whose octets differ from `octets` somewhere in
 *        `from`..`to`. `after` is NULL in the first call. Returns NULL if there is no such range.
 */
const struct range *ranges_conflict(const struct ranges *ranges, const struct range *after,
                                    uint32_t from, uint32_t to, const uint8_t *octets);

/*!
 * \brief Narrows `from`..`to` to the first part of it that no range contains.
 *
 * \return False if ranges contain all of it.
 */
bool ranges_vacant(const struct ranges *ranges, uint32_t *from, uint32_t *to);

/*!
 * \brief Returns the first sequence number, from `from` on, that no range contains. It is `from` if
 *        no range contains `from`.
 */
uint32_t ranges_reach(const struct ranges *ranges, uint32_t from);

/*! \brief Drops the first range, which must exist. */
void ranges_pop(struct ranges *ranges);

/*! \brief Drops all ranges. */
void ranges_clear(struct ranges *ranges);
