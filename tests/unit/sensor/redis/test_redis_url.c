/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/redis/redis_url.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int without_password_in_environment(void **state)
{
	(void)state;
	return unsetenv("NSMX_REDIS_PASSWORD");
}

static void places(void **state)
{
	(void)state;
	static const struct {
		const char *target, *host, *path, *user, *password;
		unsigned port, db;
		const char *name;
	} tests[] = {
		{ "redis://h", "h", "", "", "", 6379, 0, "redis://h:6379" },
		{ "REDIS://h/", "h", "", "", "", 6379, 0, "redis://h:6379" },
		{ "redis://h:1/3", "h", "", "", "", 1, 3, "redis://h:1/3" },
		{ "redis://h:65535", "h", "", "", "", 65535, 0, "redis://h:65535" },
		{ "redis://h?db=4", "h", "", "", "", 6379, 4, "redis://h:6379/4" },
		/* user and password */
		{ "redis://u@h", "h", "", "u", "", 6379, 0, "redis://u@h:6379" },
		{ "redis://u:p@h", "h", "", "u", "p", 6379, 0, "redis://u@h:6379" },
		{ "redis://:@h", "h", "", "", "", 6379, 0, "redis://h:6379" },
		{ "redis://:p@h", "h", "", "", "p", 6379, 0, "redis://h:6379" },
		{ "redis://u:p%40%3a%2F%25@h", "h", "", "u", "p@:/%", 6379, 0, "redis://u@h:6379" },
		{ "redis://:p@q/r:s@h/2", "h", "", "", "p@q/r:s", 6379, 2, "redis://h:6379/2" },
		/* IPv6 */
		{ "redis://[::1]", "::1", "", "", "", 6379, 0, "redis://[::1]:6379" },
		{ "redis://[2001:db8::1]:7/9", "2001:db8::1", "", "", "", 7, 9,
		  "redis://[2001:db8::1]:7/9" },
		/* unix socket */
		{ "redis+unix:///s", "", "/s", "", "", 0, 0, "redis+unix:///s" },
		{ "redis+unix:///a%20b/@c?db=2", "", "/a b/@c", "", "", 0, 2,
		  "redis+unix:///a b/@c?db=2" },
		{ "redis+unix://u:p@/s", "", "/s", "u", "p", 0, 0, "redis+unix://u@/s" },
		/* the options that identify an output are in the name */
		{ "redis://h?as=list&key=k", "h", "", "", "", 6379, 0,
		  "redis://h:6379?as=list&key=k" },
		{ "redis+unix:///s?key=k&db=1", "", "/s", "", "", 0, 1,
		  "redis+unix:///s?db=1&key=k" },
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		struct redis_url url;
		char error[256] = "";
		if (redis_url_parse(&url, tests[i].target, error, sizeof(error)) != 0) {
			fail_msg("%s: %s", tests[i].target, error);
		}
		assert_string_equal(url.places[0].host, tests[i].host);
		assert_string_equal(url.path, tests[i].path);
		assert_string_equal(url.user, tests[i].user);
		assert_string_equal(url.password, tests[i].password);
		assert_string_equal(url.name, tests[i].name);
		assert_int_equal(url.db, tests[i].db);
		if (url.scheme == REDIS_URL_TCP) {
			assert_int_equal(url.places[0].port, tests[i].port);
		}
	}
}

static void knows_its_schemes(void **state)
{
	(void)state;
	static const struct {
		const char *target;
		bool is;
	} tests[] = {
		{ "redis://h", true },
		{ "Redis://", true },
		{ "redis+unix:///s", true },
		{ "redis+sentinel://h/m", true },
		{ "redis+cluster://h", true },
		{ "rediss://h", true },
		{ "rediss+sentinel://h/m", true },
		{ "rediss+cluster://h", true },
		{ "redis:/h", false },
		{ "redis", false },
		{ "file:redis://h", false },
		{ "", false },
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		if (redis_url_is(tests[i].target) != tests[i].is) {
			fail_msg("%s", tests[i].target);
		}
	}
}

static void takes_options(void **state)
{
	(void)state;
	struct redis_url url;
	char error[256];
	assert_int_equal(redis_url_parse(&url, "redis://h", error, sizeof(error)), 0);
	assert_int_equal(url.form, REDIS_URL_STREAM);
	assert_string_equal(url.key, "nsmx:hits");
	assert_string_equal(url.field, "event");
	assert_string_equal(url.rows_key, "");
	assert_int_equal(url.maxlen, 1000000);
	assert_int_equal(url.batch, 100);
	assert_int_equal(url.flush_ms, 200);
	assert_int_equal(url.wait, 0);
	assert_int_equal(redis_url_parse(&url,
	                                 "redis://h?as=lpush&key=a%26b&field=f&maxlen=0&"
	                                 "batch=10000&flush=0&wait=2&rows=r",
	                                 error, sizeof(error)),
	                 0);
	assert_int_equal(url.form, REDIS_URL_LPUSH);
	assert_string_equal(url.key, "a&b");
	assert_string_equal(url.field, "f");
	assert_string_equal(url.rows_key, "r");
	assert_int_equal(url.maxlen, 0);
	assert_int_equal(url.batch, 10000);
	assert_int_equal(url.flush_ms, 0);
	assert_int_equal(url.wait, 2);
}

static void errors_say_the_remedy(void **state)
{
	(void)state;
	static const struct {
		const char *target, *words;
	} tests[] = {
		{ "", "redis://" },
		{ "http://h", "redis://" },
		{ "redis:h", "redis://" },
		/* host */
		{ "redis://", "the host is missing" },
		{ "redis:///0", "the host is missing" },
		{ "redis://u:p@", "the host is missing" },
		{ "redis://%20h", "the host is missing" },
		{ "redis://::1", "[]" },
		{ "redis://[::1", "[::1]" },
		{ "redis://[::1]6379", "[::1]" },
		/* port: below, above, no number */
		{ "redis://h:0", "1 to 65535" },
		{ "redis://h:65536", "1 to 65535" },
		/* of 19 digits, of 20, and 2^64 + 1 */
		{ "redis://h:9999999999999999999", "1 to 65535" },
		{ "redis://h:00000000000000000001", "1 to 65535" },
		{ "redis://h:18446744073709551617", "1 to 65535" },
		{ "redis://h:", "1 to 65535" },
		{ "redis://h:6x", "1 to 65535" },
		{ "redis://h:99999999999999999999", "1 to 65535" },
		/* database */
		{ "redis://h/x", "database" },
		{ "redis://h/65536", "database" },
		/* socket */
		{ "redis+unix://", "redis+unix:///PATH" },
		{ "redis+unix:///", "redis+unix:///PATH" },
		{ "redis+unix://tmp/s", "absolute" },
		/* escapes */
		{ "redis://h%", "%25" },
		{ "redis://h%4", "%25" },
		{ "redis://h%zz", "%25" },
		{ "redis://h%00", "control" },
		{ "redis://h%0a", "control" },
		/* options */
		{ "redis://h?list", "NAME=VALUE" },
		{ "redis://h?redirect=192.0.2.1", "redirect: only redis+sentinel://" },
		{ "redis+cluster://h?redirect=h", "redirect: expected at most 16 networks" },
		{ "redis+cluster://h?redirect=", "redirect: expected at most 16 networks" },
		{ "redis://h?nokey=1", "unknown option 'nokey'" },
		{ "redis://h?as=set", "stream, list, lpush or channel" },
		{ "redis://h?key=", "empty" },
		{ "redis://h?batch=0", "1 to 10000" },
		{ "redis://h?batch=10001", "1 to 10000" },
		{ "redis://h?flush=-1", "0 to 60000" },
		{ "redis://h?wait=101", "0 to 100" },
		{ "redis://h?maxlen=9223372036854775808", "maxlen" },
		{ "redis://h?ca=/x", "rediss://" },
		{ "rediss://h?cert=/x", "tls-key=" },
		{ "rediss://h?tls-key=/x", "cert=" },
		/* several hosts */
		{ "redis://a,b", "redis+cluster://" },
		{ "redis+cluster://a,,b", "the host is missing" },
		{ "redis+cluster://a,", "the host is missing" },
		{ "redis+cluster://a,b,c,d,e,f,g,h,i", "more than 8" },
		{ "redis+cluster://a/1", "only database 0" },
		{ "redis+sentinel://a", "the master is missing" },
		{ "redis+sentinel://a/", "the master is missing" },
		{ "redis+sentinel://a//1", "the master is missing" },
		{ "redis+sentinel://a/m/x", "database" },
		/* braces that are no hash tag */
		{ "redis+cluster://h?key=a}b", "hash tag" },
		{ "redis+cluster://h?key={}b", "hash tag" },
		{ "redis+cluster://h?key=a{b", "hash tag" },
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		struct redis_url url;
		char error[256] = "";
		int ret = redis_url_parse(&url, tests[i].target, error, sizeof(error));
		if (ret != -EINVAL || strstr(error, tests[i].words) == NULL) {
			fail_msg("%s: %d, %s", tests[i].target, ret, error);
		}
	}
}

static void too_long_is_an_error(void **state)
{
	(void)state;
	struct redis_url url;
	char error[256], target[400];
	int size = snprintf(target, sizeof(target), "redis+unix:///");
	/* One more than sun_path takes. */
	memset(target + size, 's', sizeof(url.path) - 1);
	target[size + (int)sizeof(url.path) - 1] = '\0';
	assert_int_equal(redis_url_parse(&url, target, error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "107"));
	target[size + (int)sizeof(url.path) - 2] = '\0';
	assert_int_equal(redis_url_parse(&url, target, error, sizeof(error)), 0);
}

static void takes_tls(void **state)
{
	(void)state;
	struct redis_url url;
	char error[256];
	assert_true(redis_url_is("rediss://h"));
	assert_int_equal(redis_url_parse(&url, "rediss://h?ca=/ca.pem&sni=n&tls-key=k&cert=c",
	                                 error, sizeof(error)),
	                 0);
	assert_int_equal(url.scheme, REDIS_URL_TLS);
	assert_string_equal(url.ca, "/ca.pem");
	assert_string_equal(url.cert, "c");
	assert_string_equal(url.tls_key, "k");
	assert_string_equal(url.sni, "n");
}

static void takes_several_hosts(void **state)
{
	(void)state;
	static const struct {
		const char *target, *name, *hosts, *master;
		enum redis_url_scheme scheme;
		enum redis_url_layout layout;
	} tests[] = {
		{ "redis+sentinel://a,b:1,[::1]/main",
		  "redis+sentinel://a:26379,b:1,[::1]:26379/main", "a:26379 b:1 ::1:26379 ", "main",
		  REDIS_URL_TCP, REDIS_URL_SENTINEL },
		{ "rediss+sentinel://u:p@a/main/3", "rediss+sentinel://u@a:26379/main/3",
		  "a:26379 ", "main", REDIS_URL_TLS, REDIS_URL_SENTINEL },
		{ "redis+cluster://u:p@a,b:7", "redis+cluster://u@a:6379,b:7", "a:6379 b:7 ", "",
		  REDIS_URL_TCP, REDIS_URL_CLUSTER },
		{ "rediss+cluster://a/0", "rediss+cluster://a:6379", "a:6379 ", "", REDIS_URL_TLS,
		  REDIS_URL_CLUSTER },
		/* as many as there may be */
		{ "redis+cluster://a,b,c,d,e,f,g,h",
		  "redis+cluster://a:6379,b:6379,c:6379,d:6379,e:6379,f:6379,g:6379,h:6379",
		  "a:6379 b:6379 c:6379 d:6379 e:6379 f:6379 g:6379 h:6379 ", "", REDIS_URL_TCP,
		  REDIS_URL_CLUSTER },
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		struct redis_url url;
		char error[256] = "", hosts[256] = "";
		if (redis_url_parse(&url, tests[i].target, error, sizeof(error)) != 0) {
			fail_msg("%s: %s", tests[i].target, error);
		}
		for (size_t k = 0; k < url.place_count; k++) {
			size_t used = strlen(hosts);
			(void)snprintf(hosts + used, sizeof(hosts) - used, "%s:%u ",
			               url.places[k].host, url.places[k].port);
		}
		assert_string_equal(hosts, tests[i].hosts);
		assert_string_equal(url.name, tests[i].name);
		assert_string_equal(url.master, tests[i].master);
		assert_int_equal(url.scheme, tests[i].scheme);
		assert_int_equal(url.layout, tests[i].layout);
	}
}

static void keys_of_a_cluster_share_a_slot(void **state)
{
	(void)state;
	static const struct {
		const char *target, *tag, *log_key;
	} tests[] = {
		{ "redis://h", "", "nsmx:log" },
		{ "redis://h?key={a}b", "", "nsmx:log" },
		{ "redis+cluster://h", "{nsmx:hits}", "nsmx:log{nsmx:hits}" },
		{ "redis+cluster://h?key=k", "{k}", "nsmx:log{k}" },
		{ "redis+cluster://h?key=x{a}b", "{a}", "nsmx:log{a}" },
		/* the first tag counts, and it may hold an open brace */
		{ "redis+cluster://h?key={a}{b}", "{a}", "nsmx:log{a}" },
		{ "redis+cluster://h?key={{a}}", "{{a}", "nsmx:log{{a}" },
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		struct redis_url url;
		char error[256] = "";
		if (redis_url_parse(&url, tests[i].target, error, sizeof(error)) != 0) {
			fail_msg("%s: %s", tests[i].target, error);
		}
		assert_string_equal(url.tag, tests[i].tag);
		assert_string_equal(url.log_key, tests[i].log_key);
	}
}

static void errors_hide_the_password(void **state)
{
	(void)state;
	static const char *const tests[] = {
		"redis://:secret",
		"redis://:secret@",
		"redis://:secret%@h",
		"redis://:sec?secret@h",
		"redis://:x?secret=1&secret@h",
		"redis://u:secret@h:port",
		"redis+unix://u:secret@",
		"redis+unix://u:secret/",
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		struct redis_url url;
		char error[256] = "";
		assert_int_equal(redis_url_parse(&url, tests[i], error, sizeof(error)), -EINVAL);
		if (strstr(error, "secret") != NULL) {
			fail_msg("%s: %s", tests[i], error);
		}
	}
}

static void password_from_environment(void **state)
{
	(void)state;
	struct redis_url url;
	char error[256];
	assert_int_equal(setenv("NSMX_REDIS_PASSWORD", "from env", 1), 0);
	assert_int_equal(redis_url_parse(&url, "redis://u@h", error, sizeof(error)), 0);
	assert_string_equal(url.password, "from env");
	assert_int_equal(redis_url_parse(&url, "redis://:own@h", error, sizeof(error)), 0);
	assert_string_equal(url.password, "own");
	assert_null(strstr(url.name, "own"));
}

static void hash_is_of_the_place(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		bool same;
	} tests[] = {
		{ "redis://h", "redis://h:6379/0?as=stream", true },
		{ "redis://h", "redis://u:p@h?batch=1&maxlen=2&field=f", true },
		{ "redis://h", "redis://g", false },
		{ "redis://h", "redis://h:1", false },
		{ "redis://h", "redis://h/1", false },
		{ "redis://h", "redis://h?as=list", false },
		{ "redis://h", "redis://h?key=k", false },
		{ "redis://h", "rediss://h", true },
		{ "redis://h", "redis+cluster://h", false },
		{ "redis+sentinel://a,b/m", "redis+sentinel://b:7/m", true },
		{ "redis+sentinel://a/m", "redis+sentinel://a/n", false },
		{ "redis+sentinel://a/m", "redis+sentinel://a/m/1", false },
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		struct redis_url a, b;
		char error[256];
		assert_int_equal(redis_url_parse(&a, tests[i].a, error, sizeof(error)), 0);
		assert_int_equal(redis_url_parse(&b, tests[i].b, error, sizeof(error)), 0);
		if ((a.hash == b.hash) != tests[i].same) {
			fail_msg("%s %s", tests[i].a, tests[i].b);
		}
	}
}

static void forgets(void **state)
{
	(void)state;
	struct redis_url url;
	char error[256];
	assert_int_equal(setenv("NSMX_REDIS_PASSWORD", "hunter2", 1), 0);
	const char *text = getenv("NSMX_REDIS_PASSWORD");
	assert_int_equal(redis_url_parse(&url, "redis://u@h", error, sizeof(error)), 0);
	assert_string_equal(url.password, "hunter2");
	redis_url_forget(&url);
	redis_url_forget_environment();
	assert_int_equal(strnlen(text, 7), 0); /* the memory stays part of the environment */
	assert_null(getenv("NSMX_REDIS_PASSWORD"));
	for (size_t i = 0; i < sizeof(url.password); i++) {
		assert_int_equal(url.password[i], 0);
	}
	assert_string_equal(url.user, "");
	assert_string_equal(url.places[0].host, "h");
}

static void conceals(void **state)
{
	(void)state;
	static const struct {
		const char *before, *after;
	} tests[] = {
		{ "redis://:pass@h/1", "redis://:xxxx@h/1" },
		{ "redis://u:p@ss@h", "redis://u:xxxx@h" },
		{ "redis://u:p?s@h", "redis://u:xxx@h" },
		{ "redis+unix://u:pass@/s", "redis+unix://u:xxxx@/s" },
		{ "redis://u@h:1", "redis://u@h:1" },
		{ "redis://h:1", "redis://h:1" },
		{ "file:/a:b@c", "file:/a:b@c" },
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		char text[64];
		(void)snprintf(text, sizeof(text), "%s", tests[i].before);
		redis_url_conceal(text);
		assert_string_equal(text, tests[i].after);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(knows_its_schemes),
		cmocka_unit_test(takes_options),
		cmocka_unit_test(errors_say_the_remedy),
		cmocka_unit_test(too_long_is_an_error),
		cmocka_unit_test(takes_tls),
		cmocka_unit_test(takes_several_hosts),
		cmocka_unit_test(keys_of_a_cluster_share_a_slot),
		cmocka_unit_test(errors_hide_the_password),
		cmocka_unit_test_teardown(password_from_environment,
		                          without_password_in_environment),
		cmocka_unit_test(hash_is_of_the_place),
		cmocka_unit_test(conceals),
		cmocka_unit_test(forgets),
	};
	return cmocka_run_group_tests(tests, without_password_in_environment, NULL);
}
