/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reassembles fragments of IPv4 and IPv6 to whole datagrams.
 *
 * Each fragment is rewritten as an IPv4 fragment with unique addresses, which libnids then
 * reassembles. A repeated fragment is ignored. An atomic fragment (RFC 6946) is delivered at once.
 *
 * Hosts differ in how they treat fragments that overlap with different octets: Linux drops the
 * datagram, as RFC 5722 requires; others use the first or the last copy of an octet. This module
 * delivers such a datagram twice, once with the first and once with the last copies, and marks both
 * as ambiguous. Overlapping fragments with equal octets are not ambiguous.
 *
 * Limits: the number of incomplete datagrams, the number of those with destinations in the same
 * hash bucket, and the sum of their bytes. Beyond a limit, the oldest datagram is evicted. A
 * datagram is also evicted if it has more than LIBNIDS_FRAGMENTS_MAX fragments. A datagram that is
 * still incomplete `life_ns` after its first fragment, in packet time, expires. Evicted and expired
 * datagrams are counted.
 *
 * When a datagram is given up for one of these reasons, or at the end of the capture, its octets
 * before the first hole are delivered, because a DNS answer may be in the first fragment.
 *
 * A process may have at most one instance at a time, because libnids has static state (see nids.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encapsulation.h"
#include "base/flow_key.h"
#include "base/memory/memory_budget.h"

/*! \brief One fragment, or a whole datagram. Pointers are views into a frame or a buffer. */
struct fragment {
	/*! The addresses and the protocol; ports are unused. In IPv6 the protocol is the Next
	 * Header field in the fragment header of the first fragment. */
	const struct flow_key *key;
	/*! The encapsulation for events; it is not part of the key. */
	struct encapsulation encapsulation;
	uint32_t id; /*!< Identification field: 32 bits in IPv6, 16 in IPv4. */
	bool more;   /*!< More fragments follow. */
	/*! The offset of the payload in the datagram in bytes, a multiple of 8. */
	uint32_t offset;
	/*! The octets after the IP header, in IPv6 after the fragment header. */
	const uint8_t *payload;
	size_t size;     /*!< Octets of `payload`, all of which must have been captured. */
	int64_t time_ns; /*!< Packet time. */
	/*! The fragment was captured before the current packet time (the datagram that contains it
	 * was given up only now); its time does not advance the clock of the time-outs. */
	bool late;
	bool ambiguous; /*!< Set only in delivered datagrams: this is one of two readings. */
	bool cut;       /*!< Set only in delivered datagrams: the end is missing. */
};

/*!
 * \brief Receives a datagram, as a fragment with offset 0 and `more` false. It has the
 *        encapsulation of the fragment that was captured first, and the time of the fragment that
 *        was captured last. The views live until the call returns.
 *
 * The callback may call fragments_add() and streams_segment() for a packet inside the datagram.
 */
typedef void fragments_deliver(void *ctx, const struct fragment *datagram);

/*! \brief Limits; a field that is 0 takes its default. */
struct fragments_limits {
	/*! The largest number of incomplete datagrams at a time; default 16,384. */
	size_t datagrams_max;
	/*! The largest number of incomplete datagrams for all destinations in one hash bucket;
	 * default 128. */
	size_t host_max;
	/*! The largest number of bytes of payload held for all datagrams; default 32 MiB. */
	size_t bytes_max;
	int64_t life_ns;              /*!< Time after which a datagram expires; default 30 s. */
	struct memory_budget *budget; /*!< Borrowed; NULL: there are only the limits above. */
};

/*! \brief Counters, never reset. */
struct fragments_stats {
	uint64_t fragments; /*!< Calls of fragments_add(). */
	/*! Whole datagrams that were delivered. A datagram with two readings counts twice. */
	uint64_t datagrams;
	/*! Datagrams that were given up, but whose beginning was delivered. */
	uint64_t beginnings;
	uint64_t invalid;   /*!< Fragments with an impossible offset or length. */
	uint64_t repeated;  /*!< Fragments without new bytes. */
	uint64_t ambiguous; /*!< Datagrams whose fragments overlap with different data. */
	uint64_t expired;   /*!< Datagrams given up because they were incomplete after `life_ns`. */
	/*! Datagrams given up because of a limit, such as that of 128 fragments for each
	 * datagram. */
	uint64_t evicted;
	uint64_t unfinished; /*!< Datagrams given up by fragments_finish(). */
	/*! Unexpected results of libnids, which indicate a bug in this module. */
	uint64_t library;
	uint64_t no_memory; /*!< Fragments dropped for lack of memory. */
	uint64_t open;      /*!< Datagrams that are incomplete now. */
	uint64_t bytes;     /*!< Bytes of payload that these datagrams hold now. */
};

struct fragments;

/*!
 * \brief Creates the table.
 *
 * \param out    Receives the table, which fragments_free() frees.
 * \param limits Copied; NULL: all defaults.
 * \param deliver  Called with `ctx` for each datagram that is complete or is given up.
 *
 * \return 0; -ENOMEM; -EBUSY: an instance exists already; -EINVAL: a limit is out of range.
 */
int fragments_new(struct fragments **out, const struct fragments_limits *limits,
                  fragments_deliver *deliver, void *ctx);

/*! \brief Adds one fragment; calls `deliver` if it completes a datagram. */
void fragments_add(struct fragments *fragments, const struct fragment *fragment);

/*! \brief Gives up expired datagrams. The call is cheap enough for every packet. */
void fragments_tick(struct fragments *fragments, int64_t now_ns);

/*! \brief Returns the counters, a view that lives as long as `fragments`. */
const struct fragments_stats *fragments_stats(const struct fragments *fragments);

/*! \brief Gives up all datagrams, at the end of the capture. */
void fragments_finish(struct fragments *fragments);

/*! \brief Frees the table and its incomplete datagrams. NULL is accepted. */
void fragments_free(struct fragments *fragments);
