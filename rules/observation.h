/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One observation: a kind and the value that was seen.
 *
 * The sensor turns each message (a DNS response, a line of an SMTP session)
 * into a few observations. They are all that rules see of the traffic.
 *
 * Ownership: everything is borrowed from the message and lives as long as the message.
 * Names are in DNS wire format (RFC 1035 section 3.1), uncompressed, folded to
 * lower case, final zero octet included: at most 255 octets.
 * Addresses are `struct in6_addr`, IPv4 as v4-mapped (RFC 4291 section 2.5.5.2).
 */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/rule.h"

/*! \brief At most this many names are in `origins`. */
#define OBSERVATION_ORIGINS_MAX 16

/*! \brief A name in wire format, borrowed. */
struct observation_name {
	const uint8_t *wire;
	size_t size; /*!< The final zero included. */
};

struct observation {
	enum observation_kind kind;

	const uint8_t *name;         /*!< The name, or the mailbox's domain; NULL for an address. */
	size_t name_size;            /*!< Octets of `name`, the final zero included. */
	const struct in6_addr *addr; /*!< ip, resolver, server; NULL for the others. */
	const char *local;           /*!< from, rcpt: the local part as sent, not terminated. */
	size_t local_size;

	const uint8_t *owner;          /*!< DNS: the record's owner; NULL for SMTP. */
	size_t owner_size;             /*!< Octets of `owner`, the final zero included. */
	uint16_t rtype;                /*!< DNS: the record's type; 0 for the others. */
	uint32_t ttl;                  /*!< DNS: the record's TTL in seconds. */
	const struct in6_addr *server; /*!< SMTP: the session's server; NULL for DNS. */

	/*! ip: names whose CNAME chain in this message ends in `owner`; NULL if there are none.
	 */
	const struct observation_name *origins;
	size_t origins_count; /*!< At most OBSERVATION_ORIGINS_MAX. */

	int64_t time_ns; /*!< Packet time, nanoseconds since 1970 UTC. */
};
