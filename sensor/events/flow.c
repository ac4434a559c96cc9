/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For one block of SHA-1 an event, the deprecated functions take a tenth of the time of those
 * that look up a provider. */
#define OPENSSL_API_COMPAT 10100

#include "sensor/events/flow.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/address.h"

struct hash_input {
	uint8_t bytes[2 + 16 + 16 + 1 + 1 + 2 + 2];
	size_t size;
};

static void put(struct hash_input *input, const void *bytes, size_t size)
{
	memcpy(input->bytes + input->size, bytes, size);
	input->size += size;
}

static void put_address(struct hash_input *input, const struct in6_addr *addr)
{
	bool ipv4 = address_is_ipv4(addr);
	put(input, addr->s6_addr + (ipv4 ? 12 : 0), ipv4 ? 4 : 16);
}

/* The specification sorts the two ends, so that both directions have the same hash. */
bool flow_community_id(const struct flow *flow, char text[FLOW_COMMUNITY_ID_MAX])
{
	static const uint8_t seed[2] = { 0, 0 };
	const struct flow_key key = flow_key_sorted(&flow->key);
	const uint16_t ports[2] = { htons(key.sport), htons(key.dport) };
	const uint8_t protocol[2] = { (uint8_t)key.protocol, 0 };

	struct hash_input input = { .size = 0 };
	put(&input, seed, sizeof(seed));
	put_address(&input, &key.src);
	put_address(&input, &key.dst);
	put(&input, protocol, sizeof(protocol));
	put(&input, ports, sizeof(ports));

	uint8_t digest[SHA_DIGEST_LENGTH];
	SHA_CTX sha;
	bool hashed = SHA1_Init(&sha) == 1 && SHA1_Update(&sha, input.bytes, input.size) == 1 &&
	              SHA1_Final(digest, &sha) == 1;
	text[0] = '\0';
	if (hashed) {
		memcpy(text, "1:", 2);
		(void)EVP_EncodeBlock((uint8_t *)text + 2, digest, sizeof(digest));
	}
	return hashed;
}
