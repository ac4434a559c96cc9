/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/rules/load.h"

static void warns(void **state)
{
	(void)state;
	static const struct {
		const char *rules;
		const char *warning; /*!< LINE and a part of the text; NULL: none. */
	} tests[] = {
		/* allow of half the Internet */
		{ "allow any 0.0.0.0/0", "warning: 1:0: `allow` of `0.0.0.0/0` silences" },
		{ "allow ip 126.0.0.0/7", "warning: 1:0: `allow` of `126.0.0.0/7` silences" },
		{ "allow any 127.0.0.0/8", NULL },
		{ "allow server ::/0", "warning: 1:0: `allow` of `::/0` silences" },
		{ "allow ip 2000::/15", "warning: 1:0: `allow` of `2000::/15` silences" },
		{ "allow ip 2000::/16", NULL },
		{ "\nallow any a.example .com", "warning: 2:0: `allow` of `.com` silences" },
		{ "allow name *.co.uk", "warning: 1:0: `allow` of `*.co.uk` silences" },
		{ "allow any com", NULL },
		{ "allow any .example.com", NULL },
		{ "allow rcpt .com server=192.0.2.1", NULL },
		{ "pin a.example ip 0.0.0.0/0", "warning: 1:0: `0.0.0.0/0` covers a great part" },
		{ "pin a.example ns .com", "warning: 1:0: `.com` covers a great part" },
		{ "pin a.example ip 192.0.2.0/24", NULL },
		{ "pin .com ns a.example",
		  "warning: 1:0: `pin` of `.com` is wrong for nearly every" },
		{ "pin com ns a.example", NULL },
		{ "pin .a.example ns b.example", NULL },
		/* ids */
		{ "alert ns a.example id=x\nalert ns b.example id=x",
		  "warning: 2:0: another rule also has `id=x`" },
		{ "alert ns a.example id=x\nalert ns b.example id=y\nalert ns c.example", NULL },
		/* the same rule twice, and one whose indicators are all left out */
		{ "alert ns a.example id=x\nalert ns a.example id=x", NULL },
		{ "alert ns a.example id=x\nallow ns com id=y\nallow ns .a.example id=z", NULL },
		/* pins */
		{ "pin a.example ns b.example\npin a.example ns c.example",
		  "warning: 2:0: another pin of `a.example` for `ns` contradicts this one: "
		  "only one of them expects `c.example`" },
		{ "pin a.example ns b.example c.example\npin a.example ns c.example",
		  "warning: 2:0: another pin of `a.example` for `ns` contradicts this one: "
		  "only one of them expects `b.example`" },
		{ "pin a.example ns b.example c.example\npin a.example ns c.example b.example "
		  "max-ttl=5",
		  NULL },
		{ "pin a.example ns b.example\npin a.example mx c.example", NULL },
		{ "pin a.example ns b.example\npin b.example ns c.example", NULL },
		{ "pin a.example ns b.example until=2020-01-01\npin a.example ns c.example "
		  "since=2020-01-02",
		  NULL },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct complaints complaints;
		struct ruleset_stats stats;
		const char *rules = tests[i].rules;
		struct ruleset *set = load_octets(rules, strlen(rules), &complaints, &stats);
		const char *warning = tests[i].warning;
		bool as_expected =
		        warning == NULL ? complaints.size == 0
		                        : strncmp(complaints.text, warning, strlen(warning)) == 0 &&
		                                  strchr(complaints.text, '\n')[1] == '\0';
		if (set == NULL || !as_expected) {
			fail_msg("%s\n%s", rules, complaints.text);
		}
		ruleset_free(set);
	}
}

/*! \brief Of many findings the first 20 are reported, and how many more there are. */
static void bounds(void **state)
{
	(void)state;
	char text[4096];
	size_t used = 0;
	struct complaints complaints;
	struct ruleset_stats stats;
	for (int i = 0; i < 60; i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		                         "alert ns a%d.example id=x\n", i);
	}
	ruleset_free(load_octets(text, used, &complaints, &stats));
	assert_non_null(strstr(complaints.text, "warning: 21:0: another rule also has"));
	assert_null(strstr(complaints.text, "warning: 22:0:"));
	assert_non_null(
	        strstr(complaints.text,
	               "warning: 60:0: there are 39 more rules with the id of another rule; "
	               "the last one is on this line\n"));
}

static void warns_of_empty_folders(void **state)
{
	(void)state;
	char folder[] = "/tmp/test_blinding.XXXXXX";
	const char *paths[] = { folder };
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	assert_non_null(mkdtemp(folder));
	ruleset_free(ruleset_load(paths, 1, load_complain, load_warn, &complaints, &stats));
	assert_string_equal(
	        complaints.text,
	        "warning: 0:0: the folder has no file *.rules, so no rules are read from it\n");
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warns),
		cmocka_unit_test(bounds),
		cmocka_unit_test(warns_of_empty_folders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
