/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/redis/redis_networks.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/ascii.h"

#define IPV4_BITS 32
#define IPV6_BITS 128

/* Of IPv4 or IPv6; `room`: how many bits a prefix may have. */
static bool read_address(const char *text, struct in6_addr *addr, unsigned *room)
{
	struct in_addr ipv4;
	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		address_map_ipv4(addr, (const uint8_t *)&ipv4);
		*room = IPV4_BITS;
		return true;
	}
	*room = IPV6_BITS;
	return inet_pton(AF_INET6, text, addr) == 1;
}

static bool read_bits(const char *text, unsigned room, unsigned *bits)
{
	size_t digits = strspn(text, "0123456789");
	*bits = (unsigned)strtoul(text, NULL, 10);
	return digits > 0 && digits <= 3 && text[digits] == '\0' && *bits <= room;
}

static bool add_one(struct redis_networks *networks, char *text)
{
	unsigned room, bits;
	char *slash = strchr(text, '/');
	if (networks->count == REDIS_NETWORKS_MAX) {
		return false;
	}
	if (slash != NULL) {
		*slash++ = '\0';
	}
	if (!read_address(text, &networks->networks[networks->count].addr, &room)) {
		return false;
	}
	bits = room;
	if (slash != NULL && !read_bits(slash, room, &bits)) {
		return false;
	}
	networks->networks[networks->count++].bits = IPV6_BITS - room + bits;
	return true;
}

bool redis_networks_add(struct redis_networks *networks, const char *text)
{
	char copy[INET6_ADDRSTRLEN + sizeof("/128")];
	for (;;) {
		size_t size = strcspn(text, ",");
		if (size >= sizeof(copy)) {
			return false;
		}
		memcpy(copy, text, size);
		copy[size] = '\0';
		if (!add_one(networks, copy)) {
			return false;
		}
		if (text[size] == '\0') {
			return true;
		}
		text += size + 1;
	}
}

static bool take_address(const struct sockaddr *address, struct in6_addr *addr)
{
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 ipv6;
		memcpy(&ipv6, address, sizeof(ipv6));
		*addr = ipv6.sin6_addr;
		return true;
	}
	if (address->sa_family == AF_INET) {
		struct sockaddr_in ipv4;
		memcpy(&ipv4, address, sizeof(ipv4));
		address_map_ipv4(addr, (const uint8_t *)&ipv4.sin_addr);
		return true;
	}
	return false;
}

static bool has_prefix(const struct in6_addr *addr, const struct in6_addr *prefix, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	return memcmp(addr, prefix, whole) == 0 &&
	       (rest == 0 || (addr->s6_addr[whole] ^ prefix->s6_addr[whole]) >> (8 - rest) == 0);
}

bool redis_networks_have(const struct redis_networks *networks, const struct sockaddr *address)
{
	struct in6_addr addr;
	bool found = false;
	if (!take_address(address, &addr)) {
		return false;
	}
	for (size_t i = 0; i < networks->count && !found; i++) {
		found = has_prefix(&addr, &networks->networks[i].addr, networks->networks[i].bits);
	}
	return found;
}

bool redis_networks_same(const struct sockaddr *one, const struct sockaddr *other)
{
	struct in6_addr first, second;
	return take_address(one, &first) && take_address(other, &second) &&
	       memcmp(&first, &second, sizeof(first)) == 0;
}
