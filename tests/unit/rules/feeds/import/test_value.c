/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "rules/feeds/import/value.h"

static void reads(void **state)
{
	(void)state;
	static const struct {
		const char *word, *text;
		bool is_url;
	} tests[] = {
		{ "", "", false },
		{ "evil.com", "evil.com", false },
		{ " \"evil.com\" ", "evil.com", false },
		{ "'evil[.]com',", "evil.com", false },
		{ "<user@evil.com>;", "user@evil.com", false },
		{ "`evil.com`", "evil.com", false },
		{ "\"evil.com'", "\"evil.com'", false },
		{ "\"\"", "", false },
		{ "<>", "", false },
		{ "\"", "\"", false },
		{ "<", "<", false },
		{ "+.evil.com", ".evil.com", false },
		{ "+.", "+.", false },
		/* ports */
		{ "evil.com:8443", "evil.com", false },
		{ "evil.com|53", "evil.com", false },
		{ "evil.com:8443|tcp", "evil.com", false },
		{ "192.0.2.1:8080", "192.0.2.1", false },
		{ "[2001:db8::5]:443", "2001:db8::5", false },
		{ "[2001:db8::5]", "2001:db8::5", false },
		{ "2001:db8::5", "2001:db8::5", false },
		{ "evil.com:http", "evil.com:http", false },
		{ "[2001:db8::5", "[2001:db8::5", false },
		{ "[:80", "[", false },
		{ "[]:80", "", false },
		{ ":80", ":80", false },
		{ "a.com|b.com", "a.com|b.com", false },
		/* paths and URLs */
		{ "evil.com/", "evil.com", true },
		{ "evil.com/a@b", "evil.com", true },
		{ "evil.com/24", "evil.com", true },
		{ "evil.com:80/x", "evil.com", true },
		{ "192.0.2.1/x.exe", "192.0.2.1", true },
		{ "//evil.com/x", "evil.com", true },
		{ "tcp://evil.com:4444", "evil.com", true },
		{ "hxxp://user@evil[.]com/x", "evil.com", true },
		{ "a/b@evil.com", "a", true },
		{ "mailto:user@evil.com", "user@evil.com", false },
		/* networks */
		{ "192.0.2.0/24", "192.0.2.0/24", false },
		{ "192.0.2.0/255.255.255.0", "192.0.2.0/24", false },
		{ "192.0.2.0/0.0.0.0", "192.0.2.0/0", false },
		{ "192.0.2.0/255.255.255.255", "192.0.2.0/32", false },
		{ "192.0.2.0/255.0.255.0", "192.0.2.0", true },
		{ "2001:db8::/32", "2001:db8::/32", false },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct value value;
		assert_int_equal(value_read(tests[i].word, strlen(tests[i].word), &value), 0);
		if (strcmp(value.text, tests[i].text) != 0 || value.is_url != tests[i].is_url) {
			fail_msg("%s: %s %d", tests[i].word, value.text, value.is_url);
		}
	}
}

static void bounds(void **state)
{
	(void)state;
	char word[9000];
	struct value value;
	memset(word, 'a', sizeof(word));
	assert_int_equal(value_read(word, INDICATOR_WORD_MAX, &value), 0);
	assert_int_equal(value_read(word, INDICATOR_WORD_MAX + 1, &value), -1);
	assert_int_equal(value_read(word, sizeof(word), &value), -1);
	/* The path of a URL may be longer. */
	memcpy(word, "http://a.com/", 13);
	assert_int_equal(value_read(word, 8000, &value), 0);
	assert_string_equal(value.text, "a.com");
	memcpy(word, "a.com/", 6);
	assert_int_equal(value_read(word, 8000, &value), 0);
	assert_string_equal(value.text, "a.com");
}

static void recognises(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		bool is, looks;
	} tests[] = {
		{ "evil.com", true, true },
		{ "evil.example", true, true },
		{ "evil[.]com", true, true },
		{ "http://evil.com/x", true, true },
		{ "192.0.2.1", true, true },
		{ "192.0.2.0-255", true, true },
		{ "2001:db8::1", true, true },
		{ "user@evil.com", true, true },
		/* names, but of files and of malware */
		{ "readme.md", true, false },
		{ "svchost.exe", true, false },
		{ "win.asyncrat", true, false },
		/* neither */
		{ "", false, false },
		{ "-", false, false },
		{ "localhost", false, false },
		{ ".com", false, false },
		{ "198.51.100.x", false, false },
		{ "192.0.2.9-192.0.2.1", false, false },
		{ "1.5", false, false },
		{ "2020-01-01", false, false },
		{ "two words.com", false, false },
		{ "d41d8cd98f00b204e9800998ecf8427e", false, false },
	};
	psl_ctx_t *psl = psl_latest(NULL);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct indicator indicator;
		const char *word = tests[i].word;
		bool is = value_is_indicator(word, strlen(word), &indicator);
		bool looks = value_looks_like_indicator(psl, word, strlen(word));
		if (is != tests[i].is || looks != tests[i].looks) {
			fail_msg("%s: %d %d", word, is, looks);
		}
	}
	psl_free(psl);
}

static void knows_hashes(void **state)
{
	(void)state;
	static const char DIGITS[129] =
	        "0123456789abcdefABCDEF0123456789012345678901234567890123456789012345678901234567"
	        "890123456789012345678901234567890123456789abcdef";
	for (size_t size = 0; size < sizeof(DIGITS); size++) {
		char text[sizeof(DIGITS)];
		bool is = size == 32 || size == 40 || size == 56 || size == 64 || size == 96 ||
		          size == 128;
		memcpy(text, DIGITS, size);
		text[size] = '\0';
		assert_int_equal(value_is_hash(text), is);
	}
	assert_false(value_is_hash("0123456789abcdef0123456789abcdeg"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(bounds),
		cmocka_unit_test(recognises),
		cmocka_unit_test(knows_hashes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
