/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Stores the octets that streams have delivered last, so that later copies can be compared
 *        with them.
 *
 * All streams share one ring buffer. Each half stream has a chain of records in the ring, newest
 * first. A record that was overwritten ends the chain. Each segment costs one copy of its octets,
 * but no allocation. Limits: the size of the ring; a search for an octet reads at most
 * HISTORY_RECORDS_MAX records. Private to sensor/reassembly/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief The smallest ring, in octets. It is larger than any record. */
#define HISTORY_SIZE_MIN 65536
/*! \brief The largest number of records that are searched for an octet. */
#define HISTORY_RECORDS_MAX 256

/*! \brief The newest record of a half stream; 0: none. */
typedef uint32_t history_mark;

struct history {
	uint8_t *ring;
	uint32_t units; /*!< The size of the ring in units of 16 octets; a power of two. */
	/*! Units written so far. The next record begins at `head` modulo `units`. */
	uint32_t head;
};

/*!
 * \brief Creates an empty history.
 *
 * \param size  The size in octets that the ring must have. It is raised to HISTORY_SIZE_MIN if it
 * is smaller, and rounded up to a power of two.
 *
 * \return 0 or -ENOMEM.
 */
int history_init(struct history *history, size_t size);
void history_deinit(struct history *history);

/*!
 * \brief Adds the octets at sequence number `seq` to the chain of `mark`. `owner` is the connection
 *        that the chain belongs to, in this call and in those below.
 */
void history_add(struct history *history, history_mark *mark, const void *owner, uint32_t seq,
                 const uint8_t *bytes, size_t size);

/*!
 * \brief Copies the stored octets that directly precede `to`: as many as are stored without a gap,
 *        but none before `from`.
 *
 * \param octets  Room for `to - from` octets. The copied octets are at the end of this room.
 *
 * \return Number of octets copied.
 */
size_t history_read(const struct history *history, history_mark mark, const void *owner,
                    uint32_t from, uint32_t to, uint8_t *octets);

/*! \brief Overwrites all octets of a chain, because they may be credentials. */
void history_wipe(struct history *history, history_mark *mark, const void *owner);
