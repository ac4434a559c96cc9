/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/console/access.h"

#define TOKEN "0123456789abcdef"

static bool open_with(struct access *access, const char *address, const char *text)
{
	char path[] = "/tmp/nsmx-token-XXXXXX";
	struct endpoint endpoint;
	assert_true(endpoint_parse(&endpoint, address));
	int fd = text != NULL ? mkstemp(path) : -1;
	assert_true(text == NULL || write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	bool good = access_open(access, &endpoint, text != NULL ? path : NULL);
	if (fd >= 0) {
		assert_int_equal(close(fd), 0);
		assert_int_equal(unlink(path), 0);
	}
	return good;
}

static void other_hosts_need_a_token(void **state)
{
	static const struct {
		const char *address, *token;
		bool good;
	} rows[] = {
		{ "127.0.0.1:80", NULL, true },
		{ "127.9.9.9:80", NULL, true },
		{ "[::1]:80", NULL, true },
		{ "192.0.2.1:80", NULL, false },
		{ "0.0.0.0:80", NULL, false },
		{ ":80", NULL, false },
		{ "[2001:db8::1]:80", NULL, false },
		{ "192.0.2.1:80", TOKEN "\n", true },
		{ ":80", TOKEN "\r\nmore\n", true },
		{ "127.0.0.1:80", TOKEN, true },
		{ "127.0.0.1:80", "", false },
		{ "127.0.0.1:80", "\n" TOKEN, false },
		{ "127.0.0.1:80", "0123456789abcde\n", false },
	};
	struct access access;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (open_with(&access, rows[i].address, rows[i].token) != rows[i].good) {
			fail_msg("row %zu", i);
		}
	}
	struct endpoint endpoint;
	assert_true(endpoint_parse(&endpoint, "127.0.0.1:80"));
	assert_false(access_open(&access, &endpoint, "/nonexistent"));
}

static void only_the_token_is_the_token(void **state)
{
	struct access access;
	(void)state;
	assert_true(open_with(&access, "127.0.0.1:80", TOKEN "\n"));
	assert_true(access_has_token(&access, TOKEN));
	assert_false(access_has_token(&access, TOKEN "\n"));
	assert_false(access_has_token(&access, "0123456789abcdeF"));
	assert_false(access_has_token(&access, "0123456789abcde"));
	assert_false(access_has_token(&access, ""));
	assert_true(open_with(&access, "127.0.0.1:80", NULL));
	assert_false(access_has_token(&access, ""));
}

static void cookies_are_of_this_console_and_end(void **state)
{
	struct access access, other;
	char cookie[ACCESS_COOKIE_MAX], changed[ACCESS_COOKIE_MAX];
	(void)state;
	assert_true(open_with(&access, "127.0.0.1:80", TOKEN));
	assert_true(open_with(&other, "127.0.0.1:80", TOKEN));
	access_write_cookie(&access, 1000, cookie);
	assert_true(access_has_cookie(&access, 1000, cookie));
	assert_true(access_has_cookie(&access, 1000 + ACCESS_COOKIE_S, cookie));
	assert_false(access_has_cookie(&access, 1001 + ACCESS_COOKIE_S, cookie));
	assert_false(access_has_cookie(&other, 1000, cookie));
	for (size_t i = 0; i < strlen(cookie); i++) {
		memcpy(changed, cookie, sizeof(changed));
		changed[i] = changed[i] == '0' ? '1' : '0';
		assert_false(access_has_cookie(&access, 1000, changed));
		changed[i] = '\0';
		assert_false(access_has_cookie(&access, 1000, changed));
	}
	assert_false(access_has_cookie(&access, 1000, ""));
	assert_false(access_has_cookie(&access, 1000, "ffffffffffffffff."));
}

static void hosts_are_checked(void **state)
{
	static const struct {
		const char *host;
		bool loopback, with_token;
	} rows[] = {
		{ "127.0.0.1:8053", true, true },
		{ "localhost", true, true },
		{ "LOCALHOST:1", true, true },
		{ "[::1]:8053", true, true },
		{ "127.1.2.3", true, true },
		{ "attacker.example:8053", false, true },
		{ "192.0.2.1", false, true },
		{ "127.0.0.1.attacker.example", false, true },
		{ "localhost.", false, true },
		{ "", false, false },
		{ ":80", false, false },
		{ "[::1", false, false },
		{ "a b", false, false },
		{ "127.0.0.1:80x", false, false },
		{ "127.0.0.1:80:80", false, false },
		{ "[]", false, false },
		{ "user@127.0.0.1", false, false },
		{ "a/b", false, false },
	};
	struct access access, token;
	(void)state;
	assert_true(open_with(&access, "127.0.0.1:80", NULL));
	assert_true(open_with(&token, ":80", TOKEN));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (access_has_host(&access, rows[i].host) != rows[i].loopback ||
		    access_has_host(&token, rows[i].host) != rows[i].with_token) {
			fail_msg("Host: %s", rows[i].host);
		}
	}
	assert_false(access_has_host(&token, NULL));
}

static void origins_are_checked(void **state)
{
	(void)state;
	assert_true(access_has_origin(NULL, "a:1"));
	assert_true(access_has_origin("http://a:1", "a:1"));
	assert_true(access_has_origin("HTTPS://A:1", "a:1"));
	assert_false(access_has_origin("http://a:2", "a:1"));
	assert_false(access_has_origin("http://b:1", "a:1"));
	assert_false(access_has_origin("null", "a:1"));
	assert_false(access_has_origin("", "a:1"));
	assert_false(access_has_origin("http://a:1", NULL));
	assert_false(access_has_origin("http://a:1/", "a:1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_hosts_need_a_token),
		cmocka_unit_test(only_the_token_is_the_token),
		cmocka_unit_test(cookies_are_of_this_console_and_end),
		cmocka_unit_test(hosts_are_checked),
		cmocka_unit_test(origins_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
