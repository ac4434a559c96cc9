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
