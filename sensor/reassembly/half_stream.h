/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One direction of an open connection. New bytes of a segment are fed to libnids, bytes
 *        in order are delivered to the handler, and lost bytes are reported as gaps.
 *
 * A hole is a range of octets that were not seen although later octets were. When a hole is given
 * up, it is reported as a gap, and the octets after it are delivered.
 *
 * Private to sensor/reassembly/; stream_pair.h combines both directions.
 */
#pragma once

#include "base/packet_clock.h"
#include "sensor/reassembly/connections.h"
#include "sensor/reassembly/streams.h"

/*!
 * \brief The size of the window: the largest distance, in octets, between a segment and the
 *        expected sequence number.
 */
#define HALF_STREAM_WINDOW (1 << 20)

/*! \brief The largest number of octets that are compared with an earlier copy at a time. */
#define HALF_STREAM_COMPARE_MAX 65536

/*!
 * \brief The largest segment, in octets, that a network transports (in jumbo frames). A larger one
 *        was merged from several by the capturing host, so its checksum is not valid.
 */
#define HALF_STREAM_WIRE_MAX 9216

TAILQ_HEAD(holes_head, connection);
TAILQ_HEAD(readings_head, reading);

struct streams {
	struct streams_limits limits;
	struct streams_handler handler;
	void *ctx;
	struct streams_stats stats;
	struct packet_clock clock;
	int64_t time_ns;  /*!< Time stamp of the current packet. */
	int64_t holes_ns; /*!< Packet clock at the last check of `holes`. */
	/*! Packet clock at the last search for connections that have been silent for too long. */
	int64_t expired_ns;
	/*! For this long after `expired_ns`, no connection can become silent for too long, so no
	 * search is needed. */
	int64_t rest_ns;
	struct connections connections;
	struct memory_share table; /*!< The memory of `connections`. */
	struct holes_head holes;   /*!< Connections that have a hole, the most recent hole first. */
	uint64_t number;           /*!< The number of the libnids stream that was opened last. */
	/*! Memory of queued segments, in libnids and in this module, including the overhead. */
	struct memory_share queued;
	struct history history;
	struct readings_head readings; /*!< All second readings, the oldest first. */
	size_t readings_count;
	struct memory_share second; /*!< Memory of all second readings. */
	/*! Scratch memory for octets that were delivered before. */
	uint8_t octets[HALF_STREAM_COMPARE_MAX];
	/*! Delivers the held segments that waited for octets of `side` up to `end`. Called when
	 *  those octets have been delivered or reported as a gap. */
	void (*follow)(struct streams *s, struct connection *connection, enum stream_side side,
	               uint32_t end);
};

/*!
 * \brief Returns true if another held segment, which takes `cost` bytes of memory, would be within
 *        the limits.
 */
static inline bool half_stream_may_hold(const struct streams *s, size_t cost)
{
	return s->queued.used + cost <= s->limits.queued_bytes &&
	       memory_budget_fits(&s->queued, cost);
}

/*! \brief Opens the libnids stream of both directions at their known sequence numbers. \return
 * False if libnids refused it. */
bool half_stream_open(struct streams *s, struct connection *connection);

/*! \brief Delivers or queues the payload of a segment inside the window. */
void half_stream_accept(struct streams *s, struct connection *connection, enum stream_side side,
                        uint32_t seq, const struct segment *seg);

/*!
 * \brief Returns true if the checksum can be verified. This requires that all octets that it covers
 *        were captured, and that they are as the sender sent them.
 */
static inline bool half_stream_has_sum(const struct segment *seg)
{
	return seg->header != NULL && seg->cut == 0 && seg->size <= HALF_STREAM_WIRE_MAX;
}

/*! \brief Returns true if the checksum is correct. half_stream_has_sum() must be true. */
bool half_stream_sum_is_right(const struct segment *seg);

/*!
 * \brief Returns true if the checksum covers only the pseudo-header, as in a segment that the
 *        capturing host has merged (checksum_is_partial()).
 */
bool half_stream_sum_is_partial(const struct segment *seg);

/*!
 * \brief Returns true if the checksum is wrong although that of the side's first segment was
 *        correct. The receiver drops such a segment.
 */
static inline bool half_stream_is_damaged(const struct stream_half *half, const struct segment *seg)
{
	return half->sums && half_stream_has_sum(seg) && !half_stream_sum_is_right(seg) &&
	       !half_stream_sum_is_partial(seg);
}

/*!
 * \brief Accepts a segment that may be forged. Unlike half_stream_accept(), it uses only octets
 *        that no other segment has contained.
 */
void half_stream_accept_rest(struct streams *s, struct connection *connection,
                             enum stream_side side, uint32_t seq, const struct segment *seg);

/*!
 * \brief Finds the end of the first hole. Returns false if there is no known hole: neither a later
 *        octet nor a FIN was seen after a missing octet.
 */
static inline bool half_stream_find_hole(const struct stream_half *half, uint32_t *end)
{
	if (half->queue.first != NULL) {
		*end = half->queue.first->from;
		return true;
	}
	*end = half->fin;
	return half->has_fin && seq_before(half->next, half->fin);
}

/*! \brief Gives up the holes before `end`. */
void half_stream_skip(struct streams *s, struct connection *connection, enum stream_side side,
                      uint32_t end);

/*! \brief Gives up all holes, but not octets that are missing at the end of the stream. */
void half_stream_skip_all(struct streams *s, struct connection *connection, enum stream_side side);

/*! \brief Gives up all holes, and octets that are missing at the end of the stream. */
void half_stream_flush(struct streams *s, struct connection *connection, enum stream_side side);

/*! \brief Frees the queue of segments after a hole. */
void half_stream_free_queue(struct streams *s, struct stream_half *half);

/*! \brief Returns true once all bytes before the FIN were delivered or reported as gaps. */
static inline bool half_stream_finished(const struct stream_half *half)
{
	return half->has_fin && half->next == half->fin;
}

/*! \brief Receives bytes in order from libnids. It can be used as a libnids_data. */
bool half_stream_take(void *user, bool from_client, const uint8_t *bytes, size_t size);
