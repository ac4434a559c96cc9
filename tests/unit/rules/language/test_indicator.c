/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "rules/language/indicator.h"

#define L9  "abcdefghi"
#define L63 L9 L9 L9 L9 L9 L9 L9
#define L64 L63 "x"
/* In wire format 3 * 64 + 62 + 1 = 255 octets, and one more. */
#define L61      L9 L9 L9 L9 L9 L9 "abcdefg"
#define N255     L63 "." L63 "." L63 "." L61
#define N256     N255 "x"
#define LOCAL255 L63 L63 L63 L63 "abc"

static void reads(void **state)
{
	(void)state;
	static const struct {
		const char *word, *canonical;
		enum rule_form form;
	} tests[] = {
		/* names */
		{ "example.com", "example.com", FORM_NAME },
		{ "*.example.com", "*.example.com", FORM_NAME },
		{ ".example.com", ".example.com", FORM_NAME },
		{ "localhost", "localhost", FORM_NAME },
		{ ".com", ".com", FORM_NAME },
		{ "_dmarc.ex-ample.com", "_dmarc.ex-ample.com", FORM_NAME },
		{ "1.2.3.4.example", "1.2.3.4.example", FORM_NAME },
		/* case and final dot */
		{ "EXAMPLE.Com", "example.com", FORM_NAME },
		{ "example.com.", "example.com", FORM_NAME },
		{ "*.Example.com.", "*.example.com", FORM_NAME },
		/* U-labels; sharp s stays itself (non-transitional) */
		{ "b\xc3\xbc"
		  "cher.example",
		  "xn--bcher-kva.example", FORM_NAME },
		{ "B\xc3\x9c"
		  "CHER.example",
		  "xn--bcher-kva.example", FORM_NAME },
		{ "*.b\xc3\xbc"
		  "cher.example.",
		  "*.xn--bcher-kva.example", FORM_NAME },
		{ "stra\xc3\x9f"
		  "e.example",
		  "xn--strae-oqa.example", FORM_NAME },
		{ "xn--bcher-kva.example", "xn--bcher-kva.example", FORM_NAME },
		{ "example\xe3\x80\x82jp", "example.jp", FORM_NAME },
		/* networks */
		{ "192.0.2.1", "192.0.2.1", FORM_NETWORK },
		{ "192.0.2.1/32", "192.0.2.1", FORM_NETWORK },
		{ "192.0.2.0/24", "192.0.2.0/24", FORM_NETWORK },
		{ "0.0.0.0/0", "0.0.0.0/0", FORM_NETWORK },
		{ "2001:DB8:0:0::1", "2001:db8::1", FORM_NETWORK },
		{ "2001:db8::/32", "2001:db8::/32", FORM_NETWORK },
		{ "::/0", "::/0", FORM_NETWORK },
		{ "::ffff:192.0.2.1", "192.0.2.1", FORM_NETWORK },
		{ "::ffff:c000:200/120", "192.0.2.0/24", FORM_NETWORK },
		{ "::ffff:0:0/96", "0.0.0.0/0", FORM_NETWORK },
		/* digits and dots of other widths (IDNA maps them) */
		{ "\xef\xbc\x91\xef\xbc\x99\xef\xbc\x92.0.2.\xef\xbc\x91", "192.0.2.1",
		  FORM_NETWORK },
		{ "192\xe3\x80\x82"
		  "0.2.1",
		  "192.0.2.1", FORM_NETWORK },
		/* mailboxes */
		{ "user@example.com", "user@example.com", FORM_MAILBOX },
		{ "User@EXAMPLE.com.", "user@example.com", FORM_MAILBOX },
		{ "@example.com", "@example.com", FORM_MAILBOX },
		{ "a+b=c@b\xc3\xbc"
		  "cher.example",
		  "a+b=c@xn--bcher-kva.example", FORM_MAILBOX },
		{ "\"Us\\er\"@example.com", "user@example.com", FORM_MAILBOX },
		{ "\"a b\"@example.com", "\"a b\"@example.com", FORM_MAILBOX },
		{ "\"a\\\"b\\\\\"@example.com", "\"a\\\"b\\\\\"@example.com", FORM_MAILBOX },
		{ "\"a@b\"@example[.]com", "\"a@b\"@example.com", FORM_MAILBOX },
		{ "\"*\"@example.com", "\"*\"@example.com", FORM_MAILBOX },
		/* what looks defanged in quotes is meant so, and stays so */
		{ "\"a[.]b\"@example.com", "\"a[.]b\"@example.com", FORM_MAILBOX },
		{ "\"a\\.b\"@example.com", "a.b@example.com", FORM_MAILBOX },
		{ "\"http://a\"@example.com", "\"http://a\"@example.com", FORM_MAILBOX },
		{ "a[[.]]b@example.com", "\"a[.]b\"@example.com", FORM_MAILBOX },
		{ "a{{at}at}b@example.com", "\"a{@at}b\"@example.com", FORM_MAILBOX },
		{ "a[\\..]b@example.com", "\"a[..b\"@example.com", FORM_MAILBOX },
		{ "a}.b)@example.com", "\"a}.b)\"@example.com", FORM_MAILBOX },
		{ "\"\xef\xbd\x81\"@example.com", "\"\xef\xbd\x81\"@example.com", FORM_MAILBOX },
		{ "\"\\\"a b\\\"\"@example.com", "\"\\\"a b\\\"\"@example.com", FORM_MAILBOX },
		/* defanged */
		{ "45.77.24[.]250", "45.77.24.250", FORM_NETWORK },
		{ "45(.)77{.}24\\.250", "45.77.24.250", FORM_NETWORK },
		{ "192.0.2.0[/]24", "192.0.2.0/24", FORM_NETWORK },
		{ "ns[.]example[dot]org", "ns.example.org", FORM_NAME },
		{ "ns(DOT)example{dot}org[.]", "ns.example.org", FORM_NAME },
		{ "[.]example[.]org", ".example.org", FORM_NAME },
		{ "*[.]example[.]org", "*.example.org", FORM_NAME },
		{ "2001[:]db8[:][:]1", "2001:db8::1", FORM_NETWORK },
		{ "user(at)example[.]org", "user@example.org", FORM_MAILBOX },
		{ "user[at]example.org", "user@example.org", FORM_MAILBOX },
		{ "user[@]example(dot)org", "user@example.org", FORM_MAILBOX },
		{ "ns[ . ]example[ dot ]org", "ns.example.org", FORM_NAME },
		{ "ns<.>example<dot>org", "ns.example.org", FORM_NAME },
		{ "ns[,]example[d0t]org", "ns.example.org", FORM_NAME },
		{ "ns[punkt]example(punto)example{point}org", "ns.example.example.org", FORM_NAME },
		{ "ns[\\.]example\\.org", "ns.example.org", FORM_NAME },
		{ "a[-]b[dash]c.example", "a-b-c.example", FORM_NAME },
		{ "user<at>example[.]org", "user@example.org", FORM_MAILBOX },
		/* one bracket */
		{ "ns[.example.]org", "ns.example.org", FORM_NAME },
		{ "192.0(.2.)1", "192.0.2.1", FORM_NETWORK },
		{ "user[@example{.org", "user@example.org", FORM_MAILBOX },
		{ "user@]example.}org", "user@example.org", FORM_MAILBOX },
		/* characters of other widths, other dots and hyphens, some that are invisible */
		{ "\xef\xbd\x85\xef\xbd\x96il\xef\xbc\x8e\xef\xbd\x83om", "evil.com", FORM_NAME },
		{ "evil\xe3\x80\x82"
		  "com",
		  "evil.com", FORM_NAME },
		{ "evil\xef\xbd\xa1"
		  "com",
		  "evil.com", FORM_NAME },
		{ "evil\xe2\x80\xa4"
		  "com",
		  "evil.com", FORM_NAME },
		{ "evil\xef\xbc\xbb.\xef\xbc\xbd"
		  "com",
		  "evil.com", FORM_NAME },
		{ "evil\xe3\x80\x90.\xe3\x80\x91"
		  "com",
		  "evil.com", FORM_NAME },
		{ "user\xef\xbc\xa0"
		  "evil.com",
		  "user@evil.com", FORM_MAILBOX },
		{ "a\xe2\x80\x91"
		  "b.com",
		  "a-b.com", FORM_NAME },
		{ "e\xe2\x80\x8bvil\xc2\xad.com", "evil.com", FORM_NAME },
		{ "2001\xef\xbc\x9a"
		  "db8\xef\xbc\x9a\xef\xbc\x9a"
		  "1",
		  "2001:db8::1", FORM_NETWORK },
		/* URLs: the host alone */
		{ "hxtp://example[.]com", "example.com", FORM_NAME },
		{ "h**p://example[.]com", "example.com", FORM_NAME },
		{ "hxxps[://]example[.]com/x", "example.com", FORM_NAME },
		{ "http[:]//example[.]com", "example.com", FORM_NAME },
		{ "http(:)\\\\example[.]com\\x", "example.com", FORM_NAME },
		{ "[http]://example[.]com", "example.com", FORM_NAME },
		{ "hxxp:[//]example.com[:]8080[/]x", "example.com", FORM_NAME },
		{ "mailto:user@example.com?subject=x", "user@example.com", FORM_MAILBOX },
		{ "hxxp://example[.]com", "example.com", FORM_NAME },
		{ "hxxps[:]//example.com/path?q=a@b#c", "example.com", FORM_NAME },
		{ "hXXps://user:pw@Example.com:8080/", "example.com", FORM_NAME },
		{ "http[://]example.com", "example.com", FORM_NAME },
		{ "hxxp://192.0.2[.]1/24/x", "192.0.2.1", FORM_NETWORK },
		{ "hxxp://[2001:db8::1]:80/", "2001:db8::1", FORM_NETWORK },
		{ "[2001:db8::1]", "2001:db8::1", FORM_NETWORK },
		/* label of 63 octets */
		{ L63 ".example", L63 ".example", FORM_NAME },
		/* name of 255 octets */
		{ N255, N255, FORM_NAME },
		{ "*." N255, "*." N255, FORM_NAME },
		/* local part of 255 octets */
		{ LOCAL255 "@example.com", LOCAL255 "@example.com", FORM_MAILBOX },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct indicator indicator;
		struct indicator again;
		char why[INDICATOR_WHY_SIZE] = "";
		char text[INDICATOR_TEXT_SIZE];
		if (indicator_parse(tests[i].word, &indicator, why) != 0) {
			fail_msg("%s: %s", tests[i].word, why);
		}
		assert_int_equal(indicator.form, tests[i].form);
		size_t size = indicator_text(&indicator, text);
		assert_string_equal(text, tests[i].canonical);
		assert_int_equal(size, strlen(text));
		assert_int_equal(indicator_parse(text, &again, why), 0);
		assert_int_equal(again.form, indicator.form);
		char again_text[INDICATOR_TEXT_SIZE];
		indicator_text(&again, again_text);
		assert_string_equal(again_text, text);
	}
}

static void refuses_with_a_remedy(void **state)
{
	(void)state;
	static const struct {
		const char *word, *why;
	} tests[] = {
		/* only as an address, with digits of any width */
		{ "192.0.2.99\xef\xbc\x99", "not an IPv4 address" },
		/* meant as IPv4 */
		{ "198.51.100.x", "neither an IPv4 address nor a name" },
		{ "198.51.100.x5", "neither an IPv4 address nor a name" },
		{ "198.51.100.xxx", "neither an IPv4 address nor a name" },
		{ "0xc6.0x33.100.7", "neither an IPv4 address nor a name" },
		{ "198.51.100.0-255", "neither an IPv4 address nor a name" },
		{ "198.51.100.0-198.51.100.255.", "neither an IPv4 address nor a name" },
		{ "086.035.071.014", "without leading zeros" },
		/* nothing */
		{ "", "has no labels" },
		{ ".", "has no labels" },
		{ "*.", "has no labels" },
		{ "hxxp://", "has no labels" },
		{ "hxxp://:80/", "has no labels" },
		/* labels */
		{ "example..com", "empty label" },
		{ "example.com..", "empty label" },
		{ "..example.com", "empty label" },
		{ "user@", "has no labels" },
		{ L64 ".example", "64 octets" },
		{ N256, "more than 255 octets" },
		/* characters */
		{ "*", "*.example.com" },
		{ "*example.com", "*.example.com" },
		{ "a.*.example.com", "*.example.com" },
		{ "example.com/path", "write `example.com`" },
		{ "example.com:25", "write `example.com`" },
		{ "awsdns-[00-63].com", "only `protect`" },
		{ "exa$mple.com", "`$` is not allowed" },
		{ "a b.example", "` ` is not allowed" },
		{ "a\xf0\x9f\x98\x80\xe2\x80\x8b..b", "international" },
		{ L63 "." L64, "has 64 octets" },
		/* addresses */
		{ "192.0.2", "not an IPv4" },
		{ "192.0.2.256", "not an IPv4" },
		{ "045.077.024.250", "leading zeros" },
		{ "192.0.2.1.", "not an IPv4" },
		{ "1234", "not an IPv4" },
		{ "2001:db8:::1", "not an IPv6" },
		{ "fe80::1%eth0", "not an IPv6" },
		{ "192.0.2.0/33", "0 to 32" },
		{ "192.0.2.0/", "0 to 32" },
		{ "192.0.2.0/-1", "path" },
		{ "2001:db8::/129", "0 to 128" },
		/* host bits */
		{ "192.0.2.1/24", "192.0.2.0/24" },
		{ "192.0.2.1/0", "0.0.0.0/0" },
		{ "2001:db8::1/127", "2001:db8::/127" },
		{ "::ffff:192.0.2.1/120", "192.0.2.0/24" },
		/* mailboxes */
		{ "user@*.example.com", "write `*.example.com`" },
		{ "user@.example.com", "write `.example.com`" },
		{ "*@example.com", "`@example.com`" },
		{ "user@[192.0.2.1]", "use the kind `server`" },
		{ "\"\"@example.com", "is empty" },
		{ LOCAL255 "x@example.com", "more than 255" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct indicator indicator;
		char why[INDICATOR_WHY_SIZE] = "";
		if (indicator_parse(tests[i].word, &indicator, why) == 0) {
			fail_msg("%s was read", tests[i].word);
		}
		if (strstr(why, tests[i].why) == NULL) {
			fail_msg("%s: %s, not %s", tests[i].word, why, tests[i].why);
		}
	}
}

static void word_too_long(void **state)
{
	(void)state;
	static char word[INDICATOR_WORD_MAX + 2];
	struct indicator indicator;
	char why[INDICATOR_WHY_SIZE];
	memset(word, 'a', INDICATOR_WORD_MAX);
	assert_int_equal(indicator_parse(word, &indicator, why), -1);
	assert_non_null(strstr(why, "label"));
	word[INDICATOR_WORD_MAX] = 'a';
	assert_int_equal(indicator_parse(word, &indicator, why), -1);
	assert_non_null(strstr(why, "2048"));
}

static void families(void **state)
{
	(void)state;
	static const struct {
		const char *word, *canonical, *why;
	} tests[] = {
		{ "google.com", "google.com", NULL },
		{ "awsdns-[00-63].com", "awsdns-[00-63].com", NULL },
		{ "NS[1-12].Example[.]com.", "ns[1-12].example.com", NULL },
		{ "[0-9].example.com", "[0-9].example.com", NULL },
		{ "a[5-5].example", "a[5-5].example", NULL },
		{ "a[000000001-000000009].example", "a[000000001-000000009].example", NULL },
		{ "a[9-10].example", "a[9-10].example", NULL },
		/* no names, which `protect` refuses */
		{ "u@a[1-2].example", "u@a0.example", NULL },
		{ "*.a[1-2].example", "*.a0.example", NULL },
		{ ".a[1-2].example", ".a0.example", NULL },
		/* not a range */
		{ "a[x].example", NULL, "two numbers" },
		{ "a[1-].example", NULL, "two numbers" },
		{ "a[-1].example", NULL, "two numbers" },
		{ "a[1-2.example", NULL, "two numbers" },
		{ "a[", NULL, "two numbers" },
		{ "a[5]x].example", NULL, "two numbers" },
		{ "a[5-6x].example", NULL, "two numbers" },
		{ "a[5-]6].example", NULL, "two numbers" },
		{ "a[1234567890-1234567891].example", NULL, "nine digits" },
		{ "a[09-10].b[", NULL, "one range" },
		{ "a[10-9].example", NULL, "same number of digits" },
		{ "a[0-1]..example", NULL, "empty label" },
		{ "a[2-1].example", NULL, "must not exceed" },
		{ "a[00-100].example", NULL, "same number of digits" },
		{ "a[1-1234567890].example", NULL, "nine digits" },
		{ "a[1-2].b[1-2].example", NULL, "one range" },
		{ "b\xc3\xbc[1-2].example", NULL, "ASCII" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct indicator indicator;
		char why[INDICATOR_WHY_SIZE] = "";
		char text[INDICATOR_TEXT_SIZE];
		int ret = indicator_parse_family(tests[i].word, &indicator, why);
		if ((ret == 0) != (tests[i].why == NULL)) {
			fail_msg("%s: %s", tests[i].word, why);
		}
		if (ret == 0) {
			indicator_text(&indicator, text);
			assert_string_equal(text, tests[i].canonical);
		} else {
			assert_non_null(strstr(why, tests[i].why));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refuses_with_a_remedy),
		cmocka_unit_test(word_too_long),
		cmocka_unit_test(families),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
