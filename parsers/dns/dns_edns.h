/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the options of an OPT record say (RFC 6891 section 6.1.2).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "parsers/dns/dns.h"

/*!
 * \brief The network of the client for whom the resolver asked (RFC 7871 section 6).
 *
 * \param addr  IPv4 as v4-mapped; octets that were left out are zero.
 * \param bits  The prefix length that the question had, in bits of its family.
 *
 * \return False: there is no such option, or it does not fit.
 */
bool dns_edns_subnet(const struct dns_entry *opt, struct in6_addr *addr, uint8_t *bits);
