/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The second reading of a stream, where copies of the same octets differ.
 *
 * The first reading is what Linux delivers if it got every captured segment. Its receiver may
 * have missed one, or be another stack. The second reading has, of each octet, the latest
 * copy that differs from the first reading. It is some octets behind: it gets octets when
 * the peer has acknowledged them, because only then no other copy of them can count. It
 * ends when both readings agree, or with the stream.
 *
 * Limits: one second reading of a stream, READINGS_MAX in all (the oldest ends);
 * READING_HELD_MAX octets of a direction that are not acknowledged, beyond which they are
 * delivered; READING_COPIES_MAX octets of copies of a stream and their headers, beyond which
 * copies are ignored.
 *
 * Private to this room.
 */
#pragma once

#include "sensor/reassembly/half_stream.h"

#define READINGS_MAX       512
#define READING_HELD_MAX   16384
#define READING_COPIES_MAX 16384
#define READING_BEFORE_MAX 4096 /*!< Octets before the first copy that can be read again. */

/*! \brief A copy that differs from what was or will be delivered; may begin a second reading. */
void reading_copy(struct streams *s, struct connection *connection, enum stream_side side,
                  uint32_t seq, const uint8_t *octets, size_t size);

/*! \brief The first reading got octets, or its urgent octet was taken out. */
void reading_data(struct streams *s, struct connection *connection, enum stream_side side,
                  const uint8_t *octets, size_t size, uint32_t seq, int64_t time_ns);

/*! \brief The first reading got a gap. */
void reading_gap(struct streams *s, struct connection *connection, enum stream_side side,
                 size_t size);

/*! \brief Delivers what has been acknowledged. May end the second reading. */
void reading_advance(struct streams *s, struct connection *connection);

/*! \brief Delivers all that is left and ends the second reading, if there is one. */
void reading_end(struct streams *s, struct connection *connection, enum stream_end why);
