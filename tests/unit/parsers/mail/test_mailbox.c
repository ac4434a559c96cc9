/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/mail/mailbox.h"

/* Expected: "raw|local|domain|flags", L literal, N null sender, A angled; NULL: no mailbox. */
static const struct {
	const char *text, *expected;
} tests[] = {
	/* usual */
	{ "<a@b.test>", "a@b.test|a|b.test|A" },
	{ "<A.B+c@B.Test>", "A.B+c@B.Test|A.B+c|B.Test|A" },
	{ " <a@b.test>", "a@b.test|a|b.test|A" },
	{ "\t<a@b.test>  SIZE=10", "a@b.test|a|b.test|A" },
	{ "<a@b.test>SIZE=10", "a@b.test|a|b.test|A" },
	{ "<a@b.test> ORCPT=rfc822;x@y.test NOTIFY=NEVER", "a@b.test|a|b.test|A" },
	/* bare */
	{ "a@b.test", "a@b.test|a|b.test|" },
	{ " a@b.test SIZE=1", "a@b.test|a|b.test|" },
	{ "\"a b\"@c.test BODY=8BITMIME", "\"a b\"@c.test|\"a b\"|c.test|" },
	{ "a@b.test>", "a@b.test>|a|b.test>|" },
	/* null sender */
	{ "<>", "|||NA" },
	{ "< >", "|||NA" },
	{ "<> SIZE=1", "|||NA" },
	{ "<(nobody)>", "|||NA" },
	/* no mailbox */
	{ "", NULL },
	{ " ", NULL },
	{ "<", NULL },
	{ "< ", NULL },
	/* no domain */
	{ "<postmaster>", "postmaster|postmaster||A" },
	{ "<a@>", "a@|a||A" },
	{ "<@b.test>", "@b.test||b.test|A" },
	{ "<@>", "@|||A" },
	/* source route */
	{ "<@r.test:a@b.test>", "a@b.test|a|b.test|A" },
	{ "<@r.test,@s.test:a@b.test>", "a@b.test|a|b.test|A" },
	{ "<@[IPv6:2001:db8::1]:a@b.test>", "a@b.test|a|b.test|A" },
	{ "<@r.test: a@b.test>", "a@b.test|a|b.test|A" },
	/* quoted local part */
	{ "<\"a@b\"@c.test>", "\"a@b\"@c.test|\"a@b\"|c.test|A" },
	{ "<\"a>b\"@c.test>", "\"a>b\"@c.test|\"a>b\"|c.test|A" },
	{ "<\"a\\\"@b\"@c.test>", "\"a\\\"@b\"@c.test|\"a\\\"@b\"|c.test|A" },
	{ "<\" \"@c.test>", "\" \"@c.test|\" \"|c.test|A" },
	{ "<a.\"b@c\".d@e.test>", "a.\"b@c\".d@e.test|a.\"b@c\".d|e.test|A" },
	{ "<a\\@b@c.test>", "a\\@b@c.test|a\\@b|c.test|A" },
	/* several @: the last one counts */
	{ "<a@b@c.test>", "a@b@c.test|a@b|c.test|A" },
	/* literals */
	{ "<a@[192.0.2.1]>", "a@[192.0.2.1]|a|192.0.2.1|LA" },
	{ "<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]|a|IPv6:2001:db8::1|LA" },
	{ "<a@[]>", "a@[]|a||LA" },
	{ "<a@[>", "a@[|a|[|A" },
	/* comments */
	{ "(x)<a@b.test>(y)", "a@b.test|a|b.test|A" },
	{ "<(x)a(y)@(z)b.test(w)>", "a(y)@(z)b.test|a|b.test|A" },
	{ "<a(>)@b.test>", "a(>)@b.test|a|b.test|A" },
	{ "<a(\\))@b.test>", "a(\\))@b.test|a|b.test|A" },
	/* never closed */
	{ "<a@b.test", "a@b.test|a|b.test|" },
	{ "<\"a@b.test>", "\"a@b.test|\"a|b.test|A" },
	{ "<(a@b.test>", "(a@b.test|(a|b.test|A" },
	{ "<a@b.test\\", "a@b.test\\|a|b.test\\|" },
	/* octets outside ASCII */
	{ "<\xc3\xbc@\xe6\x97\xa5.test>",
	  "\xc3\xbc@\xe6\x97\xa5.test|\xc3\xbc|\xe6\x97\xa5.test|A" },
};

static void put(char *out, struct smtp_text t)
{
	sprintf(out + strlen(out), "%.*s|", (int)t.size, t.size > 0 ? t.text : "");
}

static void parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		size_t size = strlen(tests[i].text);
		/* A copy of exact size, so that a sanitizer sees an over-read. */
		char *text = malloc(size + (size == 0));
		struct smtp_mailbox box;
		char got[512] = "";
		memcpy(text, tests[i].text, size);
		bool ok = mailbox_parse(text, size, &box);
		put(got, box.raw);
		put(got, box.local);
		put(got, box.domain);
		strcat(got, box.literal ? "L" : "");
		strcat(got, box.null_sender ? "N" : "");
		strcat(got, box.angled ? "A" : "");
		if (ok != (tests[i].expected != NULL)) {
			fail_msg("%s: returned %d", tests[i].text, ok);
		}
		if (ok && strcmp(got, tests[i].expected) != 0) {
			fail_msg("%s: %s, not %s", tests[i].text, got, tests[i].expected);
		}
		free(text);
	}
}

static void embedded_nul_is_an_octet(void **state)
{
	(void)state;
	struct smtp_mailbox box;
	assert_true(mailbox_parse("<a\0b@c.test>", 12, &box));
	assert_int_equal(box.local.size, 3);
	assert_memory_equal(box.domain.text, "c.test", 6);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(parses),
		cmocka_unit_test(embedded_nul_is_an_octet),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
