/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The table of TCP connections. It finds a connection by its flow key, and the connection
 *        that has been silent for longest.
 *
 * Each connection is in exactly one list. A list is ordered by the time of the connections' last
 * segments, with an error of at most a 64th of the list's time-out. Each list has its own time-out.
 * Private to sensor/reassembly/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/memory/pool.h"
#include "sensor/reassembly/history.h"
#include "sensor/reassembly/ranges.h"
#include "sensor/reassembly/streams.h"

/*! \brief The lists, in the order in which connections are evicted from them. */
enum connections_list {
	/*! The connection has had no payload yet, or has ended and is kept for late segments. */
	CONNECTIONS_WAITING,
	/*! The handler has ended the connection, which is kept so that it is not opened again. */
	CONNECTIONS_REFUSED,
	CONNECTIONS_YOUNG,   /*!< Segments of one side were seen. */
	CONNECTIONS_CLOSING, /*!< A FIN or RST was seen. */
	CONNECTIONS_OPEN,    /*!< Segments of both sides were seen. */
	CONNECTIONS_LISTS    /*!< The number of lists. */
};

enum connection_state {
	CONNECTION_WAITING, /*!< The connection has had no payload yet. */
	CONNECTION_OPEN,    /*!< It has a libnids stream, and the handler's open() was called. */
	CONNECTION_OVER,    /*!< FIN or RST has ended it. */
	CONNECTION_REFUSED, /*!< The handler has ended it. */
};

/*! \brief The moment at which a segment first showed that octets up to `proof` had been sent. */
struct mark {
	bool set;
	uint32_t proof;    /*!< The sequence number after the last octet that had been sent. */
	uint32_t segments; /*!< The result of connection_segments() at this moment. */
	int64_t ns;        /*!< The packet clock at this moment. */
};

/*!
 * \brief The bytes that one side has sent. Fields are sequence numbers unless noted otherwise. The
 *        struct fits in a cache line.
 */
struct stream_half {
	uint32_t next;   /*!< The next octet to deliver, if `known`. */
	uint32_t start;  /*!< The octet after the SYN; without SYN, the first that was delivered. */
	uint32_t origin; /*!< The octet that has sequence number 0 in the libnids stream. */
	uint32_t acked;  /*!< Highest acknowledgement number of the peer, if `has_acked`. */
	uint32_t top;    /*!< The sequence number after the highest octet seen. */
	uint32_t fin;    /*!< The sequence number of the FIN, if `has_fin`. */
	uint32_t seen;   /*!< Number of segments from this side. */
	/*! Number of filler octets that libnids was given and has not delivered yet. */
	uint32_t filler;
	bool known : 1, syn : 1, has_acked : 1, has_fin : 1;
	/*! The urgent octet (`urgent` in struct stream_half_doubt) has not come yet. */
	bool has_urgent : 1;
	bool had_urgent : 1;  /*!< The urgent octet was removed. */
	bool sums : 1;        /*!< The checksum of the side's first segment was correct. */
	uint8_t hops;         /*!< The hop limit of the side's first segment; 0: unknown. */
	uint8_t fars;         /*!< Number of consecutive segments outside the window. */
	history_mark history; /*!< The octets of this side that were delivered last (history.h). */
	/*! Segments after the first hole. libnids has them too, unless `unfed` of the connection is
	 * true. */
	struct ranges queue;
};

/*!
 * \brief The state that a side needs only if it has a hole, segments outside the window, or urgent
 *        data.
 */
struct stream_half_doubt {
	uint32_t urgent; /*!< The urgent octet, if `has_urgent`. */
	uint32_t far;    /*!< Sequence number after the latest segment outside the window. */
	/*! Latest acknowledgement number outside the window, if `has_far_ack`. */
	uint32_t far_ack;
	bool has_far_ack;
	/*! The value that `seen` of the peer had when `blind` was checked last. */
	uint32_t peer_seen;
	/*! The moments at which the first hole was noticed: `acked` by an acknowledgement of the
	 * peer, `blind` by later segments of this side. */
	struct mark acked, blind;
};

struct held_segment;

/*!
 * \brief A connection. Fields are ordered so that most segments access only the first four cache
 *        lines, because each line that is not cached costs a wait for memory.
 */
struct connection {
	struct connection *next_in_bucket;
	uint32_t hash;       /*!< The hash of the flow key. */
	uint8_t state, list; /*!< enum connection_state, enum connections_list. */
	bool reset;          /*!< A valid RST was seen. */
	/*! No function of the handler may be called any more except close() with `why`. */
	bool stop;
	struct stream stream; /*!< The part of the connection that the handler gets. */
	TAILQ_ENTRY(connection) in_list;
	/*! Packet clock at the last segment. If `heard`, the last segment may be up to a 64th of
	 * the time-out later. */
	int64_t touched_ns;
	struct tcp_stream *nids;   /*!< The libnids stream in CONNECTION_OPEN, else NULL. */
	struct streams *owner;     /*!< The table that this connection is in. */
	struct held_segment *held; /*!< Held segments of both sides; see held_segments.h. */
	/*! A further segment came less than a 64th of the time-out after `touched_ns`. */
	bool heard;
	bool has_reuse;   /*!< A SYN was seen that may begin a new connection on these ports. */
	bool has_holes;   /*!< The connection is in the list `holes` of struct streams. */
	bool has_reading; /*!< There is a second reading, `reading`. */
	/*! Copies of octets after a hole differ, so libnids gets only octets that are in order. */
	bool unfed;
	/*! Number of segments in `held`, by enum stream_side of the sender. */
	uint8_t held_count[2];
	struct stream_half half[2]; /*!< Both sides, by enum stream_side. */

	struct stream_half_doubt doubt[2]; /*!< Both sides, by enum stream_side. */
	struct reading *reading;
	TAILQ_ENTRY(connection) in_holes;
	/*! Sequence number of the first octet of the new connection, if `has_reuse`. */
	uint32_t reuse;
	/*! Held segments are being delivered. The delivery must not be started a second time. */
	bool following;
	uint8_t why;         /*!< enum stream_end, if `stop`. */
	uint8_t held_forged; /*!< The number of segments in `held` that may be forged. */
};

TAILQ_HEAD(connections_head, connection);

struct connections {
	struct connection **buckets;
	size_t mask;  /*!< The number of buckets, which is a power of two, minus one. */
	size_t count; /*!< The number of connections in the table. */
	struct connections_head lists[CONNECTIONS_LISTS];
	struct pool pool;
};

/*!
 * \brief Creates an empty table for about `expected` connections, whose memory is counted in
 *        `share`. \return 0 or -ENOMEM.
 */
int connections_init(struct connections *connections, size_t expected, struct memory_share *share);

/*! \brief Frees the table, which must be empty. */
void connections_deinit(struct connections *connections);

/*!
 * \brief Finds the connection of a segment, and the side that sent the segment. Returns NULL if
 *        there is no such connection.
 */
struct connection *connections_find(const struct connections *connections,
                                    const struct segment *seg, enum stream_side *side);

/*! \brief Adds a zeroed connection to CONNECTIONS_WAITING. Its client is the sender of the segment
 * if `from_client`, else the receiver. \return NULL when out of memory. */
struct connection *connections_add(struct connections *connections, const struct segment *seg,
                                   bool from_client, int64_t now_ns);

/*! \brief Moves a connection to the end of a list. */
void connections_move(struct connections *connections, struct connection *connection,
                      enum connections_list list, int64_t now_ns);

/*!
 * \brief Returns the connection that has been silent for longest in a list; NULL if the list is
 *        empty.
 */
static inline struct connection *connections_oldest(const struct connections *connections,
                                                    enum connections_list list)
{
	return TAILQ_FIRST(&connections->lists[list]);
}

/*! \brief Removes a connection from the table, and frees it and the ranges of its sides. */
void connections_remove(struct connections *connections, struct connection *connection);

/*! \brief Returns the number of segments of both sides. */
static inline uint32_t connection_segments(const struct connection *connection)
{
	return connection->half[0].seen + connection->half[1].seen;
}

/*! \brief Returns the side of `connection` that sent `seg`. */
enum stream_side connection_side(const struct connection *connection, const struct segment *seg);
