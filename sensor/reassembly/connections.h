/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The table of TCP connections. It finds a connection by its flow key, and the connection
 *        that has been silent for longest.
 *
 * Each connection is in exactly one list. A list is ordered by the time of the connections' last
 * segments, with an error of at most a 64th of the list's time-out. Lists differ in how long a
 * connection may be silent, and in which is evicted from first. Private to this room.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/pool.h"
#include "sensor/reassembly/history.h"
#include "sensor/reassembly/ranges.h"
#include "sensor/reassembly/streams.h"

/*! \brief The lists, in the order in which connections are evicted from them. */
enum connections_list {
	CONNECTIONS_WAITING, /*!< Had no payload yet, or has ended and is kept for late segments. */
	CONNECTIONS_REFUSED, /*!< Was ended by the handler, and is kept so that it is not opened
	                        again. */
	CONNECTIONS_YOUNG,   /*!< Segments of one side were seen. */
	CONNECTIONS_CLOSING, /*!< A FIN or RST was seen. */
	CONNECTIONS_OPEN,    /*!< Segments of both sides were seen. */
	CONNECTIONS_LISTS    /*!< The number of lists. */
};

enum connection_state {
	CONNECTION_WAITING, /*!< Had no payload yet. */
	CONNECTION_OPEN,    /*!< Has a libnids stream, and the handler's open() was called. */
	CONNECTION_OVER,    /*!< Was ended by FIN or RST. */
	CONNECTION_REFUSED, /*!< Was ended by the handler. */
};

/*! \brief The moment at which it was first known that octets up to `proof` had been sent. */
struct mark {
	bool set;
	uint32_t proof;    /*!< The sequence number after these octets. */
	uint32_t segments; /*!< connection_segments() at that moment. */
	int64_t ns;        /*!< Packet clock at that moment. */
};

/*! \brief The bytes sent by one side. Fields are sequence numbers unless noted. The struct fits in
 * a cache line. */
struct stream_half {
	uint32_t next;   /*!< The next octet to deliver, if `known`. */
	uint32_t start;  /*!< The first octet that was delivered or announced by SYN. */
	uint32_t origin; /*!< The octet that has sequence number 0 in the libnids stream. */
	uint32_t acked;  /*!< Highest acknowledgement number of the peer, if `has_acked`. */
	uint32_t top;    /*!< After the last octet of the highest payload seen. */
	uint32_t fin;    /*!< After the last octet before the FIN, if `has_fin`. */
	uint32_t seen;   /*!< Number of segments from this side. */
	uint32_t filler; /*!< Number of filler octets that libnids was fed and has not returned yet.
	                  */
	bool known : 1, syn : 1, has_acked : 1, has_fin : 1;
	bool has_urgent : 1;  /*!< The octet `urgent` of its doubt is still to come, */
	bool had_urgent : 1;  /*!< or was taken out. */
	bool sums : 1;        /*!< The checksum of its first segment was right. */
	uint8_t hops;         /*!< Hop limit of its first segment; 0: unknown. */
	uint8_t fars;         /*!< Number of consecutive segments outside the window. */
	history_mark history; /*!< The octets delivered last. */
	struct ranges queue;  /*!< After the first hole, held by libnids, unless `unfed`. */
};

/*! \brief The state of a side with a hole, with segments out of window, or with urgent data. */
struct stream_half_doubt {
	uint32_t urgent;  /*!< The urgent octet, if `has_urgent`. */
	uint32_t far;     /*!< Sequence number after the latest segment outside the window. */
	uint32_t far_ack; /*!< Latest acknowledgement out of window, if `has_far_ack`. */
	bool has_far_ack;
	uint32_t peer_seen;       /*!< Value of the peer's `seen` when `blind` was checked last. */
	struct mark acked, blind; /*!< When the first hole was noticed: `acked` by an
	                           acknowledgement of the peer, `blind` without one. */
};

struct held_segment;

/*! \brief A connection. The order of its fields lets most segments read only its first four cache
 *         lines, because a line that is not cached costs a wait for memory. */
struct connection {
	struct connection *next_in_bucket;
	uint32_t hash;        /*!< Of the flow key. */
	uint8_t state, list;  /*!< enum connection_state, enum connections_list. */
	bool reset;           /*!< A valid RST was seen. */
	bool stop;            /*!< The only further call of the handler is close() with `why`. */
	struct stream stream; /*!< The part of the connection that the handler gets. */
	TAILQ_ENTRY(connection) in_list;
	int64_t touched_ns;      /*!< Packet clock at the last segment, with the error that `heard`
	                            allows. */
	struct tcp_stream *nids; /*!< The libnids stream in CONNECTION_OPEN, else NULL. */
	struct streams *owner;   /*!< The table that this connection is in. */
	struct held_segment *held; /*!< Held segments of both sides; see held_segments.h. */
	bool heard;                /*!< Further segments came less than a 64th of the time-out after
	                              `touched_ns`. */
	bool has_reuse;   /*!< A SYN was seen that may begin a new connection on these ports. */
	bool has_holes;   /*!< It is in the list `holes` of struct streams. */
	bool has_reading; /*!< There is a second reading, `reading`. */
	bool unfed;       /*!< Copies after a hole differ: libnids gets octets in order only. */
	uint8_t held_count[2]; /*!< Number of segments in `held`, by enum stream_side of the sender.
	                        */
	struct stream_half half[2]; /*!< By enum stream_side. */

	struct stream_half_doubt doubt[2]; /*!< By enum stream_side. */
	struct reading *reading;
	TAILQ_ENTRY(connection) in_holes;
	uint32_t reuse;      /*!< First octet of that new connection, if `has_reuse`. */
	bool following;      /*!< Held segments are being delivered: do not start to do so again. */
	uint8_t why;         /*!< enum stream_end, if `stop`. */
	uint8_t held_forged; /*!< Segments in `held` that may be forged. */
};

TAILQ_HEAD(connections_head, connection);

struct connections {
	struct connection **buckets;
	size_t mask;  /*!< Number of buckets, a power of two, less one. */
	size_t count; /*!< Connections in the table. */
	struct connections_head lists[CONNECTIONS_LISTS];
	struct pool pool;
};

/*! \brief Creates an empty table for about `expected` connections, which count in
 * `share`. \return 0 or -ENOMEM. */
int connections_init(struct connections *connections, size_t expected, struct memory_share *share);

/*! \brief Frees the table, which must be empty. */
void connections_deinit(struct connections *connections);

/*! \brief Finds the connection of a segment, and the side that sent it; NULL: there is none. */
struct connection *connections_find(const struct connections *connections,
                                    const struct segment *seg, enum stream_side *side);

/*! \brief Adds a zeroed connection to CONNECTIONS_WAITING. Its client is the sender of the segment
 * if `from_client`, else the receiver. \return NULL when out of memory. */
struct connection *connections_add(struct connections *connections, const struct segment *seg,
                                   bool from_client, int64_t now_ns);

/*! \brief Moves a connection to the end of a list. */
void connections_move(struct connections *connections, struct connection *connection,
                      enum connections_list list, int64_t now_ns);

/*! \brief Returns the connection of a list that has been silent for longest, or NULL. */
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
