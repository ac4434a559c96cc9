/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/fetch/sources/url.h"

static void checks(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		bool plain;
		const char *why; /* NULL: valid */
	} rows[] = {
		{ "https://feeds.example/list.txt?a=b", false, NULL },
		{ "https://[2001:db8::1]:8443/", false, NULL },
		{ "https://feeds.example/{token}/list", false, NULL },
		{ "HTTPS://feeds.example/", false, NULL },
		{ "http://feeds.example/", true, NULL },
		{ "http://feeds.example/", false, "plain = yes" },
		{ "file:///etc/passwd", true, "expected https://" },
		{ "ftp://feeds.example/", true, "expected https://" },
		{ "https://user@feeds.example/", false, "token-file" },
		{ "https://user:secret@feeds.example/", false, "token-file" },
		{ "https://", false, "not a URL" },
		{ "https://a b/", false, "not a URL" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char error[URL_ERROR_MAX] = "";
		bool good = url_check(rows[i].url, rows[i].plain, error);
		if (good != (rows[i].why == NULL) ||
		    (!good && strstr(error, rows[i].why) == NULL)) {
			fail_msg("%s: %s", rows[i].url, error);
		}
	}
}

static void shown(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "https://feeds.example/list.txt", "https://feeds.example/list.txt" },
		{ "https://feeds.example/list.txt?key=secret",
		  "https://feeds.example/list.txt?..." },
		{ "https://u:p@feeds.example/#f", "https://feeds.example/" },
		{ "https://feeds.example/{token}/list", "https://feeds.example/{token}/list" },
		{ "nonsense with blanks", "?" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[URL_SHOWN_MAX];
		url_show(rows[i][0], text);
		assert_string_equal(text, rows[i][1]);
	}
}

static void origins(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "https://a.example/x", "https://A.example:443/y?z", true },
		{ "https://a.example/", "https://a.example:8443/", false },
		{ "https://a.example/", "http://a.example/", false },
		{ "https://a.example/", "https://a.example.evil.test/", false },
		{ "https://a.example/", "https://a.example@evil.test/", false },
		{ "https://a.example/", "nonsense with blanks", false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(url_is_same_origin(rows[i].a, rows[i].b), rows[i].same);
	}
}

static void expansions(void **state)
{
	(void)state;
	char url[URL_MAX];
	char long_url[URL_MAX + 8];
	assert_true(url_expand("https://a/{token}/x/{token}", "k/&?", url));
	assert_string_equal(url, "https://a/k%2F%26%3F/x/k%2F%26%3F");
	assert_true(url_expand("https://a/{token}", NULL, url));
	assert_string_equal(url, "https://a/{token}");
	memset(long_url, 'a', sizeof(long_url));
	long_url[URL_MAX - 1] = '\0';
	assert_true(url_expand(long_url, "x", url));
	long_url[URL_MAX - 1] = 'a';
	long_url[URL_MAX] = '\0';
	assert_false(url_expand(long_url, "x", url));
	assert_false(url_expand(long_url, NULL, url));
}

static void fields(void **state)
{
	(void)state;
	assert_true(url_is_header("X-OTX-API-KEY"));
	assert_false(url_is_header(""));
	assert_false(url_is_header("A: b"));
	assert_false(url_is_header("A\r\nB"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks),     cmocka_unit_test(shown),  cmocka_unit_test(origins),
		cmocka_unit_test(expansions), cmocka_unit_test(fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
