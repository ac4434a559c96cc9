/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What a tap next to a resolver sees: its clients' questions and its own.
 *
 * Queries and responses, the response some exchanges after its query; A, AAAA,
 * HTTPS, MX, NS, TXT, PTR, SRV, SOA, DNSKEY with signatures; CNAME chains,
 * NODATA and NXDOMAIN with SOA, referrals with glue, EDNS, 0x20 case; three
 * exchanges in a thousand over TCP.
 */
#pragma once

#include "tests/bench/rng.h"
#include "tests/bench/writer.h"

#define DNS_PENDING 64 /*!< Exchanges whose response is still to come. */

struct dns_pending {
	struct endpoint client, server;
	size_t size; /*!< 0: none */
	uint8_t wire[WRITER_PAYLOAD_MAX];
};

struct dns_traffic {
	struct rng rng;
	uint32_t fresh; /*!< The next domain, if each exchange is about another; 0: drawn. */
	struct dns_pending pending[DNS_PENDING];
};

void dns_traffic_init(struct dns_traffic *traffic, uint64_t seed);

/*! \brief A query, and the response to an earlier one. */
void dns_traffic_step(struct dns_traffic *traffic, struct writer *writer);

/*! \brief The responses that are still missing. */
void dns_traffic_end(struct dns_traffic *traffic, struct writer *writer);
