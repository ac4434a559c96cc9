/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads options of an OPT record (RFC 6891 section 6.1.2).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "parsers/dns/dns.h"

/*!
 * \brief Reads the Client Subnet option (RFC 7871, section 6), which contains the network of the
 *        client for which the resolver has sent the query.
 *
 * \param addr  Receives the address; IPv4 is v4-mapped, and omitted octets are zero.
 * \param bits  Receives the source prefix length: 0 to 32 for IPv4, 0 to 128 for IPv6.
 *
 * \return False if there is no such option, or it is malformed.
 */
bool dns_edns_subnet(const struct dns_entry *opt, struct in6_addr *addr, uint8_t *bits);
