/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/flow.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000LL

void flow_time_text(int64_t time_ns, char text[FLOW_TIME_TEXT_MAX])
{
	int64_t rest = time_ns % NS_PER_S;
	time_t seconds = (time_t)(time_ns / NS_PER_S);
	if (rest < 0) {
		rest += NS_PER_S;
		seconds--;
	}
	struct tm utc;
	size_t size = 0;
	if (gmtime_r(&seconds, &utc) != NULL) {
		size = strftime(text, FLOW_TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
	}
	if (rest % 1000 == 0) {
		(void)snprintf(text + size, FLOW_TIME_TEXT_MAX - size, ".%06dZ",
		               (int)(rest / 1000));
	} else {
		(void)snprintf(text + size, FLOW_TIME_TEXT_MAX - size, ".%09dZ", (int)rest);
	}
}

bool flow_is_ipv4(const struct in6_addr *addr)
{
	return IN6_IS_ADDR_V4MAPPED(addr);
}

void flow_address_text(const struct in6_addr *addr, char text[INET6_ADDRSTRLEN])
{
	const char *done = flow_is_ipv4(addr)
	                           ? inet_ntop(AF_INET, addr->s6_addr + 12, text, INET6_ADDRSTRLEN)
	                           : inet_ntop(AF_INET6, addr, text, INET6_ADDRSTRLEN);
	if (done == NULL) {
		text[0] = '\0';
	}
}

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
	bool ipv4 = flow_is_ipv4(addr);
	put(input, addr->s6_addr + (ipv4 ? 12 : 0), ipv4 ? 4 : 16);
}

/* The specification sorts the two ends, so that both directions hash alike. */
bool flow_community_id(const struct flow *flow, char text[FLOW_COMMUNITY_ID_MAX])
{
	static const uint8_t seed[2] = { 0, 0 };
	const struct in6_addr *low = &flow->client, *high = &flow->server;
	uint16_t low_port = htons(flow->client_port), high_port = htons(flow->server_port);
	int order = memcmp(low, high, sizeof(*low));
	if (order > 0 || (order == 0 && flow->client_port > flow->server_port)) {
		low = &flow->server;
		high = &flow->client;
		low_port = htons(flow->server_port);
		high_port = htons(flow->client_port);
	}

	struct hash_input input = { .size = 0 };
	const uint8_t protocol[2] = { flow->protocol, 0 };
	put(&input, seed, sizeof(seed));
	put_address(&input, low);
	put_address(&input, high);
	put(&input, protocol, sizeof(protocol));
	put(&input, &low_port, sizeof(low_port));
	put(&input, &high_port, sizeof(high_port));

	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_size = 0;
	text[0] = '\0';
	if (EVP_Digest(input.bytes, input.size, digest, &digest_size, EVP_sha1(), NULL) != 1) {
		return false;
	}
	memcpy(text, "1:", 2);
	(void)EVP_EncodeBlock((unsigned char *)text + 2, digest, (int)digest_size);
	return true;
}
