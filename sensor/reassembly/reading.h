/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The second reading of a stream, where copies of the same octets differ.
 *
 * The first reading is what a Linux host delivers if it has received every captured segment. The
 * real receiver may have missed one, or may not be Linux. The second reading has, of each octet,
 * the latest copy that differs from the first reading. It is delivered later: octets are added
 * when the peer has acknowledged them, because the receiver ignores further copies after that.
 * It ends when both readings are equal again, or with the stream.
 *
 * Limits: a stream has one second reading, and there are READINGS_MAX in all; beyond that the
 * oldest ends. READING_HELD_MAX octets of a direction are held until they are acknowledged; more
 * are delivered before. READING_COPIES_MAX octets of copies of a stream, with their headers, are
 * kept; further copies are ignored. All of this memory is in the share `second` of struct streams.
 *
 * Private to this room.
 */
#pragma once

#include "sensor/reassembly/half_stream.h"

#define READINGS_MAX       512
#define READING_HELD_MAX   16384
#define READING_COPIES_MAX 16384
#define READING_BEFORE_MAX 4096 /*!< Octets before the first copy that can be read again. */

/*! \brief Takes a copy that differs from what was or will be delivered. May begin a second reading.
 */
void reading_copy(struct streams *s, struct connection *connection, enum stream_side side,
                  uint32_t seq, const uint8_t *octets, size_t size);

/*! \brief Called when octets were added to the first reading, or its urgent octet was removed. */
void reading_data(struct streams *s, struct connection *connection, enum stream_side side,
                  const uint8_t *octets, size_t size, uint32_t seq, int64_t time_ns);

/*! \brief Called when a gap was reported in the first reading. */
void reading_gap(struct streams *s, struct connection *connection, enum stream_side side,
                 size_t size);

/*! \brief Delivers the octets that have been acknowledged. May end the second reading. */
void reading_advance(struct streams *s, struct connection *connection);

/*! \brief Ends the oldest second reading. Returns false if there is none. */
bool reading_end_oldest(struct streams *s);

/*! \brief Delivers the remaining octets and ends the second reading, if there is one. */
void reading_end(struct streams *s, struct connection *connection, enum stream_end why);
