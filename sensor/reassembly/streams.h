/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Turns TCP segments into the ordered bytes of each connection, by means of libnids.
 *
 * libnids needs a perfect capture of both directions, which a network tap does not give. This
 * module therefore writes the segments that libnids gets: its own handshake, acknowledgement
 * numbers as libnids expects them, and filler octets in place of lost ones. It reads sessions
 * of either IP family, also ones that it sees from their middle or in one direction only, with
 * loss, reordering and retransmission.
 *
 * Guarantees to the handler:
 *   - bytes of one side arrive in sequence order, each at most once, and each was in a
 *     captured segment at that sequence number; of overlapping copies the one that Linux
 *     takes: the first one in order; after a hole see ranges.h;
 *   - where copies differ, a second reading is delivered as well, to a `user` of its own:
 *     it has the other copies, of several the latest. There is one second reading of a
 *     stream at a time; see reading.h;
 *   - bytes that were not captured are reported by a call of gap() in their place, with their
 *     number; filler octets are never delivered;
 *   - bytes in order are delivered inside the streams_segment() call that brought them;
 *   - open() is the first call of a stream, close() the last, exactly once.
 *
 * A stream begins with the first payload: a bare SYN costs one connection entry and
 * no libnids stream. Data on a SYN (RFC 7413) counts as sent. The urgent octet is taken out, as
 * Linux does without SO_OOBINLINE (RFC 6093, 3.2). Time is packet time; the wall clock is
 * never read.
 *
 * Limits: see struct streams_limits. About 450 bytes for each connection, 290 for each of
 * `streams_max` from the start, `history_bytes` and `queued_bytes`, and the second readings:
 * with the defaults 380 MiB at most, 48 MiB without traffic.
 *
 * A process may have one instance at a time, because libnids has static state (see nids.h).
 * Not thread-safe. The handler must not call functions of this module.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encapsulation.h"
#include "base/flow_key.h"
#include "base/memory_budget.h"

/*!
 * \brief Octets of a segment, those that were not captured included: network cards and kernels
 *        merge segments to packets of up to 512 KiB (BIG TCP, GRO, LRO). Larger ones are refused.
 */
#define STREAMS_SEGMENT_MAX (512 << 10)

/*! \brief The two sides of a connection. */
enum stream_side {
	STREAM_CLIENT, /*!< The side that connected. */
	STREAM_SERVER, /*!< The side with the watched port. */
};

/*! \brief Why a stream ended. */
enum stream_end {
	STREAM_END_FIN,      /*!< Both sides sent FIN; or one did, and the other was silent for
	                          `half_closed_ns`. */
	STREAM_END_RST,      /*!< An RST had the expected sequence number. */
	STREAM_END_REUSED,   /*!< A new connection uses the same ports. */
	STREAM_END_IDLE,     /*!< No segment was seen for `idle_ns`. */
	STREAM_END_EVICTED,  /*!< A limit was reached, and this stream was chosen for its idle time.
	                      */
	STREAM_END_REFUSED,  /*!< The handler ended it. */
	STREAM_END_SHUTDOWN, /*!< streams_free() was called. */
};

/*! \brief How a connection ended that had no payload. */
enum stream_attempt {
	STREAM_ATTEMPTED,   /*!< The server was not seen to answer. */
	STREAM_REFUSED,     /*!< The server answered with RST. */
	STREAM_ESTABLISHED, /*!< The server answered with SYN. */
};

/*! \brief Flags of a segment, as in the TCP header (RFC 9293, 3.1). */
enum segment_flag {
	SEGMENT_FIN = 0x01,
	SEGMENT_SYN = 0x02,
	SEGMENT_RST = 0x04,
	SEGMENT_PSH = 0x08,
	SEGMENT_ACK = 0x10,
	SEGMENT_URG = 0x20,
};

/*! \brief One TCP segment that was decoded from a frame. Pointers are views into the frame. */
struct segment {
	const struct flow_key *key;
	struct encapsulation encapsulation; /*!< Reported in events; not part of the key. */
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;
	uint16_t urgent;        /*!< The urgent pointer; used with SEGMENT_URG. */
	uint8_t hops;           /*!< Time to live or hop limit; 0: unknown. */
	const uint8_t *header;  /*!< The TCP header, which the payload follows; NULL: unknown. */
	const uint8_t *payload; /*!< The captured payload; may be NULL when `size` is 0. */
	size_t size;            /*!< Octets of `payload`, without link-layer padding. */
	size_t cut;             /*!< Payload bytes on the wire that were not captured. */
	int64_t time_ns;        /*!< Packet time, nanoseconds since 1970 UTC. */
};

/*! \brief A connection, as the handler gets it. The handler may write `user` only. */
struct stream {
	struct flow_key key;
	struct encapsulation encapsulation; /*!< Encapsulation of the first segment. */
	void *user;                         /*!< What open() or fork() returned. */
};

/*! \brief Octets before the first one whose copies differ. */
struct stream_fork {
	enum stream_side from;
	const uint8_t *before; /*!< The octets before it, as far as they are remembered. */
	size_t size;
	uint32_t seq; /*!< Of before[0]. */
	size_t again; /*!< Out: the last so many of them are given to the second reading, too. */
};

/*! \brief What the handler wants after data(). */
enum stream_verdict {
	STREAM_STOP,
	STREAM_MORE,
	STREAM_MORE_SECRET, /*!< These bytes, or earlier ones, are secret: to be wiped from memory.
	                     */
};

/*! \brief The functions that receive the bytes. `ctx` is the one given to streams_new(). */
struct streams_handler {
	/*!
	 * Called when the first payload of a connection is seen.
	 * \param midstream Neither SYN nor SYN-ACK was captured.
	 * \return Value of `user`; NULL refuses the stream, for which no function is called again.
	 */
	void *(*open)(void *ctx, const struct stream *s, bool midstream);
	/*!
	 * Receives bytes in order. They live until the call returns.
	 * \param seq     Absolute TCP sequence number of bytes[0].
	 * \param time_ns Packet time of the segment that had the bytes, also if they were queued.
	 * \return STREAM_STOP ends both directions (STARTTLS): close() is the next call.
	 */
	enum stream_verdict (*data)(void *ctx, struct stream *s, enum stream_side from,
	                            const uint8_t *bytes, size_t size, uint32_t seq,
	                            int64_t time_ns);
	/*! Called where `bytes` bytes of the stream were not captured. */
	void (*gap)(void *ctx, struct stream *s, enum stream_side from, size_t bytes,
	            int64_t time_ns);
	/*! Called exactly once, at the end, for every stream that open() accepted. */
	void (*close)(void *ctx, struct stream *s, enum stream_end why);
	/*! Called shortly before data() may be called, so that memory can be prefetched. May be
	 *  NULL. */
	void (*expect)(void *ctx, const struct stream *s);
	/*!
	 * Copies of octets differ: a second reading begins, which gets calls of its own: data()
	 * when the peer has acknowledged octets, gap(), and close() before that of the stream.
	 * May be NULL.
	 * \param s  The stream.
	 * \return Kept in the `user` of the second reading; NULL: it is not wanted.
	 */
	void *(*fork)(void *ctx, const struct stream *s, struct stream_fork *fork);
	/*! True if two readings are in the same state: the second one ends. */
	bool (*agree)(void *ctx, const struct stream *s, const struct stream *second);
	/*!
	 * Called once for a connection whose SYN was seen, but no payload, when it ends. May be
	 * NULL.
	 * \param isn     The sequence number after the client's SYN.
	 * \param time_ns Packet time of its last segment.
	 * \return True: its SYN may come again; that is not another connection.
	 */
	bool (*attempt)(void *ctx, const struct stream *s, enum stream_attempt how, uint32_t isn,
	                int64_t time_ns);
};

/*! \brief Limits; a field that is 0 takes its default. */
struct streams_limits {
	size_t connections_max; /*!< Connections, with and without payload; default 262,144. */
	size_t streams_max;     /*!< Connections with a libnids stream; default 131,072. */
	size_t queued_max; /*!< Segments queued after holes of one side; default 400, at most 4,096.
	                    */
	size_t queued_bytes;  /*!< Bytes queued after holes of all streams; default 128 MiB. */
	size_t history_bytes; /*!< Bytes delivered last that copies are compared with: 8 MiB. */
	size_t hole_packets;  /*!< Segments to wait before a hole that the peer has acknowledged is
	                         given up;  default 8. */
	int64_t hole_ns;      /*!< Time to wait before such a hole is given up; default 0.25 s. */
	size_t blind_packets; /*!< Wait if the peer was never seen, in segments: 64. */
	int64_t blind_ns;     /*!< The same in time: 3 s; ten times that if the peer was seen
	                           and is silent now. */
	int64_t syn_ns;  /*!< Time after which a silent connection without payload ends; default 30
	                    s. */
	int64_t idle_ns; /*!< Time after which a silent stream ends; default 600 s. */
	int64_t half_closed_ns; /*!< Time after which a silent stream with one FIN ends; default 60
	                           s. */
	struct memory_budget *budget; /*!< Borrowed; NULL: none but the limits above. */
};

/*! \brief Counters, never reset. */
struct streams_stats {
	uint64_t segments;         /*!< Calls of streams_segment(). */
	uint64_t streams;          /*!< Calls of open(). */
	uint64_t midstream;        /*!< Streams that were opened without SYN or SYN-ACK. */
	uint64_t one_sided;        /*!< Streams that ended without any segment in one direction. */
	uint64_t bytes;            /*!< Bytes given to data(). */
	uint64_t gaps;             /*!< Calls of gap(). */
	uint64_t gap_bytes;        /*!< Bytes reported by gap(). */
	uint64_t repeated;         /*!< Segments without new payload. */
	uint64_t refused_segments; /*!< Ignored in whole or part: out of window; bad flags,
	                                acknowledgement, checksum or hop limit; invalid RST. */
	uint64_t no_memory;        /*!< Segments or connections dropped for lack of memory. */
	uint64_t evicted;          /*!< Streams ended by a limit on streams or connections. */
	uint64_t evicted_syns;     /*!< Connections evicted by a limit before their payload or after
	                              their end. */
	uint64_t evicted_readings; /*!< Second readings ended by a limit. */
	uint64_t flushed; /*!< Holes given up early because of a limit on queued segments or bytes.
	                   */
	uint64_t ambiguous; /*!< Segments with octets that differ from an earlier copy. */
	uint64_t library;   /*!< Results of libnids that this module did not expect: a bug here. */
	uint64_t open_connections; /*!< Connections in the table now. */
	uint64_t open_streams;     /*!< Connections with a libnids stream now. */
};

struct streams;

/*!
 * \brief Creates the table.
 *
 * \param out     Receives the table, which streams_free() frees.
 * \param limits  Copied; NULL: all defaults.
 * \param handler Copied.
 *
 * \return 0; -ENOMEM; -EBUSY: an instance exists already; -EINVAL: a limit is out of range.
 */
int streams_new(struct streams **out, const struct streams_limits *limits,
                const struct streams_handler *handler, void *ctx);

/*!
 * \brief Takes one segment.
 *
 * \param to_server The destination has the watched port. If both ports are watched, the
 *                  caller chooses one. A first segment with SYN shows the direction itself
 *                  and overrides this value. Later segments do not change the direction.
 */
void streams_segment(struct streams *streams, const struct segment *seg, bool to_server);

/*!
 * \brief Ends connections and gives up holes that are too old by packet time.
 *
 * Cheap enough to be called for every packet. A time before the last one is ignored.
 */
void streams_tick(struct streams *streams, int64_t now_ns);

/*!
 * \brief Evicts the stream that has been silent for longest, one-sided ones first.
 *
 * Not while streams_segment() or streams_tick() is running.
 *
 * \return False if no stream is open.
 */
bool streams_evict(struct streams *streams);

/*! \brief Returns the counters, a view that lives as long as `streams`. */
const struct streams_stats *streams_stats(struct streams *streams);

/*! \brief Delivers queued bytes, reports holes as gaps, closes all streams and frees the table.
 * NULL is accepted. */
void streams_free(struct streams *streams);
