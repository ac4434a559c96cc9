/* SPDX-License-Identifier: GPL-3.0-or-later */
/* URLs of histories in ClickHouse: what is read of each part, and what is refused. */
#include "history/clickhouse/clickhouse_url.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define VARIABLE "NSMX_CLICKHOUSE_PASSWORD"

static int setup(void **state)
{
	(void)state;
	return unsetenv(VARIABLE);
}

static void urls_are_read(void **state)
{
	static const struct {
		const char *text;
		const char *name;
		const char *user, *password, *last_shard;
		size_t shards;
	} tests[] = {
		{ "clickhouse://a/b", "clickhouse://a:8123/b", "", "", "a:8123", 1 },
		{ "ClickHouse://a:1/b_2", "clickhouse://a:1/b_2", "", "", "a:1", 1 },
		{ "clickhouses://a/b", "clickhouses://a:8443/b", "", "", "a:8443", 1 },
		{ "clickhouse://u@a/b", "clickhouse://u@a:8123/b", "u", "", "a:8123", 1 },
		{ "clickhouse://u:p%40%3f@a/b", "clickhouse://u@a:8123/b", "u", "p@?", "a:8123",
		  1 },
		{ "clickhouse://:p@a/b", "clickhouse://a:8123/b", "", "p", "a:8123", 1 },
		{ "clickhouse://u:p@q@a/b", "clickhouse://u@a:8123/b", "u", "p@q", "a:8123", 1 },
		{ "clickhouse://[::1],[::2]:5/b", "clickhouse://[::1]:8123,[::2]:5/b", "", "",
		  "[::2]:5", 2 },
		{ "clickhouse://a:1,b,c:3/d", "clickhouse://a:1,b:8123,c:3/d", "", "", "c:3", 3 },
		{ "clickhouses://a/b?ca=x&sni=y", "clickhouses://a:8443/b", "", "", "a:8443", 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct clickhouse_url url;
		char error[CLICKHOUSE_ERROR_MAX] = "";
		assert_true(clickhouse_url_is(tests[i].text));
		if (!clickhouse_url_parse(&url, tests[i].text, error)) {
			fail_msg("%s: %s", tests[i].text, error);
		}
		assert_string_equal(url.name, tests[i].name);
		assert_string_equal(url.user, tests[i].user);
		assert_string_equal(url.password, tests[i].password);
		assert_int_equal(url.shards_count, tests[i].shards);
		assert_string_equal(url.shards[url.shards_count - 1], tests[i].last_shard);
	}
}

static void bad_urls_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *reason;
	} tests[] = {
		{ "redis://a/b", "must begin" },
		{ "clickhouse://", "host is missing" },
		{ "clickhouse:///b", "host is missing" },
		{ "clickhouse://a,/b", "host is missing" },
		{ "clickhouse://[::1/b", "host is missing" },
		{ "clickhouse://a", "database is missing" },
		{ "clickhouse://a/", "database is missing" },
		{ "clickhouse://a/b/c", "only letters" },
		{ "clickhouse://a/b'", "only letters" },
		{ "clickhouse://a\"/b", "a host must be" },
		{ "clickhouse://a%/b", "a host must be" },
		{ "clickhouse://u%2@a/b", "user" },
		{ "clickhouse://u:%00@a/b", "password" },
		{ "clickhouse://a/b?key=x", "unknown option 'key'" },
		{ "clickhouse://a/b?ca=x", "needs TLS" },
		{ "clickhouses://a/b?cert=x", "together" },
		{ "clickhouse://u:p?s@a/b", "must not follow" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct clickhouse_url url;
		char error[CLICKHOUSE_ERROR_MAX] = "";
		if (clickhouse_url_parse(&url, tests[i].text, error) ||
		    strstr(error, tests[i].reason) == NULL) {
			fail_msg("%s: %s", tests[i].text, error);
		}
	}
	assert_false(clickhouse_url_is("/var/lib/nsmx/history"));
	assert_false(clickhouse_url_is("clickhouse:/a/b"));
}

static void passwords_are_hidden(void **state)
{
	char text[] = "clickhouse://u:secret@a/b", other[] = "clickhouse://u@a/b";
	char path[] = "/a:b@c";
	char error[CLICKHOUSE_ERROR_MAX];
	struct clickhouse_url url;
	(void)state;
	assert_true(clickhouse_url_take_password(text, error));
	assert_string_equal(text, "clickhouse://u@a/b");
	assert_string_equal(getenv(VARIABLE), "secret");
	assert_true(clickhouse_url_parse(&url, other, error));
	assert_string_equal(url.password, "secret");
	char shown[] = "clickhouse://u:secret@a/b";
	clickhouse_url_conceal(shown);
	assert_string_equal(shown, "clickhouse://u:xxxxxx@a/b");
	clickhouse_url_conceal(other);
	assert_string_equal(other, "clickhouse://u@a/b");
	clickhouse_url_conceal(path);
	assert_string_equal(path, "/a:b@c");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(urls_are_read, setup),
		cmocka_unit_test_setup(bad_urls_are_refused, setup),
		cmocka_unit_test_setup(passwords_are_hidden, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
