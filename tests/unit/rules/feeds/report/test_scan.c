/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "rules/feeds/report/scan.h"
#include "tests/unit/guard.h"

#define FOUND_SIZE 512

/*! \brief Lists what a scan finds in a text that ends where an unreadable page begins. */
static void scan_all(const psl_ctx_t *psl, const char *text, char found[FOUND_SIZE])
{
	struct guard guard;
	struct sighting sighting;
	guard_open(&guard);
	const char *view = (const char *)guard_lay(&guard, text, strlen(text));
	struct scan scan = scan_init(psl, view, strlen(text));
	found[0] = '\0';
	while (scan_next(&scan, &sighting)) {
		char indicator[INDICATOR_TEXT_SIZE];
		indicator[indicator_text(&sighting.indicator, indicator)] = '\0';
		strcat(found, sighting.defanged ? "!" : "");
		strcat(found, sighting.link ? "/" : "");
		strcat(strcat(found, indicator), " ");
		assert_true(sighting.at >= view);
		assert_true(sighting.at + sighting.size <= scan.end);
	}
	guard_close(&guard);
}

static void finds_indicators(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *found; /*!< Canonical; `!` in front: defanged, `/`: of a link. */
	} tests[] = {
		{ "", "" },
		{ "nothing here", "" },
		/* defanged */
		{ "evil[.]com", "!evil.com " },
		{ "ns1[.]evil(.)co{dot}uk.", "!ns1.evil.co.uk " },
		{ "EVIL[.]COM.", "!evil.com " },
		{ "(evil[.]com)", "!evil.com " },
		{ "evil\\.com", "!evil.com " },
		{ "192.0.2[.]1", "!192.0.2.1 " },
		{ "192.0.2[.]0/24", "!192.0.2.0/24 " },
		{ "2001:db8[:]1::2", "!2001:db8:1::2 " },
		{ "a(at)evil[.]com", "!a@evil.com " },
		{ "a [at] evil [dot] com is", "!a@evil.com " },
		{ "evil[.]example", "!evil.example " },
		/* links */
		{ "hxxp://evil[.]com/a.b.com/c", "!/evil.com " },
		{ "hxxps[:]//evil.com:8443/", "!/evil.com " },
		{ "https://good.com/evil.com?x=a.com b.com", "/good.com b.com " },
		{ "good.com/path/other.com", "/good.com " },
		/* borders: other scripts, punctuation, ports */
		{ "これはevil[.]comです", "!evil.com " },
		{ "「evil[.]com」、a.com。", "!evil.com a.com " },
		{ "192.0.2[.]1#53(192.0.2[.]1)", "!192.0.2.1 !192.0.2.1 " },
		{ "evil[.]com:25", "!evil.com " },
		{ "b\xc3\xbc"
		  "cher[.]de",
		  "!xn--bcher-kva.de " },
		{ "\xff\xfe"
		  "evil[.]com\xff",
		  "!evil.com " },
		{ "hxtp://evil.com/a http:\\\\evil[.]com\\a h**ps://evil.org",
		  "!/evil.com !/evil.com !/evil.org " },
		{ "redis://a.com:6379 gopher://b.com/", "/a.com /b.com " },
		/* other styles */
		{ "evil[ . ]com, ns<dot>evil<.>com, evil[.com and 192.0.2.]1",
		  "!evil.com !ns.evil.com !evil.com !192.0.2.1 " },
		{ "\xef\xbc\x91\xef\xbc\x99\xef\xbc\x92\xef\xbc\x8e"
		  "0\xef\xbc\x8e"
		  "2\xef\xbc\x8e"
		  "1",
		  "!192.0.2.1 " },
		{ "a.com\xe3\x80\x82"
		  "b.com",
		  "a.com b.com " },
		/* whole IPv6 addresses, or none */
		{ "server=2001:db8::1 /2001:db8::2/64, IPv6:2001:db8::3",
		  "2001:db8::1 2001:db8::3 " },
		{ "/2001:db8:5::2 x$2001:db8::4", "2001:db8:5::2 " },
		/* plain */
		{ "mail.evil.com, 192.0.2.1 and a@b.com", "mail.evil.com 192.0.2.1 a@b.com " },
		{ "2001:db8::1", "2001:db8::1 " },
		/* borders of labels and words */
		{ "root@localhost wrote to a@b", "" },
		{ "root@localhost.localdomain", "" },
		{ "-a.com a-b.com _dmarc.a.com", "a-b.com _dmarc.a.com " },
		{ "a.c a.b-c a.12 a.1-2", "" },
		{ "a.com. a.com, a.com; a.com:", "a.com a.com a.com a.com " },
		{ "x/a.com \\a.com $a.com %a.com ~a.com =a.com &a.com", "" },
		{ "a+b@c.com, a+b+@c.com", "a+b@c.com " },
		{ "a+ b.com", "b.com " },
		{ "a(at)b.com a [at]b.com a[at] b.com", "!a@b.com b.com b.com " },
		{ "a [dot] com a [.]com", "!a.com " },
		{ "évil[.]com ωm[.]com зло[.]com",
		  "!xn--vil-9la.com !xn--m-cnb.com !xn--g1aij.com " },
		{ "5×a.com 5÷a.com", "a.com a.com " },
		{ "a.py b.sh c@d.py", "c@d.py " },
		{ "a[.]py", "!a.py " },
		{ "zAZ.com", "zaz.com " },
		{ "aÀb.com aɏb.com", "xn--ab-jia.com xn--ab-zeb.com " },
		{ "aͰb.com aϿb.com aЀb.com aԯb.com",
		  "xn--ab-u3b.com xn--ab-v4b.com xn--ab-ync.com xn--ab-26c.com " },
		{ "a[.]12 a[.]1-2", "" },
		/* networks */
		{ "2001:db8::/112 2001:db8::/1280", "2001:db8::/112 2001:db8:: " },
		{ "abc::1 ab::1", "abc::1 " },
		{ "192.0.2.0/24, 192.0.2.1/x 192.0.2.0[/]24",
		  "192.0.2.0/24 /192.0.2.1 192.0.2.0/24 " },
		{ "192.0.2.0/24x 192.0.2.0/1234", "/192.0.2.0 /192.0.2.0 " },
		{ "2001:db8::/32. 2001:db8::1. fe80::1", "2001:db8::/32 2001:db8::1 fe80::1 " },
		{ "2001:db8[:]:1", "!2001:db8::1 " },
		{ "ab::1 1::2 10:20::", "" },
		/* schemes and paths */
		{ "a.com/24", "/a.com " },
		{ "http://a.com/\x7f"
		  "b.com",
		  "/a.com b.com " },
		{ "http[.]//a.com http:x/a.com http:/xa.com", "" },
		{ "http:/a.com http:a.com http//a.com", "a.com /a.com " },
		{ "http://a.com HTTP://a.com ftp://a.com dns://a.com",
		  "/a.com /a.com /a.com /a.com " },
		{ "hxxp[://]a.com/x hxxp[:]//b.com fxp://c.com", "!/a.com !/b.com !/c.com " },
		{ "http[:]//a.com http[.]a.com", "!/a.com !http.a.com " },
		{ "http://[2001:db8::1]/ http:// http:", "" },
		{ "http://a.com\"b.com http://a.com<b.com http://a.com`b.com",
		  "/a.com b.com /a.com b.com /a.com b.com " },
		{ "a.com//b.com a.com/", "a.com a.com " },
		/* nothing after the last sign */
		{ "http", "" },
		{ "http:", "" },
		{ "http:/", "" },
		{ "http://", "" },
		{ "a.", "" },
		{ "a@", "" },
		{ "a[", "" },
		{ "a[.", "" },
		{ "a[.]", "" },
		{ "a [.]", "" },
		{ "a\\", "" },
		{ "a\\.", "" },
		{ "192.0.2.1/", "192.0.2.1 " },
		{ "192.0.2.1[/]", "192.0.2.1 " },
		{ "2001:db8::1/", "2001:db8::1 " },
		{ "a.com/", "a.com " },
		/* no indicators */
		{ "e.g. this, i.e. that; v1.2.3 at 10:20:30", "" },
		{ "setup.py, README.md, std::string, a::b, ::", "" },
		{ "example.notatld and 1.2.3 and 1.2.3.4.5", "" },
		{ "com co.uk [.]com evil[.] [.]", "" },
		{ "@handle /etc/resolv.conf C:\\x.com", "" },
		{ "[.][.][.] a[.][.]b ((((", "" },
	};
	psl_ctx_t *psl = psl_latest(NULL);
	assert_non_null(psl);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char found[FOUND_SIZE];
		scan_all(psl, tests[i].text, found);
		if (strcmp(found, tests[i].found) != 0) {
			fail_msg("`%s`: %s", tests[i].text, found);
		}
	}
	psl_free(psl);
}

static void without_suffix_list(void **state)
{
	(void)state;
	char found[FOUND_SIZE];
	scan_all(NULL, "a.notatld com a.12 a.b root@localhost", found);
	assert_string_equal(found, "a.notatld ");
}

/*! \brief The place of an indicator is what the text has of it, signs at its end excepted. */
static void finds_places(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *place;
	} tests[] = {
		{ "see a.com. And", "a.com" },
		{ "see evil[.]com[.] And", "evil[.]com" },
		{ "at 2001:db8::1.", "2001:db8::1" },
		{ "in 192.0.2.0[/]24.", "192.0.2.0[/]24" },
		{ "get hxxp://a.com:80/x y", "hxxp://a.com" },
		{ "to a [at] evil [dot] com now", "a [at] evil [dot] com" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sighting sighting;
		struct scan scan = scan_init(NULL, tests[i].text, strlen(tests[i].text));
		assert_true(scan_next(&scan, &sighting));
		assert_int_equal(sighting.size, strlen(tests[i].place));
		assert_memory_equal(sighting.at, tests[i].place, sighting.size);
	}
}

/* Which characters beyond ASCII belong to a word. */
static void letters(void **state)
{
	(void)state;
	static const char EXPECTED[] = "c0-d6 d8-f6 f8-24f 370-52f ff10-ff19 ff21-ff3a ff41-ff5a ";
	char found[1024] = "";
	size_t used = 0;
	bool before = false;
	for (uint32_t code = 0x80; code <= 0x10000; code++) {
		char text[] = "\0\0\0evil.example";
		struct sighting sighting;
		size_t size = code < 0x800 ? 2 : 3;
		text[3 - size] = (char)(size == 2 ? 0xc0 | code >> 6 : 0xe0 | code >> 12);
		text[1] = size == 2 ? text[1] : (char)(0x80 | (code >> 6 & 0x3f));
		text[2] = (char)(0x80 | (code & 0x3f));
		struct scan scan = scan_init(NULL, text + 3 - size, sizeof(text) - 4 + size);
		bool is_apart = scan_next(&scan, &sighting) && sighting.at == text + 3;
		bool is_letter = code < 0x10000 && !is_apart;
		if (is_letter != before) {
			used += (size_t)snprintf(found + used, sizeof(found) - used,
			                         is_letter ? "%x" : "-%x ", code - !is_letter);
			assert_true(used < sizeof(found));
		}
		before = is_letter;
	}
	assert_string_equal(found, EXPECTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_indicators),
		cmocka_unit_test(without_suffix_list),
		cmocka_unit_test(finds_places),
		cmocka_unit_test(letters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
