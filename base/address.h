/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief IP addresses in one form: an IPv4 address is stored as a v4-mapped IPv6 address (RFC 4291
 *        section 2.5.5.2).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*! \brief Returns true for an IPv4 address. */
static inline bool address_is_ipv4(const struct in6_addr *addr)
{
	return IN6_IS_ADDR_V4MAPPED(addr);
}

/*! \brief Makes a v4-mapped address from the four octets of an IPv4 address. */
static inline void address_map_ipv4(struct in6_addr *addr, const uint8_t *octets)
{
	memset(addr->s6_addr, 0, 10);
	memset(addr->s6_addr + 10, 0xff, 2);
	memcpy(addr->s6_addr + 12, octets, 4);
}

/*!
 * \brief The index of an octet in an IPv6 address. If the NAT64 prefix has at most 64 bits, this
 *        octet is always zero (RFC 6052, section 2.2).
 */
#define ADDRESS_ZERO_OCTET 8

/*!
 * \brief Returns the offset of the IPv4 address in an IPv6 address of 64:ff9b:1::/48 (RFC 8215).
 *        Each network chooses one of the prefix lengths 48, 56, 64 and 96.
 *
 * If the prefix has at most 64 bits, all octets after the IPv4 address are zero. The number of zero
 * octets at the end therefore shows the prefix length. If several lengths fit, because the IPv4
 * address itself ends in zeros, the function takes the shortest length.
 */
static inline unsigned address_local_place(const uint8_t octets[16])
{
	unsigned end = sizeof(struct in6_addr);
	while (end > 0 && octets[end - 1] == 0) {
		end--;
	}
	if (octets[ADDRESS_ZERO_OCTET] != 0 || end > 13) {
		return 12;
	}
	return end == 13 ? 9 : end == 12 ? 7 : 6;
}

/*!
 * \brief Finds the IPv4 address in an IPv6 address of NAT64 (RFC 6052: 64:ff9b::/96 and
 *        64:ff9b:1::/48) or 6to4 (RFC 3056: 2002::/16).
 *
 * \return False if there is none; `ipv4` is then not set.
 */
static inline bool address_embedded(const struct in6_addr *addr, struct in6_addr *ipv4)
{
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const uint8_t local[6] = { 0, 0x64, 0xff, 0x9b, 0, 1 };
	const uint8_t *octets = addr->s6_addr;
	uint8_t found[4];
	unsigned at = 12;
	if (octets[0] == 0x20 && octets[1] == 2) {
		at = 2;
	} else if (octets[1] != 0x64) {
		return false;
	} else if (memcmp(octets, local, sizeof(local)) == 0) {
		at = address_local_place(octets);
	} else if (memcmp(octets, nat64, sizeof(nat64)) != 0) {
		return false;
	}
	for (unsigned i = 0; i < sizeof(found); i++) {
		at += at == ADDRESS_ZERO_OCTET;
		found[i] = octets[at++];
	}
	address_map_ipv4(ipv4, found);
	return true;
}
