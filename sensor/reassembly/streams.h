/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reassembles the bytes of each TCP connection from its segments, with the help of libnids.
 *
 * libnids needs a perfect capture of both directions, which a network tap does not give. This
 * module therefore writes the segments that libnids gets: its own handshake, acknowledgement
 * numbers as libnids expects them, and filler octets in place of lost ones. It reads sessions of
 * IPv4 and IPv6, with loss, reordering and retransmission, even if the beginning or one direction
 * was not captured.
 *
 * Guarantees to the handler:
 *   - bytes of one side arrive in sequence order, each at most once, and each was in a captured
 *     segment at that sequence number. If there are several copies of a byte, the handler gets the
 *     copy that Linux delivers: the first copy if it is in order, else the one that ranges.h
 *     describes;
 *   - where copies differ, a second reading is also delivered, with a `user` of its own. It has the
 *     latest copy that differs from the first reading. A stream has at most one second reading at a
 *     time; see reading.h;
 *   - bytes that were not captured are reported by a call of gap(), at their place in the stream;
 *     filler octets are never delivered;
 *   - bytes in order are delivered inside the streams_segment() call that brought them;
 *   - open() is the first call for a stream, and close() the last; each is called exactly once.
 *
 * A stream begins with the first payload: a bare SYN costs one connection entry and no libnids
 * stream. Data in a SYN segment (RFC 7413) is read like other data. The urgent octet is removed, as
 * Linux does without SO_OOBINLINE (RFC 6093, section 3.2). Time is packet time; the wall clock is
 * never read.
 *
 * Limits: see struct streams_limits. Memory: about 450 bytes for each connection; 290 bytes for
 * each of `streams_max` streams, allocated at the start; `history_bytes`; `queued_bytes`; and the
 * second readings. With the defaults this is at most 380 MiB, and 48 MiB without traffic.
 *
 * A process may have at most one instance at a time, because libnids has static state (see nids.h).
 * Not thread-safe. The handler must not call functions of this module.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encapsulation.h"
#include "base/flow_key.h"
#include "base/memory/memory_budget.h"

/*!
 * \brief The largest payload of a segment in octets, including octets that were not captured.
 *        Network cards and kernels merge segments into packets of up to 512 KiB (BIG TCP, GRO,
 *        LRO). Larger segments are refused.
 */
#define STREAMS_SEGMENT_MAX (512 << 10)

/*! \brief The two sides of a connection. */
enum stream_side {
	STREAM_CLIENT, /*!< The side that connected. */
	STREAM_SERVER, /*!< The side with the watched port. */
};

/*! \brief Why a stream ended. */
enum stream_end {
	/*! Both sides sent FIN; or one did, and the other was silent for `half_closed_ns`. */
	STREAM_END_FIN,
	STREAM_END_RST,      /*!< An RST had the expected sequence number. */
	STREAM_END_REUSED,   /*!< A new connection uses the same ports. */
	STREAM_END_IDLE,     /*!< No segment was seen for `idle_ns`. */
	STREAM_END_EVICTED,  /*!< A limit was reached, and this stream had been idle for longest. */
	STREAM_END_REFUSED,  /*!< The handler ended the stream. */
	STREAM_END_SHUTDOWN, /*!< streams_free() was called. */
};

/*! \brief How a connection without payload ended. */
enum stream_attempt {
	STREAM_ATTEMPTED,   /*!< The server was not seen to answer. */
	STREAM_REFUSED,     /*!< The server answered with RST. */
	STREAM_ESTABLISHED, /*!< The server answered with SYN. */
};

/*! \brief Flags of a segment, as in the TCP header (RFC 9293, section 3.1). */
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
	/*! The encapsulation for events; it is not part of the key. */
	struct encapsulation encapsulation;
	uint32_t seq, ack;
	uint8_t flags;
	uint16_t window;
	uint16_t urgent;        /*!< The urgent pointer, which counts only with SEGMENT_URG. */
	uint8_t hops;           /*!< Time to live or hop limit; 0: unknown. */
	const uint8_t *header;  /*!< The TCP header, which the payload follows; NULL: unknown. */
	const uint8_t *payload; /*!< The captured payload; may be NULL when `size` is 0. */
	size_t size;            /*!< Octets of `payload`, without link-layer padding. */
	/*! The number of payload bytes on the wire that were not captured. */
	size_t cut;
	int64_t time_ns; /*!< Packet time, nanoseconds since 1970 UTC. */
	/*! The segment was captured before the current packet time (its datagram was given up only
	 * now); its time does not advance the clock of the time-outs. */
	bool late;
};

/*! \brief The part of a connection that the handler gets. The handler may only write `user`. */
struct stream {
	struct flow_key key;
	struct encapsulation encapsulation; /*!< Encapsulation of the first segment. */
	void *user;                         /*!< The value that open() or fork() returned. */
};

/*! \brief The octets before the first octet whose copies differ. */
struct stream_fork {
	enum stream_side from;
	const uint8_t *before; /*!< These octets, as far as they are still stored. */
	size_t size;
	uint32_t seq; /*!< Sequence number of before[0]. */
	/*! Set by fork(): the second reading begins with the last `again` octets of `before`. */
	size_t again;
};

/*! \brief The result of data(): whether the handler accepts further octets. */
enum stream_verdict {
	STREAM_STOP,
	STREAM_MORE,
	/*! Further bytes are accepted. These bytes, or earlier ones, are secret, and are wiped from
	 * memory. */
	STREAM_MORE_SECRET,
};

/*! \brief The functions that receive the bytes. `ctx` is the one given to streams_new(). */
struct streams_handler {
	/*!
	 * Called when the first payload of a connection is seen.
	 * \param midstream True if neither SYN nor SYN-ACK was captured.
	 * \return The value of `user`; NULL refuses the stream; no function is called for it again.
	 */
	void *(*open)(void *ctx, const struct stream *s, bool midstream);
	/*!
	 * Receives bytes in order. They live until the call returns.
	 * \param seq     The TCP sequence number of bytes[0], as on the wire.
	 * \param time_ns Packet time of the segment that contained the bytes, even if they were
	 *                queued.
	 * \return STREAM_STOP ends both directions, as after STARTTLS; close() is then the next
	 *         call.
	 */
	enum stream_verdict (*data)(void *ctx, struct stream *s, enum stream_side from,
	                            const uint8_t *bytes, size_t size, uint32_t seq,
	                            int64_t time_ns);
	/*! Called at a place where `bytes` bytes of the stream were not captured. */
	void (*gap)(void *ctx, struct stream *s, enum stream_side from, size_t bytes,
	            int64_t time_ns);
	/*! Called exactly once, at the end, for every stream that open() accepted. */
	void (*close)(void *ctx, struct stream *s, enum stream_end why);
	/*! Called shortly before data() may be called, so that memory can be prefetched. May be
	 *  NULL. */
	void (*expect)(void *ctx, const struct stream *s);
	/*!
	 * Called when copies of octets differ and a second reading begins. data(), gap() and
	 * close() are then also called for the second reading. data() gets its octets when the peer
	 * has acknowledged them. close() is called for the second reading before it is called for
	 * the stream. May be NULL.
	 * \param s  The stream.
	 * \return The value of `user` of the second reading; NULL: there is no second reading.
	 */
	void *(*fork)(void *ctx, const struct stream *s, struct stream_fork *fork);
	/*! Returns true if two readings are in the same state; the second one then ends. */
	bool (*agree)(void *ctx, const struct stream *s, const struct stream *second);
	/*!
	 * Called once when a connection without payload ends, if a SYN was seen. May be NULL.
	 * \param isn     The sequence number after the client's SYN.
	 * \param time_ns Packet time of the connection's last segment.
	 * \return True if a repeated SYN must not count as another connection.
	 */
	bool (*attempt)(void *ctx, const struct stream *s, enum stream_attempt how, uint32_t isn,
	                int64_t time_ns);
};

/*! \brief Limits; a field that is 0 takes its default. */
struct streams_limits {
	/*! The largest number of connections, with and without payload; default 262,144. */
	size_t connections_max;
	/*! The largest number of connections with a libnids stream; default 131,072. */
	size_t streams_max;
	/*! The largest number of segments queued after holes of one side; default 400, at most
	 * 4,096. */
	size_t queued_max;
	/*! The largest number of bytes queued after holes of all streams; default 128 MiB. */
	size_t queued_bytes;
	/*!
	 * The number of bytes in which the latest delivered bytes of all streams are stored. Later
	 * copies are compared with them. Default 8 MiB.
	 */
	size_t history_bytes;
	/*! Number of segments after which a hole that the peer has acknowledged is given up;
	 * default 8. */
	size_t hole_packets;
	/*! Time after which a hole that the peer has acknowledged is given up; default 0.25 s. */
	int64_t hole_ns;
	/*! Number of segments after which a hole is given up if the peer was never seen; default
	 * 64. */
	size_t blind_packets;
	/*! Time after which a hole is given up if the peer was never seen; default 3 s. If the peer
	 * was seen and is silent now, the time is ten times as long. */
	int64_t blind_ns;
	/*! Time after which a silent connection without payload ends; default 30 s. */
	int64_t syn_ns;
	int64_t idle_ns; /*!< Time after which a silent stream ends; default 600 s. */
	/*! Time after which a silent stream with one FIN ends; default 60 s. */
	int64_t half_closed_ns;
	struct memory_budget *budget; /*!< Borrowed; NULL: there are only the limits above. */
};

/*! \brief Counters, never reset. */
struct streams_stats {
	uint64_t segments;  /*!< The number of calls of streams_segment(). */
	uint64_t streams;   /*!< The number of calls of open(). */
	uint64_t midstream; /*!< Streams that were opened without SYN or SYN-ACK. */
	uint64_t one_sided; /*!< Streams that ended without any segment in one direction. */
	uint64_t bytes;     /*!< Bytes given to data(). */
	uint64_t gaps;      /*!< The number of calls of gap(). */
	uint64_t gap_bytes; /*!< Bytes reported by gap(). */
	uint64_t repeated;  /*!< Segments without new payload. */
	/*! Segments ignored in whole or in part, because they are outside the window, are an
	 * invalid RST, or have a wrong combination of flags, acknowledgement number, checksum or
	 * hop limit. */
	uint64_t refused_segments;
	uint64_t no_memory; /*!< Segments or connections dropped for lack of memory. */
	uint64_t evicted;   /*!< Streams ended by a limit on streams or connections. */
	/*! Connections evicted because of a limit before they had payload or after they had
	 * ended. */
	uint64_t evicted_syns;
	uint64_t evicted_readings; /*!< Second readings ended by a limit. */
	/*! Differing copies that were not stored because of READING_COPIES_MAX. */
	uint64_t ignored_copies;
	/*! Holes given up early because of a limit on queued segments or bytes. */
	uint64_t flushed;
	uint64_t ambiguous; /*!< Segments with octets that differ from an earlier copy. */
	/*! Unexpected results of libnids, which indicate a bug in this module. */
	uint64_t library;
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
 * \brief Processes one segment.
 *
 * \param to_server The destination has the watched port. If both ports are watched, the caller
 *                  chooses one. The value is ignored if the first segment has SYN, because its
 *                  flags show the direction. Later segments do not change the direction.
 */
void streams_segment(struct streams *streams, const struct segment *seg, bool to_server);

/*!
 * \brief Ends connections that have been silent for too long, and gives up holes that have been
 *        open for too long, by packet time.
 *
 * The call is cheap enough for every packet. A time earlier than that of the last call is ignored.
 */
void streams_tick(struct streams *streams, int64_t now_ns);

/*!
 * \brief Evicts the stream that has been silent for longest. One-sided streams are evicted before
 *        others.
 *
 * It must not be called while streams_segment() or streams_tick() is running.
 *
 * \return False if no stream is open.
 */
bool streams_evict(struct streams *streams);

/*! \brief Returns the counters, a view that lives as long as `streams`. */
const struct streams_stats *streams_stats(struct streams *streams);

/*! \brief Delivers queued bytes, reports holes as gaps, closes all streams and frees the table.
 * NULL is accepted. */
void streams_free(struct streams *streams);
