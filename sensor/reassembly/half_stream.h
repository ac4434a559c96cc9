/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One direction of an open connection: new bytes of a segment go to libnids, bytes
 *        in order go to the handler, and lost bytes are reported as gaps.
 *
 * Private to this room; streams.c owns the connections.
 */
#pragma once

#include "sensor/reassembly/clock.h"
#include "sensor/reassembly/connections.h"
#include "sensor/reassembly/streams.h"

/*! \brief Largest distance of a segment from the expected sequence number. */
#define HALF_STREAM_WINDOW (1 << 20)

LIST_HEAD(holes_head, connection);

struct streams {
	struct streams_limits limits;
	struct streams_handler handler;
	void *ctx;
	struct streams_stats stats;
	struct packet_clock clock;
	int64_t time_ns;  /*!< Stamp of the current packet. */
	int64_t holes_ns; /*!< Packet clock of the last pass over `holes`. */
	struct connections connections;
	struct holes_head holes; /*!< Connections that wait for a hole. */
	uint64_t number;         /*!< Of the latest libnids stream. */
	size_t queued;           /*!< Bytes held by libnids and here, with their overhead. */
};

/*! \brief Where a segment is, relative to the stream. */
enum half_stream_place {
	HALF_STREAM_HERE,  /*!< In the window, which may have moved to it. */
	HALF_STREAM_FAR,   /*!< Out of the window: ignore it. */
	HALF_STREAM_OTHER, /*!< The last of several out of the window: another connection. */
};

/*!
 * \brief Finds where octets `seq`..`seq + size` are.
 *
 * Consecutive segments ahead of the window mean that the capture has lost everything in
 * between: the stream moves there and the gap is reported.
 */
enum half_stream_place half_stream_place(struct streams *s, struct connection *connection,
                                         enum stream_side side, uint32_t seq, size_t size);

/*! \brief Opens the libnids stream at the known sequence numbers. */
bool half_stream_open(struct streams *s, struct connection *connection);

/*! \brief Takes the payload of a segment in the window. */
void half_stream_accept(struct streams *s, struct connection *connection, enum stream_side side,
                        uint32_t seq, const struct segment *seg);

/*! \brief Gives up the holes of a direction up to `end`. */
void half_stream_skip(struct streams *s, struct connection *connection, enum stream_side side,
                      uint32_t end);

/*! \brief Gives up the holes of both directions that are over or too old. */
void half_stream_settle(struct streams *s, struct connection *connection);

/*! \brief Gives up all holes of both directions, missing bytes at the end included. */
void half_stream_flush(struct streams *s, struct connection *connection);

/*! \brief Frees the queues and the libnids stream. */
void half_stream_close(struct streams *s, struct connection *connection);

/*! \brief True once all bytes before the FIN were delivered or reported as gaps. */
bool half_stream_finished(const struct stream_half *half);

/*! \brief Takes bytes from libnids; a libnids_data function. */
void half_stream_take(void *user, bool from_client, const uint8_t *bytes, size_t size);
