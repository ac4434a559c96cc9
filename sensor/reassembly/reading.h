/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The second reading of a stream, where copies of the same octets differ.
 *
 * The first reading is what a Linux host delivers if it has received every captured segment. The
 * real receiver may have missed one, or may not be Linux. For each octet, the second reading has
 * the latest copy that differs from the first reading. Its octets are delivered only when the peer
 * has acknowledged them, because the receiver ignores copies that come after that. The second
 * reading ends when both readings are equal again, or with the stream.
 *
 * Limits: a stream has at most one second reading, and there are at most READINGS_MAX second
 * readings in all; a further one ends the oldest. At most READING_HELD_MAX octets of a direction
 * are held until they are acknowledged; beyond that, octets are delivered early. At most
 * READING_COPIES_MAX octets of a stream's copies, including their headers, are stored; further
 * copies are ignored. All of this memory is counted in the share `second` of struct streams.
 *
 * Private to sensor/reassembly/.
 */
#pragma once

#include "sensor/reassembly/half_stream.h"

#define READINGS_MAX       512
#define READING_HELD_MAX   16384
#define READING_COPIES_MAX 16384
/*! \brief The largest number of octets before the first differing octet that a new second reading
 *         can begin with. */
#define READING_BEFORE_MAX 4096

/*!
 * \brief Adds a copy of octets that were delivered already, or will be delivered, with other
 *        values. The call may begin a second reading.
 */
void reading_copy(struct streams *s, struct connection *connection, enum stream_side side,
                  uint32_t seq, const uint8_t *octets, size_t size);

/*!
 * \brief Handles octets that were added to the first reading. Also handles the urgent octet, which
 *        the first reading leaves out.
 */
void reading_data(struct streams *s, struct connection *connection, enum stream_side side,
                  const uint8_t *octets, size_t size, uint32_t seq, int64_t time_ns);

/*! \brief Handles a gap of `size` octets that was reported in the first reading. */
void reading_gap(struct streams *s, struct connection *connection, enum stream_side side,
                 size_t size);

/*! \brief Delivers the octets that have been acknowledged. The call may end the second reading. */
void reading_advance(struct streams *s, struct connection *connection);

/*! \brief Ends the oldest second reading. Returns false if there is none. */
bool reading_end_oldest(struct streams *s);

/*! \brief Delivers the remaining octets and ends the second reading, if there is one. */
void reading_end(struct streams *s, struct connection *connection, enum stream_end why);
