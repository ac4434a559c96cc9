/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief IP fragments in, whole datagrams out, for both families.
 *
 * Fragments of both families are rebuilt as synthetic IPv4 fragments and reassembled by
 * libnids. A repeated fragment is ignored. An atomic fragment (RFC 6946) is delivered at once.
 *
 * Fragments that overlap with different octets have as many meanings as there are stacks:
 * RFC 5722 and Linux drop the datagram, others take the first or the last copy. Such a
 * datagram is delivered in both readings, assembled here: the first copies, then the last
 * ones, each marked as ambiguous. Equal copies are no conflict.
 *
 * Limits: datagrams for each destination, datagrams and bytes in all; the oldest is
 * evicted first. A datagram that is incomplete `life_ns` of packet time after its first
 * fragment expires. All of this is counted.
 *
 * One instance a process at a time (libnids has static state; see nids.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encapsulation.h"
#include "base/flow_key.h"

/*! \brief One fragment, or a whole datagram; views into a frame or a buffer. */
struct fragment {
	const struct flow_key *key; /*!< Ports are not read. Protocol in IPv6: the next header
	                                 of the fragment header; the first piece's counts. */
	struct encapsulation encapsulation; /*!< For events only; not part of the key. */
	uint32_t id;                        /*!< Identification; in IPv4 16 bits are used. */
	bool more;                          /*!< More fragments follow. */
	uint32_t offset;                    /*!< In bytes, a multiple of 8. */
	const uint8_t *payload;             /*!< After the IP (or fragment) header. */
	size_t size; /*!< Size of the whole payload: a fragment cut by the capture is not accepted.
	              */
	int64_t time_ns;
	bool ambiguous; /*!< A whole datagram: one of two readings. */
};

/*!
 * \brief Takes a whole datagram: a fragment at offset 0 without more fragments, with the
 * encapsulation of the first fragment captured and the time of the last. The views live
 * until the call returns.
 *
 * It may call fragments_add() and streams_segment() for the packet inside.
 */
typedef void fragments_whole(void *ctx, const struct fragment *whole);

/*! \brief Limits; a field that is 0 takes its default. */
struct fragments_limits {
	size_t datagrams_max; /*!< Incomplete at a time: 16,384. */
	size_t host_max;      /*!< Incomplete for one destination (or its hash bucket): 128. */
	size_t bytes_max;     /*!< Payload held for all: 32 MiB. */
	int64_t life_ns;      /*!< 30 s. */
};

/*! \brief Counters, never reset. */
struct fragments_stats {
	uint64_t fragments; /*!< Given to fragments_add(). */
	uint64_t datagrams; /*!< Delivered. */
	uint64_t invalid;   /*!< Fragments with an impossible offset or length. */
	uint64_t repeated;  /*!< Fragments without new bytes. */
	uint64_t ambiguous; /*!< Datagrams with two readings. */
	uint64_t expired;   /*!< Datagrams that were never complete. */
	uint64_t evicted;   /*!< Datagrams dropped by a limit, that of 128 fragments included. */
	uint64_t library;   /*!< Disagreements with libnids: a bug in this module. */
	uint64_t no_memory; /*!< Fragments dropped for lack of memory. */
	uint64_t open;      /*!< Incomplete now. */
	uint64_t bytes;     /*!< Payload held for incomplete datagrams now. */
};

struct fragments;

/*!
 * \brief Creates the table.
 *
 * \param limits Copied; NULL: all defaults.
 * \return 0, -ENOMEM, -EBUSY (one exists already) or -EINVAL.
 */
int fragments_new(struct fragments **out, const struct fragments_limits *limits,
                  fragments_whole *whole, void *ctx);

/*! \brief Takes one fragment; calls back when it completes a datagram. */
void fragments_add(struct fragments *fragments, const struct fragment *fragment);

/*! \brief Drops expired datagrams; cheap enough for every packet. */
void fragments_tick(struct fragments *fragments, int64_t now_ns);

/*! \brief The counters; the view lives as long as `fragments`. */
const struct fragments_stats *fragments_stats(const struct fragments *fragments);

/*! \brief Frees all, incomplete datagrams too. NULL is accepted. */
void fragments_free(struct fragments *fragments);
