/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_edns.h"

#include <string.h>

#include "base/address.h"
#include "base/cursor.h"

#define OPTION_CLIENT_SUBNET 8

#define FAMILY_IPV4 1
#define FAMILY_IPV6 2

static bool read_subnet(struct cursor option, struct in6_addr *addr, uint8_t *bits)
{
	uint16_t family = cursor_u16(&option);
	*bits = cursor_u8(&option);
	cursor_skip(&option, 1); /* scope prefix length, set in responses */
	size_t octets = cursor_left(&option);
	size_t most = family == FAMILY_IPV4 ? 4 : 16;
	if (option.failed || (family != FAMILY_IPV4 && family != FAMILY_IPV6) || octets > most ||
	    *bits > most * 8) {
		return false;
	}
	uint8_t prefix[16] = { 0 };
	if (octets > 0) {
		memcpy(prefix, cursor_take(&option, octets), octets);
	}
	if (family == FAMILY_IPV4) {
		address_map_ipv4(addr, prefix);
	} else {
		memcpy(addr, prefix, sizeof(*addr));
	}
	return true;
}

bool dns_edns_subnet(const struct dns_entry *opt, struct in6_addr *addr, uint8_t *bits)
{
	struct cursor options = cursor_init(opt->rdata, opt->rdata_size);
	while (cursor_left(&options) > 0) {
		uint16_t code = cursor_u16(&options);
		uint16_t length = cursor_u16(&options);
		struct cursor option = cursor_fence(&options, length);
		if (code == OPTION_CLIENT_SUBNET) {
			return read_subnet(option, addr, bits);
		}
	}
	return false;
}
