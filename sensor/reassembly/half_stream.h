/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One direction of an open connection: what is new in a segment goes to
 * libnids, what libnids returns goes to the handler, what never comes is told.
 *
 * Private to streams.c, which owns the connections and their lives.
 */
#pragma once

#include "sensor/reassembly/clock.h"
#include "sensor/reassembly/connections.h"
#include "sensor/reassembly/streams.h"

/*! \brief Furthest from the expected number that a segment belongs to the stream. */
#define HALF_STREAM_WINDOW (1 << 20)

LIST_HEAD(holes_head, connection);

struct streams {
	struct streams_limits limits;
	struct streams_handler handler;
	void *ctx;
	struct streams_stats stats;
	struct packet_clock clock;
	int64_t time_ns;  /*!< Stamp of what is being looked at. */
	int64_t holes_ns; /*!< Packet clock of the last look at `holes`. */
	struct connections connections;
	struct holes_head holes; /*!< Connections that wait for a hole. */
	uint64_t number;         /*!< Of the latest stream of libnids. */
	size_t queued;           /*!< Bytes that libnids holds, with their overhead. */
};

/*! \brief Where a segment lies. */
enum half_stream_place {
	HALF_STREAM_HERE,  /*!< In the window; or the stream was moved to it. */
	HALF_STREAM_FAR,   /*!< Out of it; to be ignored. */
	HALF_STREAM_OTHER, /*!< The latest of some out of it: of another connection. */
};

/*!
 * \brief Judges where octets `seq`..`seq + size` lie.
 *
 * A sequence of segments further ahead than the window means that the tap lost
 * that much: the stream is moved there, and the gap told.
 */
enum half_stream_place half_stream_place(struct streams *s, struct connection *connection,
                                         enum stream_side side, uint32_t seq, size_t size);

/*! \brief Opens the stream of libnids at the sequence numbers known. */
bool half_stream_open(struct streams *s, struct connection *connection);

/*! \brief Takes the payload of a segment that lies here. */
void half_stream_accept(struct streams *s, struct connection *connection, enum stream_side side,
                        uint32_t seq, const struct segment *seg);

/*! \brief Skips the holes of a direction up to `end`, as if they had waited long enough. */
void half_stream_skip(struct streams *s, struct connection *connection, enum stream_side side,
                      uint32_t end);

/*! \brief Skips the holes that have waited long enough, of both directions. */
void half_stream_settle(struct streams *s, struct connection *connection);

/*! \brief Skips all holes of both directions, what is missing at the end too. */
void half_stream_flush(struct streams *s, struct connection *connection);

/*! \brief Lets go of queues and the stream of libnids. */
void half_stream_close(struct streams *s, struct connection *connection);

/*! \brief The direction has a FIN and all before it was handed over or told. */
bool half_stream_finished(const struct stream_half *half);

/*! \brief Takes bytes from libnids: a libnids_data function. */
void half_stream_take(void *user, bool from_client, const uint8_t *bytes, size_t size);
