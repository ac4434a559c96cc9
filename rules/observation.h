/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief An observation is the kind and the value of something that was seen in traffic.
 *
 * The sensor turns each message (a DNS response, a line of an SMTP session) into a few
 * observations. Rules are matched with nothing else.
 *
 * Ownership: everything is borrowed from the message and lives as long as the message. Names are in
 * DNS wire format (RFC 1035 section 3.1), uncompressed, folded to lower case, final zero octet
 * included: at most 255 octets. Addresses are `struct in6_addr`, IPv4 as v4-mapped (RFC 4291
 * section 2.5.5.2).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"
#include "rules/rule.h"

/*! \brief The largest number of names in `origins`. */
#define OBSERVATION_ORIGINS_MAX 16

/*! \brief A name in wire format, borrowed. */
struct observation_name {
	const uint8_t *wire;
	size_t size; /*!< Octets of `wire`, the final zero included. */
};

/*! \brief An observation. Some fields are used only for some kinds, or only for one protocol. */
struct observation {
	enum observation_kind kind;

	const uint8_t *name; /*!< The name, or the mailbox's domain; NULL for an address. */
	size_t name_size;    /*!< Octets of `name`, the final zero included. */
	const struct dns_labels *labels; /*!< The labels of `name` if they are known, else NULL. */
	/*! The address, for the kinds `ip`, `resolver` and `server`; else NULL. */
	const struct in6_addr *addr;
	/*! In a hit on an IPv4 address inside an IPv6 address, `addr` is the IPv4 address, and this
	 * is the IPv6 address (address_embedded()). NULL if `addr` itself was seen. */
	const struct in6_addr *embedded_in;
	/*! The local part as sent, for the kinds `from` and `rcpt`. It has no final NUL. */
	const char *local;
	size_t local_size; /*!< Octets of `local`. */
	/*! A text without a final NUL. For the kind `ds`, it is the data of the DS record. For
	 * `txt`, it is the texts of all TXT records of `owner`, with a NUL between two of them. For
	 * `banner`, it is a greeting that is not a name. NULL means for `ds` that there is no DS
	 * record, for `txt` that there is no TXT record, and for `tls` that there is no TLS. */
	const char *text;
	size_t text_size; /*!< Octets of `text`. */

	/*! The owner of the record. In SMTP it is NULL, with two exceptions. The observations of
	 * the kinds `banner` and `tls` that are made for a recipient of a mail have the recipient's
	 * domain here; only `pin` rules can have a hit for them. A hit of a `learn` rule has the
	 * owner to which the rule applies. */
	const uint8_t *owner;
	size_t owner_size;    /*!< Octets of `owner`, the final zero included. */
	const uint8_t *rdata; /*!< The start of the record's RDATA; NULL in SMTP. */
	uint16_t rtype;       /*!< The type of the record; 0 in SMTP. */
	/*! The TTL in seconds, as dns_entry_ttl() returns it; unused in SMTP. */
	uint32_t ttl;
	const struct in6_addr *server; /*!< The server of the SMTP session; NULL in DNS. */

	/*!
	 * For the kind `ip`, the names whose CNAME chain in the message leads to `owner`; NULL if
	 * there are none.
	 */
	const struct observation_name *origins;
	size_t origins_count; /*!< The number of `origins`, at most OBSERVATION_ORIGINS_MAX. */

	int64_t time_ns; /*!< The time of the packet, in nanoseconds since 1970 UTC. */
	/*! The value was last seen this many nanoseconds after `time_ns`. 0: the observation is of
	 * one packet. */
	int64_t span_ns;
	/*! The keys `since` and `until` of rules are ignored for this observation. */
	bool undated;
};
