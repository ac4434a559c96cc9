/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "sensor/flow/flow.h"

static struct in6_addr address(const char *text)
{
	struct in6_addr addr;
	char mapped[INET6_ADDRSTRLEN + 8] = "::ffff:";
	strcat(mapped, text);
	assert_int_equal(inet_pton(AF_INET6, strchr(text, ':') != NULL ? text : mapped, &addr), 1);
	return addr;
}

/* The first three are test data of the specification; the others were computed independently:
 * SHA-1 of seed, address of the lower end, of the other, protocol, zero, ports. */
static void community_ids(void **state)
{
	(void)state;
	static const struct {
		uint8_t protocol;
		const char *client;
		uint16_t client_port;
		const char *server;
		uint16_t server_port;
		const char *id;
	} tests[] = {
		{ IPPROTO_TCP, "128.232.110.120", 34855, "66.35.250.204", 80,
		  "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ IPPROTO_UDP, "192.168.1.52", 54585, "8.8.8.8", 53,
		  "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
		{ IPPROTO_TCP, "2001:470:e5bf:dead:4957:2174:e82c:4887", 63943,
		  "2607:f8b0:400c:c03::1a", 25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
		{ IPPROTO_UDP, "192.0.2.53", 40000, "198.51.100.1", 53,
		  "1:NwZb+rd9j1EuMxS1Juq52+F+Ilw=" },
		{ IPPROTO_TCP, "192.0.2.25", 50000, "45.77.24.250", 25,
		  "1:6Fqp5k1DeBGNrQLMwqfNxAS2jXg=" },
		{ IPPROTO_UDP, "2001:db8::1", 40000, "2001:db8::2", 53,
		  "1:eO0ltZ3MqOvc7QA+zuku3dNgCuE=" },
		/* one address: the ports decide; both the same */
		{ IPPROTO_UDP, "192.0.2.1", 5353, "192.0.2.1", 53,
		  "1:iVv1C0qyYKq/7I2sj9xHPi+pCIw=" },
		{ IPPROTO_UDP, "192.0.2.1", 0, "192.0.2.1", 65535,
		  "1:1EdwXwCIpNDsirb1lgKP1f/MsVY=" },
		{ IPPROTO_UDP, "192.0.2.1", 53, "192.0.2.1", 53, "1:VhU48Hd56gY4uMB4RSfQoMoIzzg=" },
		/* octets compare as unsigned numbers, from the first on */
		{ IPPROTO_UDP, "9.255.255.255", 1024, "10.0.0.0", 53,
		  "1:4mHr/lziiFf7XJZWThOUV4Uo/iQ=" },
		{ IPPROTO_UDP, "127.255.255.255", 1024, "128.0.0.0", 53,
		  "1:qd4HAy/LGn5CCd4NqJOYWcd6Kn4=" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct flow flow = {
			.key = {
				.client = address(tests[i].client),
				.server = address(tests[i].server),
				.client_port = tests[i].client_port,
				.server_port = tests[i].server_port,
				.protocol = tests[i].protocol,
			},
		};
		const struct flow reversed = { .key = flow_key_reverse(&flow.key) };
		char text[FLOW_COMMUNITY_ID_MAX];
		assert_true(flow_community_id(&flow, text));
		assert_string_equal(text, tests[i].id);
		assert_true(flow_community_id(&reversed, text));
		assert_string_equal(text, tests[i].id);
	}
}

static void texts_of_networks(void **state)
{
	(void)state;
	static const struct {
		struct network_id network;
		const char *text;
	} tests[] = {
		{ { .vlans = 5 }, "vlan 5" },
		{ { .vlans = 100 << 12 | 5 }, "vlan 100.5" },
		{ { .tunnels = { (uint64_t)TUNNEL_VXLAN << 32 | 7 } }, "vxlan 7" },
		{ { .vlans = 4094, .tunnels = { (uint64_t)TUNNEL_GRE << 32 | UINT32_MAX } },
		  "vlan 4094 gre 4294967295" },
		{ { .tunnels = { (uint64_t)NETWORK_SERVICE << 32 | 9,
		                 (uint64_t)TUNNEL_VXLAN_GPE << 32 | 8 } },
		  "i-sid 9 vxlan-gpe 8" },
		{ { .vlans = NETWORK_OTHERS }, "others" },
		/* from memory that another process has filled */
		{ { .tunnels = { UINT64_MAX, (uint64_t)(NETWORK_SERVICE + 1) << 32 | 1 } }, "" },
		{ { .vlans = UINT64_MAX - 1,
		    .tunnels = { (uint64_t)TUNNEL_VXLAN_GPE << 32 | UINT32_MAX,
		                 (uint64_t)TUNNEL_VXLAN_GPE << 32 | UINT32_MAX } },
		  "vlan 4095.4095.4095.4095.4094 vxlan-gpe 4294967295 vxlan-gpe 4294967295" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[FLOW_NETWORK_MAX];
		flow_network_text(&tests[i].network, text);
		assert_string_equal(text, tests[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(community_ids),
		cmocka_unit_test(texts_of_networks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
