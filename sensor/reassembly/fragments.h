/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief IP fragments in, whole datagrams out, for both families.
 *
 * The pieces are rebuilt as clean synthetic IPv4 fragments and put together by
 * libnids; IPv6 pieces too (RFC 8200, 4.5). A datagram with pieces that overlap
 * in part is let go, as RFC 5722 and today's stacks do for both families;
 * a piece that is known already is ignored. A fragment that is whole by itself
 * (RFC 6946) is handed over at once.
 *
 * Bounded for each destination, in datagrams and in bytes: the oldest goes
 * first. What does not become whole within `life_ns` of packet time since its
 * first piece is let go. All of it is counted.
 *
 * One instance a process at a time (libnids is static state; see nids.h).
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
	struct encapsulation encapsulation; /*!< Reported, not compared. */
	uint32_t id;                        /*!< IPv4: 16 bits of it. */
	bool more;                          /*!< More fragments follow. */
	uint32_t offset;                    /*!< In bytes, a multiple of 8. */
	const uint8_t *payload;             /*!< After the IP (or fragment) header. */
	size_t size;                        /*!< Captured whole: never pass a cut fragment. */
	int64_t time_ns;
};

/*!
 * \brief Takes a whole datagram: a fragment at offset 0 with nothing after it, with
 * the encapsulation of its first piece and the time of the last to come. The
 * views live until the call returns.
 *
 * It may call fragments_add() and streams_segment(), for what is inside.
 */
typedef void fragments_whole(void *ctx, const struct fragment *whole);

/*! \brief Limits; a field that is 0 takes its default. */
struct fragments_limits {
	size_t datagrams_max; /*!< Unfinished at a time: 16,384. */
	size_t host_max;      /*!< Of these, to one destination (or bucket of them): 128. */
	size_t bytes_max;     /*!< Payload held for all: 32 MiB. */
	int64_t life_ns;      /*!< 30 s. */
};

/*! \brief Counters, never reset. */
struct fragments_stats {
	uint64_t fragments; /*!< Given to fragments_add(). */
	uint64_t datagrams; /*!< Handed over whole. */
	uint64_t invalid;   /*!< Impossible offset or length, let go. */
	uint64_t repeated;  /*!< Bytes all known already. */
	uint64_t overlaps;  /*!< Datagrams let go, since pieces overlapped (RFC 5722). */
	uint64_t expired;   /*!< Datagrams never finished. */
	uint64_t evicted;   /*!< Datagrams let go by a limit, that of 128 pieces each too. */
	uint64_t library;   /*!< Disagreements with libnids; 0 unless this module errs. */
	uint64_t no_memory; /*!< Fragments let go for lack of memory. */
	uint64_t open;      /*!< Unfinished now. */
	uint64_t bytes;     /*!< Held for them. */
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

/*! \brief Takes one fragment; calls back when it makes a datagram whole. */
void fragments_add(struct fragments *fragments, const struct fragment *fragment);

/*! \brief Lets go what is too old by packet time; cheap to call with each packet. */
void fragments_tick(struct fragments *fragments, int64_t now_ns);

/*! \brief The counters; the view lives as long as `fragments`. */
const struct fragments_stats *fragments_stats(const struct fragments *fragments);

/*! \brief Frees all; what is unfinished is let go. NULL is fine. */
void fragments_free(struct fragments *fragments);
