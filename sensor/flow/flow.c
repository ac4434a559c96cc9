/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An event needs only one block of SHA-1, for which the deprecated functions take a tenth of the
 * time of those that look up a provider. */
#define OPENSSL_API_COMPAT 10100

#include "sensor/flow/flow.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/address.h"
#include "base/writer.h"

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

static void put_vlans(struct writer *out, uint64_t vlans)
{
	const char *sign = "vlan ";
	for (int i = NETWORK_VLANS_MAX - 1; i >= 0; i--) {
		uint64_t vlan = vlans >> (i * NETWORK_VLAN_BITS) & NETWORK_VLAN_MASK;
		if (vlan != 0) {
			writer_string(out, sign);
			writer_number(out, vlan);
			sign = ".";
		}
	}
}

/* The kind comes from memory that other processes may write to. */
static void put_network_tunnel(struct writer *out, uint64_t tunnel)
{
	static const char *const kinds[] = {
#define X(name, text) [TUNNEL_##name] = text,
		TUNNELS(X)
#undef X
		        [NETWORK_SERVICE] = "i-sid",
	};
	uint64_t kind = tunnel >> 32;
	if (kind != TUNNEL_NONE && kind <= NETWORK_SERVICE) {
		writer_string(out, writer_size(out) > 0 ? " " : "");
		writer_string(out, kinds[kind]);
		writer_char(out, ' ');
		writer_number(out, tunnel & UINT32_MAX);
	}
}

void flow_network_text(const struct network_id *network, char text[FLOW_NETWORK_MAX])
{
	struct writer out;
	writer_init(&out, text, FLOW_NETWORK_MAX);
	if (network->vlans == NETWORK_OTHERS) {
		writer_literal(&out, "others");
	} else {
		put_vlans(&out, network->vlans);
		for (size_t i = 0; i < NETWORK_TUNNELS_MAX; i++) {
			put_network_tunnel(&out, network->tunnels[i]);
		}
	}
	(void)writer_text(&out);
}
