/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/index/networks.h"

#include <endian.h>
#include <string.h>
#include <sys/param.h>

#include "base/secret_hash.h"
#include "base/text.h"

static const uint8_t V4_MAPPED[12] = { [10] = 0xff, [11] = 0xff };

_Static_assert(sizeof(struct network) == 17, "struct network has no padding");

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
	char *at = v4 ? text_ipv4(text, network->addr + 12) : text_ipv6(text, network->addr);
	if (network->bits < 128) {
		*at++ = '/';
		at = text_number(at, network->bits - (v4 ? NETWORK_V4_BITS : 0U));
	}
	*at = '\0';
}

/*! \brief Adds a prefix length to the lengths that occur. */
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

/*!
 * \brief Returns the prefix length of a home. In place of a longer prefix, only its home is added
 *        to the Bloom filter, because many long prefixes are the only one in their home.
 */
static uint8_t home_bits(bool v4)
{
	return v4 ? NETWORK_V4_BITS + 24 : 48;
}

/*!
 * \brief Returns the prefix length of a region. Prefixes in one region that have the same length,
 *        and are shorter than a home, have the same home. These few lines of the filter stay in the
 *        cache.
 */
static uint8_t region_bits(bool v4)
{
	return v4 ? NETWORK_V4_BITS + 8 : 24;
}

/*! \brief An address as two numbers. The first bit of each number is the most significant one. */
struct address {
	uint64_t high, low;
};

static struct address read_address(const uint8_t addr[16])
{
	struct address bits;
	memcpy(&bits.high, addr, sizeof(bits.high));
	memcpy(&bits.low, addr + sizeof(bits.high), sizeof(bits.low));
	return (struct address){ be64toh(bits.high), be64toh(bits.low) };
}

static struct address first_bits(struct address addr, unsigned bits)
{
	if (bits > 64) {
		addr.low &= UINT64_MAX << (128 - bits);
	} else {
		addr.low = 0;
		addr.high = bits > 0 ? addr.high & UINT64_MAX << (64 - bits) : 0;
	}
	return addr;
}

/*! \brief Hashes a prefix of an address for the Bloom filter; `kind` separates the hashes of
 * different uses. */
static uint64_t hash_prefix(const struct networks *networks, struct address addr, uint8_t bits,
                            uint8_t kind)
{
	struct address prefix = first_bits(addr, bits);
	prefix.high ^= networks->secret[0] + kind;
	prefix.low ^= networks->secret[1];
	unsigned __int128 product = (unsigned __int128)prefix.high * prefix.low;
	uint64_t hash = (uint64_t)(product >> 64) ^ (uint64_t)product;
	hash = (hash ^ hash >> 29) * UINT64_C(0x165667b19e3779f9);
	return hash ^ hash >> 32;
}

/*! \brief Returns the home, as a hash, of a prefix that is shorter than a home. */
static uint64_t hash_region(const struct networks *networks, struct address addr, uint8_t bits,
                            bool v4)
{
	return hash_prefix(networks, addr, MIN(bits, region_bits(v4)), bits);
}

static void add_to_bloom(struct networks *networks, const struct network *network)
{
	bool v4 = network_is_v4(network);
	struct address addr = read_address(network->addr);
	if (network->bits < home_bits(v4)) {
		bloom_add(&networks->bloom, hash_region(networks, addr, network->bits, v4),
		          hash_prefix(networks, addr, network->bits, network->bits));
		return;
	}
	uint64_t home = hash_prefix(networks, addr, home_bits(v4), home_bits(v4));
	bloom_add(&networks->bloom, home, home);
}

int networks_close(struct networks *networks)
{
	const struct intern *keys = &networks->keys;
	if (bloom_init(&networks->bloom, keys->count) != 0) {
		return -1;
	}
	memcpy(networks->secret, secret_hash_numbers, sizeof(networks->secret));
	for (uint32_t i = 0; i < keys->count; i++) {
		add_to_bloom(networks, intern_get(keys, i, NULL));
	}
	return 0;
}

void networks_free(struct networks *networks)
{
	intern_free(&networks->keys);
	bloom_free(&networks->bloom);
}

void networks_ask(const struct networks *networks, const struct in6_addr *addr,
                  struct bloom_questions *questions)
{
	bool v4 = is_v4(addr->s6_addr);
	const struct networks_lengths *lengths = &networks->lengths[v4];
	const struct address address = read_address(addr->s6_addr);
	size_t at = 0;
	if (lengths->count > 0 && lengths->bits[0] >= home_bits(v4)) {
		uint64_t home = hash_prefix(networks, address, home_bits(v4), home_bits(v4));
		bloom_ask(questions, &networks->bloom, home, home);
	}
	while (at < lengths->count && lengths->bits[at] >= home_bits(v4)) {
		at++;
	}
	for (; at < lengths->count; at++) {
		uint8_t bits = lengths->bits[at];
		bloom_ask(questions, &networks->bloom, hash_region(networks, address, bits, v4),
		          hash_prefix(networks, address, bits, bits));
	}
}

bool networks_may_hold(const struct networks *networks, const struct in6_addr *addr)
{
	struct bloom_questions questions;
	bloom_questions_begin(&questions);
	networks_ask(networks, addr, &questions);
	return bloom_answer(&questions);
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
