/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The index of networks: finds the known networks that contain an address.
 *
 * A look-up costs one probe for each prefix length in use in the address's family,
 * regardless of the number of networks. IPv4 addresses are v4-mapped (RFC 4291 section
 * 2.5.5.2), but no IPv6 network contains one, not even ::/0.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/index/bloom.h"
#include "rules/index/intern.h"

/*! \brief Bits before the IPv4 address in a v4-mapped one. */
#define NETWORK_V4_BITS 96
/*! \brief Room for the text of a network, its final zero included. */
#define NETWORK_TEXT_SIZE (INET6_ADDRSTRLEN + 4)

/*! \brief A network; bits beyond the prefix are zero. It has no padding, as its octets are hashed.
 */
struct network {
	uint8_t addr[16]; /*!< IPv4 as v4-mapped. */
	uint8_t bits;     /*!< Prefix length in these 16 octets: IPv4's is 96 more. */
};

/*! \brief Prefix lengths that occur in a family, the longest first. */
struct networks_lengths {
	uint8_t count;
	uint8_t bits[129];
};

/*! \brief All zeros is an empty index. */
struct networks {
	struct intern keys;
	struct networks_lengths lengths[2]; /*!< [0] for IPv6, [1] for IPv4. */
	struct bloom bloom;
};

bool network_is_v4(const struct network *network);

bool network_holds(const struct network *network, const struct in6_addr *addr);

/*! \brief Clears the bits beyond the prefix; false when they were clear. */
bool network_clear(struct network *network);

/*! \brief The network as text (RFC 5952), without a length when it is one address. */
void network_text(const struct network *network, char text[NETWORK_TEXT_SIZE]);

/*! \brief Adds a network; returns its number or INTERN_NONE. */
uint32_t networks_add(struct networks *networks, const struct network *network);

/*! \brief Makes the Bloom filter after all networks have been added; -1: out of memory. */
int networks_close(struct networks *networks);

void networks_free(struct networks *networks);

/*! \brief False: no known network contains the address, and a walk finds none. */
bool networks_may_hold(const struct networks *networks, const struct in6_addr *addr);

/*! \brief Adds the same question to others; the walk finds none if no question passes. */
void networks_ask(const struct networks *networks, const struct in6_addr *addr,
                  struct bloom_questions *questions);

/*! \brief A walk over the networks that contain an address, longest prefix first. */
struct networks_walk {
	const struct networks *networks;
	const struct networks_lengths *lengths;
	struct network key;
	size_t at; /*!< The next prefix length to try. */
};

struct networks_walk networks_walk_init(const struct networks *networks,
                                        const struct in6_addr *addr);

/*! \brief The number of the next network, INTERN_NONE at the end. */
uint32_t networks_walk_next(struct networks_walk *walk);
