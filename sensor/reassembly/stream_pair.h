/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Combines both directions of an open connection. Decides which segments belong to the
 *        connection, and when missing octets are reported as gaps.
 *
 * Private to sensor/reassembly/; streams.c owns the connections.
 */
#pragma once

#include "sensor/reassembly/half_stream.h"

/*! \brief The place of a segment relative to the window of expected sequence numbers. */
enum stream_pair_place {
	/*! The segment is inside the window. The window may have been moved to it. */
	STREAM_PAIR_HERE,
	STREAM_PAIR_FAR, /*!< The segment is outside the window, and is ignored. */
	/*! The segment and several before it are outside the window. They belong to another
	 * connection. */
	STREAM_PAIR_OTHER,
};

/*!
 * \brief Compares the octets `seq`..`seq + size` with the window.
 *
 * Several consecutive segments ahead of the window mean that the capture has lost all octets before
 * them. The window is then moved to them, and the gap is reported.
 */
enum stream_pair_place stream_pair_place(struct streams *s, struct connection *connection,
                                         enum stream_side side, uint32_t seq, size_t size);

/*!
 * \brief Processes a segment inside the window: delivers or queues its payload, or holds the
 *        segment.
 */
void stream_pair_accept(struct streams *s, struct connection *connection, enum stream_side side,
                        uint32_t seq, const struct segment *seg);

/*!
 * \brief Gives up the holes for which the wait is over, and delivers the octets and segments that
 *        waited for them.
 */
void stream_pair_settle(struct streams *s, struct connection *connection);

/*! \brief Reports all holes as gaps, and delivers everything that was queued or held. */
void stream_pair_flush(struct streams *s, struct connection *connection);

/*! \brief Frees the queues, the held segments and the libnids stream. */
void stream_pair_close(struct streams *s, struct connection *connection);
