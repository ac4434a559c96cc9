/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/checksum.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/address.h"

/* The order of the words does not change the sum, so 32 bits are added at a time. */
static uint64_t add(uint64_t sum, const void *octets, size_t size)
{
	const uint8_t *at = octets;
	uint32_t word = 0;

	for (; size >= sizeof(word); size -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum += word;
	}
	word = 0;
	if (size > 0) {
		memcpy(&word, at, size);
	}
	return sum + word;
}

static uint64_t add_address(uint64_t sum, const struct in6_addr *address)
{
	size_t skip = address_is_ipv4(address) ? 12 : 0;
	return add(sum, address->s6_addr + skip, sizeof(*address) - skip);
}

static uint64_t pseudo_header(const struct flow_key *key, size_t size)
{
	const uint32_t rest[] = { htonl((uint32_t)size), htonl(key->protocol) };
	return add(add_address(add_address(0, &key->src), &key->dst), rest, sizeof(rest));
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16 != 0) {
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)sum;
}

bool checksum_is_right(const struct flow_key *key, const uint8_t *segment, size_t size)
{
	return fold(add(pseudo_header(key, size), segment, size)) == 0xffff;
}

bool checksum_is_partial(const struct flow_key *key, size_t size, const uint8_t *checksum)
{
	uint16_t field;
	memcpy(&field, checksum, sizeof(field));
	return fold(pseudo_header(key, size)) == field;
}
