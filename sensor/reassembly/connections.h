/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The connections known, found by their addresses, aged by their lists.
 *
 * Each connection is in exactly one list, ordered by its last segment, to a 64th of
 * the list's time-out; the lists differ in how long their connections may stay silent
 * and in who goes first when there are too many. Private to streams.c and half_stream.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/pool.h"
#include "sensor/reassembly/ranges.h"
#include "sensor/reassembly/streams.h"

/*! \brief The first to be evicted first. */
enum connections_list {
	CONNECTIONS_WAITING, /*!< No payload yet, or over and kept against stragglers. */
	CONNECTIONS_REFUSED, /*!< The handler wanted no more; kept so as not to begin again. */
	CONNECTIONS_YOUNG,   /*!< One direction seen. */
	CONNECTIONS_CLOSING, /*!< A FIN or RST seen. */
	CONNECTIONS_OPEN,    /*!< Both directions seen. */
	CONNECTIONS_LISTS
};

enum connection_state {
	CONNECTION_WAITING, /*!< No payload yet. */
	CONNECTION_OPEN,    /*!< A stream of libnids and of the handler. */
	CONNECTION_OVER,    /*!< Ended by FIN or RST. */
	CONNECTION_REFUSED, /*!< Ended by the handler. */
};

/*! \brief When it was first proved that octets up to `proof` exist. */
struct mark {
	bool set;
	uint32_t proof;
	uint32_t segments;
	int64_t ns;
};

/*! \brief What one side has sent: a line of the cache. */
struct stream_half {
	uint32_t next;   /*!< Octet to hand over next, once `known`. */
	uint32_t start;  /*!< First octet handed over or announced by SYN. */
	uint32_t origin; /*!< The sequence number that libnids sees as 0. */
	uint32_t acked;  /*!< Highest acknowledgement of the peer, if `has_acked`. */
	uint32_t top;    /*!< End of the furthest payload seen. */
	uint32_t fin;    /*!< Octet past the last one, if `has_fin`. */
	uint32_t seen;   /*!< Segments from this side. */
	uint32_t filler; /*!< Octets of filler that libnids has yet to return. */
	bool known, syn, has_acked, has_fin;
	uint8_t fars;        /*!< Segments out of window in a row. */
	struct ranges queue; /*!< Beyond the first hole, inside libnids. */
};

/*! \brief What only matters of a side that has a hole, or was far out of window. */
struct stream_half_doubt {
	uint32_t far;             /*!< Expected to follow the latest segment out of window. */
	uint32_t peer_seen;       /*!< The peer's `seen` when `blind` was last looked at. */
	struct mark acked, blind; /*!< Age of the first hole, by its two witnesses. */
};

struct held_segment;

/*! \brief A connection. Most segments read its first four cache lines only: each line costs a
 *         wait for memory. */
struct connection {
	struct connection *next_in_bucket;
	uint32_t hash;
	uint8_t state, list;
	bool reset;
	bool stop;            /*!< Nothing more to the handler, for the reason `why`. */
	struct stream stream; /*!< What the handler sees. */
	TAILQ_ENTRY(connection) in_list;
	int64_t touched_ns;      /*!< Packet clock of the last segment, or as `heard` says. */
	struct tcp_stream *nids; /*!< While CONNECTION_OPEN. */
	struct streams *owner;
	struct held_segment *held;  /*!< To octets of the other side not yet handed over. */
	bool heard;                 /*!< After `touched_ns`, but not long after. */
	bool has_reuse;             /*!< A connection has begun that may replace this. */
	bool has_holes;             /*!< In the list of holes. */
	uint8_t held_count[2];      /*!< Lengths of `held`, by sender. */
	struct stream_half half[2]; /*!< By enum stream_side. */

	struct stream_half_doubt doubt[2]; /*!< The same. */
	LIST_ENTRY(connection) in_holes;
	uint32_t reuse; /*!< First octet of the connection of `has_reuse`. */
	bool following; /*!< Answers are being handed over at a hole. */
	uint8_t why;
};

TAILQ_HEAD(connections_head, connection);

struct connections {
	struct connection **buckets;
	size_t mask, count;
	uint64_t seed;
	struct connections_head lists[CONNECTIONS_LISTS];
	struct pool pool;
};

/*! \brief Makes an empty table. \return 0 or -ENOMEM. */
int connections_init(struct connections *connections, size_t expected);

/*! \brief Frees the table, which must be empty. */
void connections_deinit(struct connections *connections);

/*! \brief The connection between the ends of `seg`, in either direction, or NULL. */
struct connection *connections_find(const struct connections *connections,
                                    const struct segment *seg);

/*! \brief Adds a zeroed connection to CONNECTIONS_WAITING; its client is the sender if
 * `from_client`. */
struct connection *connections_add(struct connections *connections, const struct segment *seg,
                                   bool from_client, int64_t now_ns);

/*! \brief Makes a connection the youngest of a list. */
void connections_move(struct connections *connections, struct connection *connection,
                      enum connections_list list, int64_t now_ns);

/*! \brief The longest silent of a list, or NULL. */
static inline struct connection *connections_oldest(const struct connections *connections,
                                                    enum connections_list list)
{
	return TAILQ_FIRST(&connections->lists[list]);
}

/*! \brief Forgets and frees a connection, its ranges too. */
void connections_remove(struct connections *connections, struct connection *connection);

/*! \brief Segments of both sides. */
static inline uint32_t connection_segments(const struct connection *connection)
{
	return connection->half[0].seen + connection->half[1].seen;
}

/*! \brief Which side of `connection` sent `seg`. */
enum stream_side connection_side(const struct connection *connection, const struct segment *seg);
