/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Holds segments that acknowledge octets of the other side which were not delivered yet.
 *
 * A reply must be delivered after the command that it answers. A segment with payload that
 * acknowledges undelivered octets is therefore held until these octets arrive (a network tap may
 * reorder segments) or are reported as a gap. A segment that acknowledges a held segment is also
 * held, so that commands and replies keep their order after a loss in either direction.
 *
 * The sequence numbers of the other side may show that it has not sent the acknowledged octets. The
 * segment is then either forged, and the other side drops it (RFC 9293, section 3.10.7.4), or the
 * capture is out of order. Such a segment is therefore held until its own octets are acknowledged,
 * but no hole is given up for it.
 *
 * Limits: HELD_SEGMENTS_MAX segments of both sides of a connection; their bytes count towards
 * `queued_bytes` of struct streams_limits. Private to sensor/reassembly/.
 */
#pragma once

#include "sensor/reassembly/half_stream.h"

#define HELD_SEGMENTS_MAX 64

/*! \brief Does the work of held_segments_compare() if there are held segments. */
void held_segments_doubt(struct connection *connection, enum stream_side side,
                         const struct segment *seg);

/*!
 * \brief Holds a copy of the segment if it must be held, or drops the segment if its checksum is
 *        wrong. \return False in all other cases; the caller then delivers the segment.
 */
bool held_segments_add(struct streams *s, struct connection *connection, enum stream_side side,
                       uint32_t seq, const struct segment *seg);

/*!
 * \brief Compares the acknowledgement numbers of held segments with the sequence numbers of a
 *        segment of `side`, to find held segments that may be forged. The call is cheap if there
 *        are no held segments.
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

/*!
 * \brief Does the same as held_segments_flush() at the end of the connection, and also delivers
 *        segments that may be forged.
 */
void held_segments_finish(struct streams *s, struct connection *connection);

/*! \brief Frees all held segments without delivering them. */
void held_segments_clear(struct streams *s, struct connection *connection);
