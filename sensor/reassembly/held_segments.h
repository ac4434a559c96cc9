/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Holds segments that acknowledge octets of the other side which were not delivered yet.
 *
 * A reply makes sense only after the command that it replies to. A segment with payload that
 * acknowledges undelivered octets is held until these arrive (a network tap may
 * reorder segments) or are reported as a gap, and is delivered then. A segment that acknowledges a
 * held segment is held too, so that commands and replies keep their order after a loss in either
 * direction. A segment that acknowledges octets which the other side has not sent, as that side's
 * numbers show, is dropped by its receiver (RFC 9293, 3.10.7.4). Here it is kept, in case the
 * capture is out of order, until its octets are acknowledged; none are given up for it.
 *
 * Limits: HELD_SEGMENTS_MAX segments of a connection, of both sides together; their bytes count
 * towards `queued_bytes` of struct streams_limits. Private to this room.
 */
#pragma once

#include "sensor/reassembly/half_stream.h"

#define HELD_SEGMENTS_MAX 64

/*! \brief Part of held_segments_compare(). */
void held_segments_doubt(struct connection *connection, enum stream_side side,
                         const struct segment *seg);

/*! \brief Copies the segment if it must be held, or drops it if its checksum is wrong. \return
 * False if not: the caller delivers it. */
bool held_segments_add(struct streams *s, struct connection *connection, enum stream_side side,
                       uint32_t seq, const struct segment *seg);

/*!
 * \brief Compares what held segments acknowledge with what a segment of `side` shows that
 *         this side has sent. Cheap without held segments.
 */
static inline void held_segments_compare(struct connection *connection, enum stream_side side,
                                         const struct segment *seg)
{
	if (connection->held != NULL) {
		held_segments_doubt(connection, side, seg);
	}
}

/*! \brief Delivers segments that are ready, or that were held for too long. */
void held_segments_release(struct streams *s, struct connection *connection);

/*! \brief Delivers the segments that waited for octets of `side` up to `end`. Call it when those
 *         octets have been delivered or reported as a gap. */
void held_segments_follow(struct streams *s, struct connection *connection, enum stream_side side,
                          uint32_t end);

/*! \brief Delivers all held segments. The octets that they waited for are reported as gaps. */
void held_segments_flush(struct streams *s, struct connection *connection);

/*! \brief The end: as held_segments_flush(), and those that may be forged. */
void held_segments_finish(struct streams *s, struct connection *connection);

/*! \brief Frees all held segments without delivering them. */
void held_segments_clear(struct streams *s, struct connection *connection);
