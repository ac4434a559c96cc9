/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The connections known, found by their addresses, aged by their lists.
 *
 * Each flow is in exactly one list, ordered by its last segment, to a 64th of
 * the list's time-out; the lists differ in how long their flows may stay silent
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
enum flows_list {
	FLOWS_WAITING, /*!< No payload yet, or over and kept against stragglers. */
	FLOWS_REFUSED, /*!< The handler wanted no more; kept so as not to begin again. */
	FLOWS_YOUNG,   /*!< One direction seen. */
	FLOWS_CLOSING, /*!< A FIN or RST seen. */
	FLOWS_OPEN,    /*!< Both directions seen. */
	FLOWS_LISTS
};

enum flow_state {
	FLOW_WAITING, /*!< No payload yet. */
	FLOW_OPEN,    /*!< A stream of libnids and of the handler. */
	FLOW_OVER,    /*!< Ended by FIN or RST. */
	FLOW_REFUSED, /*!< Ended by the handler. */
};

/*! \brief When it was first proved that octets up to `proof` exist. */
struct mark {
	bool set;
	uint32_t proof;
	uint32_t segments;
	int64_t ns;
};

/*! \brief What one side has sent: a line of the cache. */
struct half {
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
struct half_doubt {
	uint32_t far;            /*!< Expected to follow the latest segment out of window. */
	uint32_t peer_seen;      /*!< The peer's `seen` when `blind` was last looked at. */
	struct mark told, blind; /*!< Age of the first hole, by its two witnesses. */
};

struct answer;

/* Of a flow that is in no cache each line is waited for: in front, in four of them, is all
 * that most segments look at. */
struct flow {
	struct flow *next_in_bucket;
	uint32_t hash;
	uint8_t state, list;
	bool reset;
	bool stop;            /*!< Nothing more to the handler, for the reason `why`. */
	struct stream stream; /*!< What the handler sees. */
	TAILQ_ENTRY(flow) in_list;
	int64_t touched_ns;      /*!< Packet clock of the last segment, or as `heard` says. */
	struct tcp_stream *nids; /*!< While FLOW_OPEN. */
	struct streams *owner;
	struct answer *answers; /*!< To octets of the other side not yet handed over. */
	bool heard;             /*!< After `touched_ns`, but not long after. */
	bool has_reuse;         /*!< A connection has begun that may replace this. */
	bool has_holes;         /*!< In the list of holes. */
	uint8_t held[2];        /*!< Of `answers`, by the side that sent them. */
	struct half half[2];    /*!< By enum stream_side. */

	struct half_doubt doubt[2]; /*!< The same. */
	LIST_ENTRY(flow) in_holes;
	uint32_t reuse; /*!< First octet of the connection of `has_reuse`. */
	bool following; /*!< Answers are being handed over at a hole. */
	uint8_t why;
};

TAILQ_HEAD(flows_head, flow);

struct flows {
	struct flow **buckets;
	size_t mask, count;
	uint64_t seed;
	struct flows_head lists[FLOWS_LISTS];
	struct pool pool;
};

/*! \brief Makes an empty table. \return 0 or -ENOMEM. */
int flows_init(struct flows *flows, size_t expected);

/*! \brief Frees the table, which must be empty. */
void flows_deinit(struct flows *flows);

/*! \brief The flow between the ends of `seg`, in either direction, or NULL. */
struct flow *flows_find(const struct flows *flows, const struct segment *seg);

/*! \brief Adds a zeroed flow to FLOWS_WAITING; its client is the sender if `from_client`. */
struct flow *flows_add(struct flows *flows, const struct segment *seg, bool from_client,
                       int64_t now_ns);

/*! \brief Makes a flow the youngest of a list. */
void flows_move(struct flows *flows, struct flow *flow, enum flows_list list, int64_t now_ns);

/*! \brief The longest silent of a list, or NULL. */
static inline struct flow *flows_oldest(const struct flows *flows, enum flows_list list)
{
	return TAILQ_FIRST(&flows->lists[list]);
}

/*! \brief Forgets and frees a flow, its ranges too. */
void flows_remove(struct flows *flows, struct flow *flow);

/*! \brief Segments of both sides. */
static inline uint32_t flow_segments(const struct flow *flow)
{
	return flow->half[0].seen + flow->half[1].seen;
}

/*! \brief Which side of `flow` sent `seg`. */
enum stream_side flow_side(const struct flow *flow, const struct segment *seg);
