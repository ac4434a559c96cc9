/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Both directions of an open connection. Decides which segments belong to it, and when
 *        missing octets are reported as gaps.
 *
 * Private to this room; streams.c owns the connections.
 */
#pragma once

#include "sensor/reassembly/half_stream.h"

/*! \brief The place of a segment relative to the window of expected sequence numbers. */
enum stream_pair_place {
	STREAM_PAIR_HERE,  /*!< Inside the window, which may have been moved to the segment. */
	STREAM_PAIR_FAR,   /*!< Outside the window: ignore the segment. */
	STREAM_PAIR_OTHER, /*!< Outside, like several before it: part of another connection. */
};

/*!
 * \brief Finds the place of octets `seq`..`seq + size`.
 *
 * Several segments that follow each other ahead of the window mean that the capture has lost
 * everything in between. Then the window is moved to them and the gap is reported.
 */
enum stream_pair_place stream_pair_place(struct streams *s, struct connection *connection,
                                         enum stream_side side, uint32_t seq, size_t size);

/*! \brief Takes a segment inside the window: delivers or queues its payload, or holds the segment.
 */
void stream_pair_accept(struct streams *s, struct connection *connection, enum stream_side side,
                        uint32_t seq, const struct segment *seg);

/*! \brief Gives up the holes that are over or too old, and delivers what waited for them. */
void stream_pair_settle(struct streams *s, struct connection *connection);

/*! \brief Reports all holes as gaps, and delivers everything that was queued or held. */
void stream_pair_flush(struct streams *s, struct connection *connection);

/*! \brief Frees the queues, the held segments and the libnids stream. */
void stream_pair_close(struct streams *s, struct connection *connection);
