/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_edns.h"
#include "tests/unit/guard.h"

static void client_subnets(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *rdata;
		size_t size;
		const char *addr; /* NULL: none */
		uint8_t bits;
	} tests[] = {
#define ROW(label, rdata, addr, bits) { label, rdata, sizeof(rdata) - 1, addr, bits }
		ROW("no options", "", NULL, 0),
		ROW("another option", "\0\x0a\0\2xx", NULL, 0),
		ROW("IPv4", "\0\x08\0\7\0\1\x18\0\xc0\0\2", "::ffff:192.0.2.0", 24),
		ROW("IPv4, whole", "\0\x08\0\x08\0\1\x20\x20\xc0\0\2\1", "::ffff:192.0.2.1", 32),
		ROW("IPv4, prefix of no bits", "\0\x08\0\4\0\1\0\0", "::ffff:0.0.0.0", 0),
		ROW("IPv6", "\0\x08\0\x0b\0\2\x38\0\x20\1\xd\xb8\0\0\1", "2001:db8:0:100::", 56),
		ROW("after another", "\0\x0a\0\1x\0\x08\0\5\0\1\x08\0\x0a", "::ffff:10.0.0.0", 8),
		/* malformed */
		ROW("no family", "\0\x08\0\4\0\3\0\0", NULL, 0),
		ROW("too long for IPv4", "\0\x08\0\x09\0\1\x20\0\1\2\3\4\5", NULL, 0),
		ROW("too many bits", "\0\x08\0\4\0\1\x21\0", NULL, 0),
		ROW("length beyond the end", "\0\x08\0\7\0\1\x18\0\xc0", NULL, 0),
		ROW("cut in its head", "\0\x08\0", NULL, 0),
#undef ROW
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[INET6_ADDRSTRLEN] = "";
		struct in6_addr addr;
		uint8_t bits = 0;
		const struct dns_entry opt = {
			.type = DNS_TYPE_OPT,
			.rdata = guard_lay(&guard, tests[i].rdata, tests[i].size),
			.rdata_size = (uint16_t)tests[i].size,
		};
		if (dns_edns_subnet(&opt, &addr, &bits) != (tests[i].addr != NULL)) {
			fail_msg("%s", tests[i].label);
		}
		if (tests[i].addr != NULL) {
			(void)inet_ntop(AF_INET6, &addr, text, sizeof(text));
			assert_string_equal(text, tests[i].addr);
			assert_int_equal(bits, tests[i].bits);
		}
	}
	guard_close(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_subnets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
