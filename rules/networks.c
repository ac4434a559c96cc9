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

/*! \brief Of longer prefixes the sieve has only the home: many are alone in theirs. */
static uint8_t home_bits(bool v4)
{
	return v4 ? NETWORK_V4_BITS + 24 : 48;
}

/*! \brief What shorter ones do, each length by itself: few lines, which stay in the cache. */
static uint8_t region_bits(bool v4)
{
	return v4 ? NETWORK_V4_BITS + 8 : 24;
}

/*! \brief The home of a network that is shorter than a home. */
static uint64_t hash_region(const struct network *network, bool v4)
{
	struct network region = *network;
	region.bits = region_bits(v4) < network->bits ? region_bits(v4) : network->bits;
	network_clear(&region);
	region.bits = network->bits;
	return intern_hash(&region, sizeof(region));
}

static void add_to_sieve(struct networks *networks, const struct network *network)
{
	bool v4 = network_is_v4(network);
	struct network home = *network;
	if (network->bits < home_bits(v4)) {
		sieve_add(&networks->sieve, hash_region(network, v4),
		          intern_hash(network, sizeof(*network)));
		return;
	}
	home.bits = home_bits(v4);
	network_clear(&home);
	uint64_t hash = intern_hash(&home, sizeof(home));
	sieve_add(&networks->sieve, hash, hash);
}

int networks_close(struct networks *networks)
{
	const struct intern *keys = &networks->keys;
	if (sieve_init(&networks->sieve, keys->count) != 0) {
		return -1;
	}
	for (uint32_t i = 0; i < keys->count; i++) {
		add_to_sieve(networks, intern_get(keys, i, NULL));
	}
	return 0;
}

void networks_free(struct networks *networks)
{
	intern_free(&networks->keys);
	sieve_free(&networks->sieve);
}

bool networks_may_hold(const struct networks *networks, const struct in6_addr *addr)
{
	bool v4 = is_v4(addr->s6_addr);
	const struct networks_lengths *lengths = &networks->lengths[v4];
	struct network key;
	size_t at = 0;
	memcpy(key.addr, addr, sizeof(key.addr));
	if (lengths->count > 0 && lengths->bits[0] >= home_bits(v4)) {
		key.bits = home_bits(v4);
		network_clear(&key);
		uint64_t home = intern_hash(&key, sizeof(key));
		if (sieve_passes(&networks->sieve, home, home)) {
			return true;
		}
	}
	while (at < lengths->count && lengths->bits[at] >= home_bits(v4)) {
		at++;
	}
	for (; at < lengths->count; at++) {
		key.bits = lengths->bits[at];
		network_clear(&key);
		if (sieve_passes(&networks->sieve, hash_region(&key, v4),
		                 intern_hash(&key, sizeof(key)))) {
			return true;
		}
	}
	return false;
}

struct networks_walk networks_walk_init(const struct networks *networks,
                                        const struct in6_addr *addr)
{
	struct networks_walk walk = {
		.networks = networks,
		.lengths = &networks->lengths[is_v4(addr->s6_addr)],
	};
	memcpy(walk.key.addr, addr, sizeof(walk.key.addr));
	return walk;
}

uint32_t networks_walk_next(struct networks_walk *walk)
{
	const struct intern *keys = &walk->networks->keys;
	while (walk->at < walk->lengths->count) {
		walk->key.bits = walk->lengths->bits[walk->at++];
		network_clear(&walk->key);
		uint32_t found = intern_find(keys, &walk->key, sizeof(walk->key));
		if (found != INTERN_NONE) {
			return found;
		}
	}
	return INTERN_NONE;
}
