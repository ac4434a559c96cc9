/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Options of an OPT record (RFC 6891 section 6.1.2).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "parsers/dns/dns.h"

/*!
 * \brief The network of the client on whose behalf the resolver asked (RFC 7871 section 6).
 *
 * \param addr  Out: IPv4 as v4-mapped; omitted octets are zero.
 * \param bits  Out: the source prefix length, in bits of the address family.
 *
 * \return False: there is no such option, or it is malformed.
 */
bool dns_edns_subnet(const struct dns_entry *opt, struct in6_addr *addr, uint8_t *bits);
