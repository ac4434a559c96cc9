/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports in prose. */
#include "tests/unit/unit.h"

#include "tests/unit/rules/feeds/import.h"

/*! \brief Takes the notes out of rules. */
static void strip_notes(char *rules)
{
	char *note;
	while ((note = strstr(rules, " note=\"")) != NULL) {
		char *end = strstr(note, "\"\n");
		assert_non_null(end);
		memmove(note, end + 1, strlen(end + 1) + 1);
	}
}

static void check(const struct import_test *tests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct imported imported;
		struct feed_options options = { .format = tests[i].format };
		import_text(tests[i].text, strlen(tests[i].text), &options, &imported);
		strip_notes(imported.rules);
		assert_string_equal(imported.complaints, "");
		if (strcmp(imported.rules, tests[i].rules) != 0) {
			fail_msg("%s\ngives\n%s", tests[i].text, imported.rules);
		}
	}
}

static void notes_the_sentence(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_TEXT, "Before. It was x.evil[.]com. After.",
		  "alert any x.evil.com conf=40 note=\"It was x.evil[.]com.\"\n", NULL },
		{ FEED_TEXT, "前。これはx.evil[.]comです。後。",
		  "alert any x.evil.com conf=40 note=\"これはx.evil[.]comです。\"\n", NULL },
		{ FEED_TEXT, "These were seen:\n- x.evil[.]com\n",
		  "alert any x.evil.com conf=40 note=\"These were seen:\"\n", NULL },
		/* the line of a record */
		{ FEED_TEXT, "a.com. 60 IN A 192.0.2[.]1\n",
		  "alert ip 192.0.2.1 conf=40 note=\"a.com. 60 IN A 192.0.2[.]1\"\n", NULL },
		/* an item before any introduction, and one that has a word of its own */
		{ FEED_TEXT, "- x.evil[.]com\n",
		  "alert any x.evil.com conf=40 note=\"- x.evil[.]com\"\n", NULL },
		{ FEED_TEXT, "These were the name servers:\n- MX mx.evil[.]com\n",
		  "alert mx mx.evil.com conf=40 note=\"- MX mx.evil[.]com\"\n", NULL },
		{ FEED_TEXT,
		  "A long line that goes on after its end, for it is wrapped\nand was "
		  "x.evil[.]com\n",
		  "alert any x.evil.com conf=40 note=\"A long line that goes on after its end, "
		  "for it is wrapped and was x.evil[.]com\"\n",
		  NULL },
	};
	IMPORT_CHECK(tests);
}

static void guesses_kinds(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		/* words */
		{ FEED_TEXT, "The rogue name server was ns.evil[.]com.",
		  "alert ns ns.evil.com conf=40\n", NULL },
		{ FEED_TEXT, "MX: mx.evil[.]com", "alert mx mx.evil.com conf=40\n", NULL },
		{ FEED_TEXT, "Mail servers: 192.0.2[.]1", "alert server 192.0.2.1 conf=40\n",
		  NULL },
		{ FEED_TEXT, "DNS server 192.0.2[.]1", "alert resolver 192.0.2.1 conf=40\n", NULL },
		{ FEED_TEXT, "The sender was a[@]evil[.]com", "alert from a@evil.com conf=40\n",
		  NULL },
		{ FEED_TEXT, "Nothing is known of evil[.]com", "alert any .evil.com conf=40\n",
		  NULL },
		{ FEED_TEXT, "smtpd and mxtoolbox about x.evil[.]com",
		  "alert any x.evil.com conf=40\n", NULL },
		/* the nearest word, the one in front, the same clause */
		{ FEED_TEXT, "name server ns.evil[.]com, mail exchanger mx.evil[.]com",
		  "alert ns ns.evil.com conf=40\nalert mx mx.evil.com conf=40\n", NULL },
		/* another sentence does not count */
		{ FEED_TEXT, "The name server is gone. It was x.evil[.]com.",
		  "alert any x.evil.com conf=40\n", NULL },
		/* a list and its introduction */
		{ FEED_TEXT, "These were the name servers:\n- ns1.evil[.]com\n- ns2.evil[.]com\n",
		  "alert ns ns1.evil.com conf=40\nalert ns ns2.evil.com conf=40\n", NULL },
		/* a name server's address answers as a resolver */
		{ FEED_TEXT, "NS records:\nns.evil[.]com\n192.0.2[.]1\n",
		  "alert ns ns.evil.com conf=40\nalert resolver 192.0.2.1 conf=40\n", NULL },
		/* records as dig prints them; the mailbox of a SOA is not an indicator */
		{ FEED_TEXT,
		  "a.com. 60 IN MX 5 mx.evil[.]com.\na.com. IN NS ns.evil[.]com.\na.com. 60 IN SOA "
		  "p.evil[.]com. root.evil[.]com. 1 2 3 4 5\nmx.evil[.]com. 60 IN A 192.0.2[.]1\n",
		  "alert ns ns.evil.com conf=40\nalert ns p.evil.com conf=40\nalert mx mx.evil.com "
		  "conf=40\nalert ip 192.0.2.1 conf=40\nalert server 192.0.2.1 conf=40\n",
		  NULL },
		{ FEED_TEXT, "x\n;; SERVER: 192.0.2[.]1#53(192.0.2[.]1)\n",
		  "alert resolver 192.0.2.1 conf=40\n", NULL },
		{ FEED_TEXT, "$ telnet 192.0.2[.]1 25\n", "alert server 192.0.2.1 conf=40\n",
		  NULL },
		/* a record outweighs words for a name; an address has the kinds of both */
		{ FEED_TEXT, "The mail exchanger was x.evil[.]com.\na.com. IN NS x.evil[.]com.\n",
		  "alert ns x.evil.com conf=40\n", NULL },
		{ FEED_TEXT, "DNS server 192.0.2[.]1\n$ telnet 192.0.2[.]1 25\n",
		  "alert resolver 192.0.2.1 conf=40\nalert server 192.0.2.1 conf=40\n", NULL },
		/* all kinds of addresses are one */
		{ FEED_TEXT, "DNS server 192.0.2[.]1\nMX 192.0.2[.]1\nA record 192.0.2[.]1\n",
		  "alert any 192.0.2.1 conf=40\n", NULL },
		/* an item has at most two letters beside its indicator */
		{ FEED_TEXT, "These were the name servers:\nab ns1.evil[.]com\n",
		  "alert ns ns1.evil.com conf=40\n", NULL },
		{ FEED_TEXT, "These were the name servers:\na ns1.evil[.]com b\n",
		  "alert ns ns1.evil.com conf=40\n", NULL },
		{ FEED_TEXT, "These were the name servers:\n\nabc ns1.evil[.]com\n",
		  "alert any ns1.evil.com conf=40\n", NULL },
		{ FEED_TEXT, "These were the name servers:\n\nab ns1.evil[.]com c\n",
		  "alert any ns1.evil.com conf=40\n", NULL },
	};
	check(tests, sizeof(tests) / sizeof(tests[0]));
}

/* The last 400 octets of an introduction are read. */
static void long_introductions(void **state)
{
	(void)state;
	for (int blanks = 396; blanks <= 399; blanks++) {
		char text[512];
		(void)snprintf(text, sizeof(text), "MX%*s:\n- x.evil[.]com\n", blanks, "");
		const struct import_test test = { FEED_TEXT, text,
			                          blanks < 398 ? "alert mx x.evil.com conf=40\n"
			                                       : "alert any x.evil.com conf=40\n",
			                          NULL };
		check(&test, 1);
	}
}

/* An indicator may occur often: the words of its first 32 places are read. */
static void reads_few_places(void **state)
{
	(void)state;
	for (int before = 31; before <= 32; before++) {
		char text[1024] = "";
		for (int i = 0; i < before; i++) {
			strcat(text, "It was x.evil[.]com.\n");
		}
		strcat(text, "The mail exchanger was x.evil[.]com.\n");
		const struct import_test test = { FEED_TEXT, text,
			                          before < 32 ? "alert mx x.evil.com conf=40\n"
			                                      : "alert any x.evil.com conf=40\n",
			                          NULL };
		check(&test, 1);
	}
}

static void leaves_context_out(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		/* plain beside defanged is context */
		{ FEED_TEXT, "Not good.com but evil[.]com. Write to a@good.com.",
		  "alert any .evil.com conf=40\n", NULL },
		/* names defanged, addresses not: most reports */
		{ FEED_TEXT, "evil[.]com led to 192.0.2.1",
		  "alert any .evil.com conf=40\nalert any 192.0.2.1 conf=10\n", NULL },
		{ FEED_TEXT, "192.0.2[.]1, not 192.0.2.2", "alert any 192.0.2.1 conf=40\n", NULL },
		/* plain and defanged in one text is the same indicator */
		{ FEED_TEXT, "evil.com, that is evil[.]com", "alert any .evil.com conf=40\n",
		  NULL },
		/* nothing defanged: all are candidates, but not links and one's own network */
		{ FEED_TEXT,
		  "evil.com at 192.0.2.1, see https://a.com/, not 10.0.0.1 or 172.31.0.1",
		  "alert any .evil.com conf=10\nalert any 192.0.2.1 conf=10\n", NULL },
		/* the report's own list, plain there or not */
		{ FEED_TEXT, "About x.evil[.]com\nIOCs\n- ns.evil.com\n",
		  "alert any ns.evil.com conf=60\nalert any x.evil.com conf=40\n", NULL },
		/* an address that is not in the report's own list */
		{ FEED_TEXT,
		  "Seen: 192.0.2[.]1 and 192.0.2[.]2\nIndicators of compromise\n192.0.2[.]1\n",
		  "alert any 192.0.2.1 conf=60\n# commented out: the list in the "
		  "report does not contain this address\n# alert any 192.0.2.2 conf=40\n",
		  NULL },
		/* the first and the last address of each range, and those beside it */
		{ FEED_TEXT,
		  "Fd00::1 fdff::1 fc00::1 fe80::1 febf::1 127.9.9.9 0.1.1.1 172.16.0.1 172.31.9.9 "
		  "169.254.1.1 192.168.9.9 10.9.9.9 are not evil",
		  "", NULL },
		{ FEED_TEXT,
		  "fbff::1 fe00::1 fec0::1 172.15.9.9 172.32.0.1 169.253.1.1 192.167.1.1 11.1.1.1 "
		  "were seen",
		  "alert any 11.1.1.1 conf=10\nalert any 169.253.1.1 conf=10\n"
		  "alert any 172.15.9.9 conf=10\nalert any 172.32.0.1 conf=10\n"
		  "alert any 192.167.1.1 conf=10\nalert any fbff::1 conf=10\n"
		  "alert any fe00::1 conf=10\nalert any fec0::1 conf=10\n",
		  NULL },
		{ FEED_TEXT, "From 192.168.1[.]1",
		  "# commented out: the address belongs to a private network\n# alert any "
		  "192.168.1.1 "
		  "conf=40\n",
		  NULL },
	};
	check(tests, sizeof(tests) / sizeof(tests[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_the_sentence), cmocka_unit_test(guesses_kinds),
		cmocka_unit_test(long_introductions), cmocka_unit_test(reads_few_places),
		cmocka_unit_test(leaves_context_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
