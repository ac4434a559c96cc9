/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the packets of hits to pcapng files.
 *
 * The latest packets are kept in memory (frame_ring.h). For a hit in a DNS message, its packets are
 * written: those of the datagram, or those of the TCP connection up to the message. For a hit in a
 * mail session, those from its first packet still in memory to its end are written. A packet that
 * made a hit has a comment: `nsmx event.id=... rule=... what=... value=...`.
 *
 * The packet that is the latest one of a mail session is written when another one follows or the
 * session ends, because the session may have a hit when it ends. Packets are written in order in
 * each connection, but not among connections.
 *
 * Ownership: evidence_free() frees the object and closes its files. Limits: EVIDENCE_MEMORY octets
 * of packets in memory; EVIDENCE_SESSIONS_MAX sessions whose packets are being written; beyond
 * them, the session that had a packet least recently is no longer followed. The size of the folder
 * is that of evidence_folder.h. A packet of a hit that could not be written is counted in
 * `evidence_dropped`. Not thread-safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/flow_key.h"
#include "sensor/evidence/evidence_folder.h"
#include "sensor/intake/capture.h"
#include "sensor/metrics/counters.h"

#define EVIDENCE_MEMORY       ((size_t)32 << 20)
#define EVIDENCE_SESSIONS_MAX 1024

struct evidence;

struct evidence_config {
	struct evidence_folder *folder; /*!< Borrowed. */
	struct counters *counters;      /*!< Borrowed. */
	unsigned worker;                /*!< The number of this worker, for names of files. */
	bool may_remove;                /*!< This process may remove old files. */
};

/*! \brief Creates an object. \return NULL when out of memory. */
struct evidence *evidence_new(const struct evidence_config *config);

/*! \brief Writes the remaining packets, and frees the object. NULL is allowed. */
void evidence_free(struct evidence *evidence);

/*! \brief Keeps a packet of this connection or pair of UDP ports, for the hits that follow. */
void evidence_take(struct evidence *evidence, const struct packet *packet,
                   const struct flow_key *key);

/*! \brief Keeps a fragment of the datagram with these addresses and this identification. */
void evidence_take_fragment(struct evidence *evidence, const struct packet *packet,
                            const struct flow_key *key, uint32_t id);

/*! \brief States to which connection or pair of UDP ports the fragments of a datagram belong. */
void evidence_take_datagram(struct evidence *evidence, const struct flow_key *fragments,
                            uint32_t id, const struct flow_key *key);

/*! \brief What the packets of a hit belong to. */
enum evidence_extent {
	EVIDENCE_DATAGRAM, /*!< A datagram. */
	EVIDENCE_STREAM,   /*!< A connection up to now. */
	EVIDENCE_SESSION,  /*!< A connection to its end. */
};

/*!
 * \brief Chooses the file for the packets of a hit.
 *
 * \param time_ns  The time of the hit's packet.
 *
 * \return The name of the file, valid until evidence_settle(); NULL if there is none.
 */
const char *evidence_choose(struct evidence *evidence, const struct flow_key *key,
                            enum evidence_extent extent, int64_t time_ns);

/*!
 * \brief Adds a comment for a hit, to the packet at this time (EVIDENCE_DATAGRAM) or the latest
 *        packet. Call evidence_choose() before.
 */
void evidence_comment(struct evidence *evidence, const struct flow_key *key,
                      enum evidence_extent extent, int64_t time_ns, const char *text, size_t size);

/*! \brief Ends a mail session. */
void evidence_end(struct evidence *evidence, const struct flow_key *key);

/*! \brief Writes the packets of the hits so far. Call it after each packet. */
void evidence_settle(struct evidence *evidence);
