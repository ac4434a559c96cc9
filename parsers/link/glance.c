/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/link/glance.h"

#include <netinet/in.h>

#include "parsers/link/layers.h"

#define IPV4_FRAGMENT 0x3fff /* "more fragments" and the offset */

/* The part of a datagram that its IP header announces; `declared` may be more than was captured. */
struct datagram {
	uint8_t protocol;
	size_t declared;
};

static bool read_ipv4(struct cursor *at, struct datagram *datagram)
{
	const uint8_t *ip = cursor_take(at, IPV4_HEADER);
	if (ip == NULL || ip[0] != 0x45 || (octets_u16(ip + 6) & IPV4_FRAGMENT) != 0 ||
	    octets_u16(ip + 2) < IPV4_HEADER) {
		return false;
	}
	datagram->protocol = ip[9];
	datagram->declared = octets_u16(ip + 2) - IPV4_HEADER;
	return true;
}

static bool read_ipv6(struct cursor *at, struct datagram *datagram)
{
	const uint8_t *ip = cursor_take(at, IPV6_HEADER);
	if (ip == NULL || ip[0] >> 4 != 6) {
		return false;
	}
	datagram->protocol = ip[6];
	datagram->declared = octets_u16(ip + 4);
	return true;
}

static bool read_ip(struct cursor *at, struct datagram *datagram)
{
	const uint8_t *ethernet = cursor_take(at, ETHERNET_HEADER);
	if (ethernet == NULL) {
		return false;
	}
	switch (octets_u16(ethernet + 12)) {
	case ETHERTYPE_IPV4:
		return read_ipv4(at, datagram);
	case ETHERTYPE_IPV6:
		return read_ipv6(at, datagram);
	default:
		return false;
	}
}

static bool is_tcp(const struct cursor *at, size_t declared)
{
	if (cursor_left(at) < TCP_HEADER) {
		return false;
	}
	size_t header = (size_t)(at->wire[at->pos + 12] >> 4) * 4;
	return header >= TCP_HEADER && header <= declared && header <= cursor_left(at);
}

static bool is_udp(const struct cursor *at, size_t declared)
{
	if (cursor_left(at) < UDP_HEADER) {
		return false;
	}
	size_t length = octets_u16(at->wire + at->pos + 4);
	return length >= UDP_HEADER && length <= declared;
}

bool glance_read(struct glance *glance, int dlt, const uint8_t *bytes, size_t captured)
{
	struct cursor at = cursor_init(bytes, captured);
	struct datagram datagram;
	if (dlt != LINK_ETHERNET || !read_ip(&at, &datagram)) {
		return false;
	}
	bool tcp = datagram.protocol == IPPROTO_TCP && is_tcp(&at, datagram.declared);
	bool udp = datagram.protocol == IPPROTO_UDP && is_udp(&at, datagram.declared);
	glance->sport = cursor_u16(&at);
	glance->dport = cursor_u16(&at);
	return tcp || (udp && next_by_udp_port(glance->sport, glance->dport) == LAYER_END);
}
