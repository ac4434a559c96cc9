/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sensor/system/endpoint.h"

/* In place of the C library's: as where net.ipv6.bindv6only is set, or without IPv6. */
static bool has_ipv6 = true;

int socket(int family, int type, int protocol)
{
	int on = 1;
	if (family == AF_INET6 && !has_ipv6) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	int fd = (int)syscall(SYS_socket, family, type, protocol);
	if (fd >= 0 && family == AF_INET6) {
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	}
	return fd;
}

static int family_of(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return address.ss_family;
}

static int listen_at(const char *text)
{
	struct endpoint endpoint;
	assert_true(endpoint_parse(&endpoint, text));
	((struct sockaddr_in *)&endpoint.address)->sin_port = 0; /* one that is free */
	return endpoint_listen(&endpoint);
}

static void every_address(void **state)
{
	(void)state;
	int only = 1;
	socklen_t size = sizeof(only);
	int fd = listen_at(":1");
	if (fd < 0) {
		skip(); /* no IPv6 */
	}
	assert_int_equal(family_of(fd), AF_INET6);
	assert_int_equal(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &size), 0);
	assert_int_equal(only, 0);
	(void)close(fd);
}

static void without_ipv6(void **state)
{
	(void)state;
	has_ipv6 = false;
	int fd = listen_at(":1");
	assert_true(fd >= 0);
	assert_int_equal(family_of(fd), AF_INET);
	(void)close(fd);
	assert_int_equal(listen_at("[::1]:1"), -1);
	assert_int_equal(errno, EAFNOSUPPORT);
	has_ipv6 = true;
}

static void texts(void **state)
{
	static const char *const rows[][2] = {
		{ "127.0.0.1:9153", "127.0.0.1:9153" },
		{ "[::1]:9153", "[::1]:9153" },
		{ ":80", "[::]:80" },
		{ "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535",
		  "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct endpoint endpoint;
		char text[ENDPOINT_TEXT_MAX];
		assert_true(endpoint_parse(&endpoint, rows[i][0]));
		endpoint_text(&endpoint, text);
		assert_string_equal(text, rows[i][1]);
	}
}

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
		cmocka_unit_test(places),       cmocka_unit_test(texts),
		cmocka_unit_test(taken_port),   cmocka_unit_test(every_address),
		cmocka_unit_test(without_ipv6),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
