/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The index of networks: finds the known networks that contain an address.
 *
 * A look-up tries each prefix length that some known network of the address's family has.
 * Its cost does not depend on how many networks are known. IPv4 addresses are written as
 * v4-mapped ones (RFC 4291 section 2.5.5.2), but no IPv6 network contains them, not even ::/0.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/index/bloom.h"
#include "rules/index/intern.h"

/*! \brief The number of bits before the IPv4 address in a v4-mapped address. */
#define NETWORK_V4_BITS 96
/*! \brief Room for the text of a network, its final zero included. */
#define NETWORK_TEXT_SIZE (INET6_ADDRSTRLEN + 4)

/*! \brief A network. Bits beyond the prefix are zero. The struct has no padding, because its octets
 *         are hashed. */
struct network {
	uint8_t addr[16]; /*!< The address; an IPv4 address is v4-mapped. */
	uint8_t bits; /*!< Prefix length within `addr`; for IPv4, 96 plus the usual prefix length.
	               */
};

/*! \brief The prefix lengths that occur in an address family, the longest first. */
struct networks_lengths {
	uint8_t count;
	uint8_t bits[129];
};

/*! \brief An index; one that is all zeros is empty. */
struct networks {
	struct intern keys; /*!< Each string is a struct network. */
	uint64_t secret[2]; /*!< The secret numbers of the hashes in the Bloom filter. */
	/*! The prefix lengths of the families: [0] for IPv6, [1] for IPv4. */
	struct networks_lengths lengths[2];
	struct bloom bloom;
};

/*! \brief Returns true if a network is one of IPv4 addresses. */
bool network_is_v4(const struct network *network);

/*! \brief Returns true if a network contains an address. */
bool network_holds(const struct network *network, const struct in6_addr *addr);

/*! \brief Clears the bits beyond the prefix. Returns false if all of them were already clear. */
bool network_clear(struct network *network);

/*! \brief Writes a network as text (RFC 5952). A network of one address gets no prefix length. */
void network_text(const struct network *network, char text[NETWORK_TEXT_SIZE]);

/*! \brief Adds a network. Returns its number, or INTERN_NONE when out of memory. */
uint32_t networks_add(struct networks *networks, const struct network *network);

/*!
 * \brief Makes the Bloom filter. Call it after the last network is added. Returns -1 when out of
 *        memory.
 */
int networks_close(struct networks *networks);

void networks_free(struct networks *networks);

/*! \brief Returns false only if no known network contains the address. No walk is needed then. */
bool networks_may_hold(const struct networks *networks, const struct in6_addr *addr);

/*!
 * \brief Adds the look-up of networks_may_hold() to `questions`. bloom_answer() returns the result
 *        of all these look-ups.
 */
void networks_ask(const struct networks *networks, const struct in6_addr *addr,
                  struct bloom_questions *questions);

/*! \brief A walk over the networks that contain an address, longest prefix first. */
struct networks_walk {
	const struct networks *networks;
	const struct networks_lengths *lengths;
	struct network key;
	size_t at; /*!< The index in `lengths` of the prefix length that is tried next. */
};

struct networks_walk networks_walk_init(const struct networks *networks,
                                        const struct in6_addr *addr);

/*! \brief Returns the number of the next network, or INTERN_NONE at the end. */
uint32_t networks_walk_next(struct networks_walk *walk);
