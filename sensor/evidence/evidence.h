/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the packets of hits to pcapng files.
 *
 * The latest packets are kept in memory (frame_ring.h). For a hit in a DNS message, the packets of
 * the datagram are written, or those of the TCP connection up to the message. For a hit in a mail
 * session, all packets of the session are written, from the first one that is still in memory to
 * the last one. A packet that made a hit has a comment:
 *
 *     nsmx event.id=... rule=... what=... value=...
 *
 * The latest packet of a mail session is held back until another packet follows or the session
 * ends, because the end of the session may be a hit whose comment belongs to this packet. Packets
 * of one connection are written in their order, but packets of different connections are not.
 *
 * Ownership: evidence_free() frees the object and closes its files. Limits: EVIDENCE_MEMORY octets
 * of packets in memory, and EVIDENCE_SESSIONS_MAX sessions whose packets are being written. For a
 * further session, the one whose last packet is the oldest is given up. evidence_folder.h limits
 * the size of the folder. A packet of a hit that could not be written is counted in
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

/*! \brief The packets that are written for a hit. */
enum evidence_extent {
	EVIDENCE_DATAGRAM, /*!< Those of one datagram. */
	EVIDENCE_STREAM,   /*!< Those of the connection up to now. */
	EVIDENCE_SESSION,  /*!< Those of the connection up to its end. */
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
 * \brief Adds the comment of a hit to a packet. This is the last packet of the datagram that was
 *        captured at this time (EVIDENCE_DATAGRAM), else the latest packet of the connection. Call
 *        evidence_choose() before.
 */
void evidence_comment(struct evidence *evidence, const struct flow_key *key,
                      enum evidence_extent extent, int64_t time_ns, const char *text, size_t size);

/*! \brief Ends a mail session. */
void evidence_end(struct evidence *evidence, const struct flow_key *key);

/*! \brief Writes the packets of the hits so far. Call it after each packet. */
void evidence_settle(struct evidence *evidence);
