/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/networks.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const uint8_t V4_MAPPED[12] = { [10] = 0xff, [11] = 0xff };

_Static_assert(sizeof(struct network) == 17, "a network is hashed as it lies");

static bool is_v4(const uint8_t addr[16])
{
	return memcmp(addr, V4_MAPPED, sizeof(V4_MAPPED)) == 0;
}

bool network_is_v4(const struct network *network)
{
	return network->bits >= NETWORK_V4_BITS && is_v4(network->addr);
}

bool network_clear(struct network *network)
{
	bool changed = false;
	size_t at = network->bits / 8;
	unsigned keep = network->bits % 8;
	for (; at < sizeof(network->addr); at++, keep = 0) {
		uint8_t clear = (uint8_t)(network->addr[at] & (0xff00u >> keep));
		changed |= clear != network->addr[at];
		network->addr[at] = clear;
	}
	return changed;
}

bool network_holds(const struct network *network, const struct in6_addr *addr)
{
	struct network other = { .bits = network->bits };
	if (network_is_v4(network) != is_v4(addr->s6_addr)) {
		return false;
	}
	memcpy(other.addr, addr, sizeof(other.addr));
	network_clear(&other);
	return memcmp(&other, network, sizeof(other)) == 0;
}

void network_text(const struct network *network, char text[NETWORK_TEXT_SIZE])
{
	bool v4 = network_is_v4(network);
	if (v4) {
		inet_ntop(AF_INET, network->addr + 12, text, NETWORK_TEXT_SIZE);
	} else {
		inet_ntop(AF_INET6, network->addr, text, NETWORK_TEXT_SIZE);
	}
	if (network->bits < 128) {
		size_t used = strlen(text);
		snprintf(text + used, NETWORK_TEXT_SIZE - used, "/%d",
		         network->bits - (v4 ? NETWORK_V4_BITS : 0));
	}
}

/*! \brief Notes that a prefix length occurs. */
static void add_length(struct networks_lengths *lengths, uint8_t bits)
{
	size_t at = 0;
	while (at < lengths->count && lengths->bits[at] > bits) {
		at++;
	}
	if (at < lengths->count && lengths->bits[at] == bits) {
		return;
	}
	memmove(lengths->bits + at + 1, lengths->bits + at, lengths->count - at);
	lengths->bits[at] = bits;
	lengths->count++;
}

uint32_t networks_add(struct networks *networks, const struct network *network)
{
	add_length(&networks->lengths[network_is_v4(network)], network->bits);
	return intern_add(&networks->keys, network, sizeof(*network));
}

struct networks_walk networks_walk_init(const struct networks *networks,
                                        const struct in6_addr *addr)
{
	struct networks_walk walk = {
		.keys = &networks->keys,
		.lengths = &networks->lengths[is_v4(addr->s6_addr)],
	};
	memcpy(walk.key.addr, addr, sizeof(walk.key.addr));
	return walk;
}

uint32_t networks_walk_next(struct networks_walk *walk)
{
	while (walk->at < walk->lengths->count) {
		walk->key.bits = walk->lengths->bits[walk->at++];
		network_clear(&walk->key);
		uint32_t found = intern_find(walk->keys, &walk->key, sizeof(walk->key));
		if (found != INTERN_NONE) {
			return found;
		}
	}
	return INTERN_NONE;
}
