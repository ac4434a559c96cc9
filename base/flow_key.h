/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The key of a packet or connection: two addresses, two ports and the protocol.
 *
 * In the key of a packet, the first address and port are those of the sender. In the key of a
 * connection, they are those of the client. Each field therefore has two names. The client is the
 * side that sends the DNS query or opens the TCP connection, regardless of which side sent a
 * packet.
 *
 * The struct has no padding, so that its octets can be hashed and compared.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct flow_key {
	union {
		struct in6_addr src,
		        client; /*!< An IPv4 address is v4-mapped (RFC 4291, 2.5.5.2). */
	};
	union {
		struct in6_addr dst, server;
	};
	union {
		uint16_t sport, client_port; /*!< 0 if the protocol has no ports. */
	};
	union {
		uint16_t dport, server_port;
	};
	uint16_t protocol; /*!< The IP protocol, in 16 bits so that there is no padding. */
	uint16_t network;  /*!< The number of the network if networks are separate, else 0. */
};

_Static_assert(sizeof(struct flow_key) == 40, "struct flow_key has no padding");

/*! \brief Returns the key of the opposite direction. */
static inline struct flow_key flow_key_reverse(const struct flow_key *key)
{
	return (struct flow_key){ .src = key->dst,
		                  .dst = key->src,
		                  .sport = key->dport,
		                  .dport = key->sport,
		                  .protocol = key->protocol,
		                  .network = key->network };
}

/*!
 * \brief Returns a key that is the same for both directions: the endpoint with the lower address
 *        comes first. If the addresses are equal, the endpoint with the lower port comes first.
 */
static inline struct flow_key flow_key_sorted(const struct flow_key *key)
{
	int order = memcmp(&key->src, &key->dst, sizeof(key->src));
	bool sorted = order < 0 || (order == 0 && key->sport <= key->dport);
	return sorted ? *key : flow_key_reverse(key);
}

/*! \brief Returns true if both keys are equal. */
static inline bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
	return a->sport == b->sport && a->dport == b->dport && a->protocol == b->protocol &&
	       a->network == b->network && memcmp(&a->src, &b->src, sizeof(a->src)) == 0 &&
	       memcmp(&a->dst, &b->dst, sizeof(a->dst)) == 0;
}

/*! \brief Returns true if the keys are the two directions of the same connection. */
static inline bool flow_key_is_reverse(const struct flow_key *a, const struct flow_key *b)
{
	return a->sport == b->dport && a->dport == b->sport && a->protocol == b->protocol &&
	       a->network == b->network && memcmp(&a->src, &b->dst, sizeof(a->src)) == 0 &&
	       memcmp(&a->dst, &b->src, sizeof(a->dst)) == 0;
}
