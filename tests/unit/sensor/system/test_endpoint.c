/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "sensor/system/endpoint.h"

static void places(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *address; /* NULL: refused */
		int port;
	} tests[] = {
		{ "127.0.0.1:9153", "127.0.0.1", 9153 },
		{ "[::1]:9153", "::1", 9153 },
		{ ":9153", "::", 9153 },
		{ "0.0.0.0:1", "0.0.0.0", 1 },
		{ "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535 },
		/* ports */
		{ "127.0.0.1:0", NULL, 0 },
		{ "127.0.0.1:65536", NULL, 0 },
		{ "127.0.0.1:99999", NULL, 0 },
		{ "127.0.0.1:000080", NULL, 0 },
		{ "127.0.0.1:+80", NULL, 0 },
		{ "127.0.0.1:80x", NULL, 0 },
		{ "127.0.0.1:", NULL, 0 },
		{ "127.0.0.1", NULL, 0 },
		{ "9153", NULL, 0 },
		/* addresses */
		{ "localhost:9153", NULL, 0 },
		{ "127.0.0:9153", NULL, 0 },
		{ "::1:9153", NULL, 0 },
		{ "[::1:9153", NULL, 0 },
		{ "::1]:9153", NULL, 0 },
		{ "[127.0.0.1]:9153", NULL, 0 },
		{ "[]:9153", NULL, 0 },
		{ "[:9153", NULL, 0 },
		{ "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:1", NULL, 0 },
		{ ":", NULL, 0 },
		{ "", NULL, 0 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct endpoint endpoint;
		char text[INET6_ADDRSTRLEN] = "";
		bool good = endpoint_parse(&endpoint, tests[i].text);
		const struct sockaddr_in *in = (const struct sockaddr_in *)&endpoint.address;
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&endpoint.address;
		if (good != (tests[i].address != NULL)) {
			fail_msg("%s: %s", tests[i].text, good ? "accepted" : "refused");
		}
		if (!good) {
			continue;
		}
		bool v4 = in->sin_family == AF_INET;
		assert_non_null(inet_ntop(in->sin_family,
		                          v4 ? (const void *)&in->sin_addr : &in6->sin6_addr, text,
		                          sizeof(text)));
		assert_string_equal(text, tests[i].address);
		assert_int_equal(ntohs(v4 ? in->sin_port : in6->sin6_port), tests[i].port);
		assert_int_equal(endpoint.size, v4 ? sizeof(*in) : sizeof(*in6));
	}
}

/* The same port twice: an error, and no descriptor is leaked. */
static void taken_port(void **state)
{
	(void)state;
	struct endpoint endpoint;
	struct sockaddr_in *in = (struct sockaddr_in *)&endpoint.address;
	assert_true(endpoint_parse(&endpoint, "127.0.0.1:1"));
	in->sin_port = 0; /* one that is free */
	int first = endpoint_listen(&endpoint);
	assert_true(first >= 0);
	assert_int_equal(getsockname(first, (struct sockaddr *)in, &endpoint.size), 0);
	assert_int_equal(endpoint_listen(&endpoint), -1);
	int next = dup(first);
	assert_int_equal(next, first + 1);
	assert_int_equal(close(next), 0);
	assert_int_equal(close(first), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(taken_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
