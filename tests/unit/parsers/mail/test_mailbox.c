/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/mail/mailbox.h"

/* Expected of RCPT: flags, N empty path, A angled; " local|domain" for each reading, with ">" if
 * mail to it is routed there. NULL: no mailbox. What servers do with such paths is recorded in
 * tests/pcaps/envelopes. */
static const struct {
	const char *text, *expected;
} tests[] = {
	/* usual */
	{ "<a@b.test>", "A a|b.test" },
	{ "<A.B+c@B.Test>", "A A.B+c|B.Test" },
	{ " <a@b.test>", "A a|b.test" },
	{ "\t<a@b.test>  SIZE=10", "A a|b.test" },
	{ "<a@b.test>SIZE=10", "A a|b.test" },
	{ "<a@b.test> ORCPT=rfc822;x@y.test NOTIFY=NEVER", "A a|b.test" },
	{ "<a@b.test> SMTPUTF8", "A a|b.test" },
	/* bare */
	{ "a@b.test", " a|b.test" },
	{ " a@b.test SIZE=1", " a|b.test" },
	{ "\"a b\"@c.test BODY=8BITMIME", " \"a b\"|c.test" },
	{ "a@b.test>", " a|b.test" },
	/* empty path */
	{ "<>", "NA" },
	{ "< >", "NA" },
	{ "<<>>", "NA" },
	{ "<> SIZE=1", "NA" },
	{ "<(nobody)>", "NA" },
	/* no mailbox */
	{ "", NULL },
	{ " ", NULL },
	{ "<", NULL },
	{ "< ", NULL },
	{ "()", NULL },
	/* no domain */
	{ "<postmaster>", "A postmaster|" },
	{ "postmaster", " postmaster|" },
	{ "<a@>", "A a|" },
	{ "<@b.test>", "A |b.test" },
	{ "<@>", "A |" },
	/* display names: Exim takes several words */
	{ "A <a@b.test>", " a|b.test" },
	{ "A<a@b.test>", " a|b.test" },
	{ "A B. C <a@b.test>", " a|b.test" },
	{ "\"A, B\" <a@b.test>", " a|b.test" },
	{ "(A) <a@b.test>", " a|b.test" },
	{ "<A <a@b.test>>", "A a|b.test" },
	{ "<\"A\" <a@b.test>>", "A a|b.test" },
	{ "x@y.test <a@b.test>", " a|b.test" },
	{ "<x@y.test <a@b.test>>", "A a|b.test" },
	{ "A <a@b.test> NOTIFY=NEVER", " a|b.test" },
	/* brackets: Postfix */
	{ "<<a@b.test>>", "A a|b.test" },
	{ "<a@b.test>>", "A a|b.test" },
	{ "<>a@b.test", "A a|b.test" },
	{ "<a@b.test", " a|b.test" },
	{ "<a@b.test>x", "A a|b.test" },
	/* blanks: Exim 4.96 writes = for the last one */
	{ "< a@b.test >", "A a|b.test" },
	{ "<a @b.test>", "A a|b.test a=|b.test" },
	{ "<a @ b.test>", "A a|b.test" },
	{ "a @ b.test", " a|b.test" },
	{ "<a b@c.test>", "A a=b|c.test" },
	{ "<a . b@c.test>", "A a.b|c.test a.=b|c.test" },
	{ "<a\t@b.test>", "A a|b.test a=|b.test" },
	{ "<a@b. test>", "A a|b.test" },
	{ "a @b.test NOTIFY=NEVER", " a=|b.test" },
	/* comments */
	{ "(x)<a@b.test>(y)", " a|b.test" },
	{ "<(x)a(y)@(z)b.test(w)>", "A a|b.test" },
	{ "<a (b c)@d.test>", "A a|d.test" },
	{ "<a(>)@b.test>", "A a|b.test" },
	{ "<a(\\))@b.test>", "A a|b.test" },
	{ "<a(b(c)d)@e.test>", "A a|e.test" },
	{ "<a(x@y.test)@b.test>", "A a|b.test" },
	{ "<a@b(c).test>", "A a|b.test" },
	{ "<a@b.test(c>", "A a|b.test" },
	{ "<(a@b.test>", "NA" },
	/* quotes */
	{ "<\"a@b\"@c.test>", "A \"a@b\"|c.test >a|b" },
	{ "<\"a>b\"@c.test>", "A \"a>b\"|c.test" },
	{ "<\"a\\\"@b\"@c.test>", "A \"a\\\"@b\"|c.test >\"a\\\"\"|b" },
	{ "<\" \"@c.test>", "A \" \"|c.test" },
	{ "<\"\"@c.test>", "A \"\"|c.test" },
	{ "<a@b.test\"", " a|b.test" },
	{ "<a@b.test.\"", " a|b.test." },
	{ "<a.\"b@c\".d@e.test>", "A a.\"b@c\".d|e.test >a.b|c.d" },
	{ "<\"a@b.test\">", "A a|b.test" },
	{ "\"a@b.test\"", " a|b.test" },
	{ "<a@\"b.test\">", "A a|b.test" },
	{ "<\"a\" @ b.test>", "A \"a\"|b.test" },
	{ "<\"a\"b@c.test>", "A b|c.test" },
	{ "<\"a@b.test>", "A a|b.test" },
	{ "<x@\"y@b.test\">", "A \"x@y\"|b.test >x|y" },
	{ "<\"@r.test:a\"@b.test>", "A a|b.test \"@r.test:a\"|b.test" },
	/* escapes */
	{ "<a\\@b.test>", "A a|b.test" },
	{ "<a\\@b@c.test>", "A a\\@b|c.test >a|b" },
	{ "<a\\b@c.test>", "A a\\b|c.test" },
	{ "<a@b\\.test>", "A a|b.test" },
	{ "<a@b.test\\", " a|b.test\\" },
	/* several @: the last one counts */
	{ "<a@b@c.test>", "A a@b|c.test >a|b" },
	{ "<a@@b.test>", "A a@|b.test" },
	/* source routes */
	{ "<@r.test:a@b.test>", "A a|b.test" },
	{ "<@r.test,@s.test:a@b.test>", "A a|b.test" },
	{ "<@r.test: a@b.test>", "A a|b.test =a|b.test" },
	{ "@r.test:a@b.test", " a|b.test" },
	{ "<@r.test,,@s.test:a@b.test>", "A a|b.test" },
	{ "<@r.test:@s.test:a@b.test>", "A a|b.test" },
	{ "<@[192.0.2.1]:a@b.test>", "A a|b.test" },
	{ "<@r.test:a>", "A a|" },
	{ "<r.test:a@b.test>", "A r.test:a|b.test" },
	/* routed by the host in the local part */
	{ "<a%b.test@c.test>", "A a%b.test|c.test >a|b.test" },
	{ "<a%b.test>", "A a%b.test| >a|b.test" },
	{ "<a%b.test%c.test@c.test>", "A a%b.test%c.test|c.test >a|b.test" },
	{ "<a%b.test%d.test@c.test>", "A a%b.test%d.test|c.test >a%b.test|d.test >a|b.test" },
	{ "<b.test!a>", "A b.test!a| >a|b.test" },
	{ "<b.test!a@c.test>", "A b.test!a|c.test >a|b.test" },
	{ "<d.test!b.test!a@c.test>", "A d.test!b.test!a|c.test >b.test!a|d.test >a|b.test" },
	{ "<\"a%b.test\"@c.test>", "A \"a%b.test\"|c.test >a|b.test" },
	{ "<\"a@b.test\"@c.test>", "A \"a@b.test\"|c.test >a|b.test" },
	{ "<a%@c.test>", "A a%|c.test" },
	{ "<a%1%2%3%4%5%6%7%8%9%10%11%12%13%14%15%16@c.test>",
	  "A a%1%2%3%4%5%6%7%8%9%10%11%12%13%14%15%16|c.test "
	  ">a%1%2%3%4%5%6%7%8%9%10%11%12%13%14%15|16 >a|1" },
	{ "<a%1%2%3%4%5%6%7%8%9%10%11%12%13%14%15%16%17@c.test>",
	  "A a%1%2%3%4%5%6%7%8%9%10%11%12%13%14%15%16%17|c.test "
	  ">a%1%2%3%4%5%6%7%8%9%10%11%12%13%14%15%16|17 >a%1|2" },
	{ "<!a@c.test>", "A !a|c.test" },
	/* several: refused by both */
	{ "<x@y.test>,<a@b.test>", "A x|y.test a|b.test" },
	{ "<x@y.test> <a@b.test>", "A x|y.test a|b.test" },
	{ "<x@y.test,a@b.test>", "A x|y.test a|b.test" },
	{ "x@y.test a@b.test", " x|y.test a|b.test" },
	{ "a@b.test b@b.test c@b.test d@b.test", " a|b.test b|b.test c|b.test d|b.test" },
	/* lists and groups of one */
	{ "<a@b.test,>", "A a|b.test" },
	{ "<,a@b.test>", "A a|b.test" },
	{ "<a@b.test>;", "A a|b.test" },
	{ "<g:a@b.test;>", "A a|b.test" },
	{ "g:<a@b.test>;", " a|b.test" },
	{ "g: a@b.test;", " a|b.test" },
	{ "my own group: a@b.test;", " a|b.test" },
	{ "w@v.test,my own group: a@b.test;", " w|v.test a|b.test" },
	{ "<w@v.test>,g: a@b.test;", "A w|v.test a|b.test" },
	{ "u@t.test,w@v.test,g: a@b.test,c@d.test;", " u|t.test w|v.test a|b.test c|d.test" },
	{ "f: w@v.test;,g: a@b.test;", " w|v.test a|b.test" },
	/* literals */
	{ "<a@[192.0.2.1]>", "A a|[192.0.2.1]" },
	{ "<a@[IPv6:2001:db8::1]>", "A a|[IPv6:2001:db8::1]" },
	{ "<a@[]>", "A a|[]" },
	{ "<a@[>", "A a|[]" },
	{ "<a[b@c.test>", "A a[b|c.test" },
	{ "<[a@b.test>", "A [a|b.test" },
	/* dots */
	{ "<a@b.test.>", "A a|b.test." },
	{ "<.a@b.test>", "A .a|b.test" },
	{ "<a.@b.test>", "A a.|b.test" },
	{ "<a..b@c.test>", "A a..b|c.test" },
	/* words in inner brackets */
	{ "<A <b c@d.test>>", "A bc|d.test" },
	/* octets outside ASCII */
	{ "<\xc3\xbc@\xe6\x97\xa5.test>", "A \xc3\xbc|\xe6\x97\xa5.test" },
	{ "<a\xff@b.test> SIZE=1", "A a\xff|b.test" },
	{ "<a\001@b.test>", "A a\001|b.test" },
	{ "<a\r@b.test>", "A a|b.test a=|b.test" },
	{ "<a\v@b.test>", "A a\v|b.test a=|b.test" },
};

static void put_readings(char *out, const struct smtp_mailbox *box)
{
	for (unsigned i = 0; i < box->count; i++) {
		const struct mailbox_reading *reading = &box->readings[i];
		struct smtp_text local = mailbox_local(reading), domain = mailbox_domain(reading);
		sprintf(out + strlen(out), "%s%.*s|%.*s", i < box->direct ? " " : " >",
		        (int)local.size, local.text, (int)domain.size, domain.text);
		/* Nothing but "@" is between them. */
		assert_true(local.size + domain.size + 1 >= reading->text.size);
		assert_true(local.size == reading->text.size || local.text[local.size] == '@');
	}
}

static char room[MAILBOX_ROOM];

/* In a copy of exact size, so that a sanitizer sees an over-read. */
static bool parse(const char *text, size_t size, enum mailbox_path path, char got[512])
{
	char *copy = malloc(size + (size == 0));
	struct smtp_mailbox box;
	memcpy(copy, text, size);
	bool ok = mailbox_parse(copy, size, path, room, &box);
	got[0] = '\0';
	strcat(got, box.null_sender ? "N" : "");
	strcat(got, box.angled ? "A" : "");
	put_readings(got, &box);
	free(copy);
	return ok;
}

static void parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char got[512];
		bool ok = parse(tests[i].text, strlen(tests[i].text), MAILBOX_FORWARD, got);
		if (ok != (tests[i].expected != NULL)) {
			fail_msg("%s: returned %d", tests[i].text, ok);
		}
		if (ok && strcmp(got, tests[i].expected) != 0) {
			fail_msg("%s: %s, not %s", tests[i].text, got, tests[i].expected);
		}
	}
}

/* Mail is not routed to its sender, and Exim puts no "=" into its mailbox. */
static void parses_senders(void **state)
{
	(void)state;
	static const struct {
		const char *text, *expected;
	} senders[] = {
		{ "<a%b.test@c.test>", "A a%b.test|c.test" },
		{ "<a%b.test>", "A a%b.test| >a|b.test" },
		{ "<b.test!a@c.test> SIZE=1", "A b.test!a|c.test" },
		{ "<b.test!a>", "A b.test!a| >a|b.test" },
		{ "<a @b.test>", "A a|b.test" },
		{ "A B <a@b.test> SIZE=1 BODY=8BITMIME", " a|b.test" },
		{ "<a@b.test> AUTH=<>", "A a|b.test" },
		{ "<a@b.test> AUTH=<x@y.test>", "A a|b.test" },
	};
	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		char got[512];
		assert_true(parse(senders[i].text, strlen(senders[i].text), MAILBOX_REVERSE, got));
		assert_string_equal(got, senders[i].expected);
	}
}

/* In brackets a NUL is an octet, outside of them it ends what Postfix reads. */
static void embedded_nul(void **state)
{
	(void)state;
	struct smtp_mailbox box;
	char got[512];
	assert_true(mailbox_parse("<a\0b@c.test>", 12, MAILBOX_FORWARD, room, &box));
	assert_int_equal(box.readings[0].local_size, 3);
	assert_memory_equal(mailbox_domain(&box.readings[0]).text, "c.test", 6);
	assert_true(parse("a@b.test\0@c.test", 16, MAILBOX_FORWARD, got));
	assert_string_equal(got, " a|b.test");
	assert_true(parse("<a@b.test>\0", 11, MAILBOX_FORWARD, got));
	assert_string_equal(got, "A a|b.test");
}

/* Every octet of a long path is read once, regardless of what is repeated. */
static void long_paths(void **state)
{
	(void)state;
	static const char *const parts[] = { "<", ">", "(", ")",    "\"", "\\", "@", ":", ";", ",",
		                             ".", "%", "!", "a@b,", " ",  "[",  "]", "=", "\"" };
	static char text[3 * MAILBOX_PATH_MAX];
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct smtp_mailbox box;
		size_t size = 0;
		while (size + 4 < sizeof(text) - 16) {
			size += (size_t)sprintf(text + size, "%s", parts[i]);
		}
		size += (size_t)sprintf(text + size, "a@b.test");
		(void)mailbox_parse(text, size, MAILBOX_FORWARD, room, &box);
		(void)mailbox_parse(text, MAILBOX_PATH_MAX, MAILBOX_REVERSE, room, &box);
		assert_in_range(box.count, 0, MAILBOX_READINGS_MAX);
	}
	/* The domain of a long local part is read. */
	memset(text, 'a', 1900);
	strcpy(text + 1900, "\001@b.test");
	struct smtp_mailbox box;
	assert_true(mailbox_parse(text, strlen(text), MAILBOX_FORWARD, room, &box));
	assert_int_equal(box.readings[0].local_size, 1901);
	assert_memory_equal(mailbox_domain(&box.readings[0]).text, "b.test", 6);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(parses_senders),
		cmocka_unit_test(embedded_nul),
		cmocka_unit_test(long_paths),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
