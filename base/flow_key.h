/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The identity of a packet or connection: two ends and a protocol.
 *
 * The first end of a packet's key is its sender, that of a connection's key is the client,
 * so each end has two names. The client of DNS asks the question, the client of TCP
 * connects, regardless of which end sent a packet.
 *
 * The struct has no padding: it can be hashed and compared as octets.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct flow_key {
	union {
		struct in6_addr src, client; /*!< IPv4 as v4-mapped (RFC 4291, 2.5.5.2). */
	};
	union {
		struct in6_addr dst, server;
	};
	union {
		uint16_t sport, client_port; /*!< 0 where the protocol has no ports. */
	};
	union {
		uint16_t dport, server_port;
	};
	uint32_t protocol; /*!< IP protocol; of this width, so that there is no padding. */
};

_Static_assert(sizeof(struct flow_key) == 40, "struct flow_key has no padding");

/*! \brief The key of the opposite direction. */
static inline struct flow_key flow_key_reverse(const struct flow_key *key)
{
	return (struct flow_key){ .src = key->dst,
		                  .dst = key->src,
		                  .sport = key->dport,
		                  .dport = key->sport,
		                  .protocol = key->protocol };
}

/*! \brief One order for both directions: the lower address first, then the lower port. */
static inline struct flow_key flow_key_sorted(const struct flow_key *key)
{
	int order = memcmp(&key->src, &key->dst, sizeof(key->src));
	bool sorted = order < 0 || (order == 0 && key->sport <= key->dport);
	return sorted ? *key : flow_key_reverse(key);
}

/*! \brief True for the same ends in the same order. */
static inline bool flow_key_equal(const struct flow_key *a, const struct flow_key *b)
{
	return a->sport == b->sport && a->dport == b->dport && a->protocol == b->protocol &&
	       memcmp(&a->src, &b->src, sizeof(a->src)) == 0 &&
	       memcmp(&a->dst, &b->dst, sizeof(a->dst)) == 0;
}

/*! \brief True for the same ends in the other order. */
static inline bool flow_key_is_reverse(const struct flow_key *a, const struct flow_key *b)
{
	return a->sport == b->dport && a->dport == b->sport && a->protocol == b->protocol &&
	       memcmp(&a->src, &b->dst, sizeof(a->src)) == 0 &&
	       memcmp(&a->dst, &b->src, sizeof(a->dst)) == 0;
}
