/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Both directions of an open connection: which segments belong to it, and when missing
 *        octets are given up.
 *
 * Private to this room; streams.c owns the connections.
 */
#pragma once

#include "sensor/reassembly/half_stream.h"

/*! \brief Where a segment is, relative to the stream. */
enum stream_pair_place {
	STREAM_PAIR_HERE,  /*!< In the window, which may have moved to it. */
	STREAM_PAIR_FAR,   /*!< Out of the window: ignore it. */
	STREAM_PAIR_OTHER, /*!< Out of the window, as several before it: another connection. */
};

/*!
 * \brief Finds where octets `seq`..`seq + size` are.
 *
 * Consecutive segments ahead of the window mean that the capture has lost everything in
 * between: the stream moves there and the gap is reported.
 */
enum stream_pair_place stream_pair_place(struct streams *s, struct connection *connection,
                                         enum stream_side side, uint32_t seq, size_t size);

/*! \brief Takes a segment in the window: delivers or queues its payload, or holds the segment. */
void stream_pair_accept(struct streams *s, struct connection *connection, enum stream_side side,
                        uint32_t seq, const struct segment *seg);

/*! \brief Gives up the holes that are over or too old, and delivers what waited for them. */
void stream_pair_settle(struct streams *s, struct connection *connection);

/*! \brief Delivers all that was held and gives up all holes. */
void stream_pair_flush(struct streams *s, struct connection *connection);

/*! \brief Frees the queues, the held segments and the libnids stream. */
void stream_pair_close(struct streams *s, struct connection *connection);
