/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "rules/ruleset/merge.h"
#include "tests/unit/rules/load.h"

/*! \brief Loads a text, which must succeed even with warnings, and lists the remaining rules. */
static char *list_of(const char *text, struct complaints *complaints, struct ruleset_stats *stats)
{
	char *list = NULL;
	size_t size;
	struct ruleset *set = load_octets(text, strlen(text), complaints, stats);
	if (set == NULL) {
		fail_msg("%s\n%s", text, complaints->text);
	}
	FILE *out = open_memstream(&list, &size);
	assert_non_null(out);
	assert_int_equal(ruleset_list(set, out), 0);
	fclose(out);
	ruleset_free(set);
	return list;
}

/* Left out with a warning: the word is in it. */
static void refused(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *why;
	} tests[] = {
		/* public suffixes, in any reach and form */
		{ "alert name com", "public suffix" },
		{ "alert any .co.uk", "public suffix" },
		{ "alert ns *.co.jp", "public suffix" },
		{ "alert name .github.io", "public suffix" },
		{ "alert from @co.jp", "public suffix" },
		/* networks: the widest that is refused */
		{ "alert ip 0.0.0.0/0", "too much of the Internet" },
		{ "alert ip 126.0.0.0/7", "too much of the Internet" },
		{ "alert server ::/0", "too much of the Internet" },
		{ "alert server 2000::/15", "too much of the Internet" },
		/* resolvers */
		{ "alert ip 8.8.8.8", "resolver" },
		{ "alert resolver 1.1.1.0/24", "resolver" },
		{ "alert any 9.9.9.9", "resolver" },
		{ "alert ip 2001:4860:4860::8888", "resolver" },
		{ "alert ip 8.0.0.0/8", "resolver" },
		/* what is protected, as written and as registered; whichever comes first */
		{ "protect ns.cloudflare.com\nalert ns .cloudflare.com", "protected" },
		{ "alert ns *.ns.cloudflare.com\nprotect ns.cloudflare.com", "protected" },
		{ "protect awsdns-[00-63].com\nalert ns .awsdns-07.com", "protected" },
		{ "protect outlook.com\nalert from @outlook.com", "protected" },
		/* members with letters after the number, with and without leading zeros */
		{ "protect ns[1-12]host.net\nalert ns .ns2host.net", "protected" },
		{ "protect ns[1-12]host.net\nalert ns .ns12host.net", "protected" },
		{ "protect n[08-10].example\nalert ns .n09.example", "protected" },
		{ "protect n[08-10].example\nalert ns .n08.example", "protected" },
		{ "protect n[08-10].example\nalert ns .n10.example", "protected" },
		{ "protect n[8-8].example\nalert ns .n8.example", "protected" },
		/* the largest family whose members are looked up */
		{ "protect n[0-9999].example\nalert ns .n9999.example", "protected" },
		/* nobody can imitate a suffix */
		{ "protect co.uk", "public suffix" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct complaints complaints;
		struct ruleset_stats stats;
		char *list = list_of(tests[i].rule, &complaints, &stats);
		if (strncmp(complaints.text, "warning: ", 9) != 0 ||
		    strstr(complaints.text, tests[i].why) == NULL || stats.refused != 1) {
			fail_msg("%s: %s", tests[i].rule, complaints.text);
		}
		assert_int_equal(stats.errors, 0);
		assert_null(strstr(list, "alert"));
		free(list);
	}
}

static void forced(void **state)
{
	(void)state;
	static const char *const TESTS[] = {
		"alert name example.co.uk",
		"alert name .blog.github.io",
		"alert name localhost",
		"alert ip 126.0.0.0/8",
		"alert server 2000::/16",
		"alert ip 8.8.8.9",
		"alert server 8.8.8.8",
		"alert from user@co.jp",
		/* one host of a protected domain, another member of no family, one server */
		"protect ns.cloudflare.com\nalert ns evil.cloudflare.com",
		"protect awsdns-[00-63].com\nalert ns .awsdns-64.com",
		"protect outlook.com\nalert rcpt @outlook.com server=192.0.2.1",
		"protect outlook.com\nalert rcpt user@outlook.com",
		"protect ns[2-12]host.net\nalert ns .ns1host.net",
		"protect ns[2-12]host.net\nalert ns .ns02host.net",
		"protect n[08-10].example\nalert ns .n9.example",
		"protect n[08-10].example\nalert ns .n11.example",
		"protect n[0-10000].example\nalert ns .n1.example",
		/* forced, on the line or from above */
		"alert ip 8.8.8.8 force=yes",
		"set force=yes\nalert name .com",
		"protect outlook.com\nalert from @outlook.com force=yes",
		/* other verbs */
		"allow any 0.0.0.0/0",
		"allow name .com",
		"pin example.com ip 0.0.0.0/0",
	};
	for (size_t i = 0; i < sizeof(TESTS) / sizeof(TESTS[0]); i++) {
		struct complaints complaints;
		struct ruleset_stats stats;
		free(list_of(TESTS[i], &complaints, &stats));
		if (strstr(complaints.text, "left out") != NULL || stats.refused > 0) {
			fail_msg("%s: %s", TESTS[i], complaints.text);
		}
	}
}

static void leaves_the_rest_of_a_line(void **state)
{
	(void)state;
	struct complaints complaints;
	struct ruleset_stats stats;
	char *list = list_of("alert ns a.example id=a\nalert ip 8.8.8.8 192.0.2.1 ::/0 id=b\n"
	                     "alert ip 0.0.0.0/0 id=c\npin a.example ip 192.0.2.7 id=d\n"
	                     "protect com b.example com id=e\n",
	                     &complaints, &stats);
	assert_string_equal(list, "alert ns a.example id=a\nalert ip 192.0.2.1 id=b\n"
	                          "pin a.example ip 192.0.2.7 id=d\nprotect b.example id=e\n");
	assert_non_null(strstr(complaints.text, "warning: 2:0: `8.8.8.8` is left out"));
	assert_non_null(strstr(complaints.text, "warning: 2:0: `::/0` is left out"));
	assert_non_null(strstr(complaints.text, "warning: 3:0: `0.0.0.0/0` is left out"));
	assert_int_equal(stats.rules, 4);
	assert_int_equal(stats.refused, 5);
	free(list);
}

static void merged(void **state)
{
	(void)state;
	static const struct {
		const char *rules, *list;
		size_t merged;
	} tests[] = {
		/* the same words twice */
		{ "alert ns a.example id=a\nalert ns a.example id=a", "alert ns a.example id=a\n",
		  1 },
		{ "alert ns a.example b.example id=a\nalert ns b.example id=a",
		  "alert ns a.example b.example id=a\n", 1 },
		/* feeds are listed together */
		{ "alert ns a.example id=a feed=x\nalert ns a.example id=b feed=y\n"
		  "alert ns a.example id=d feed=z",
		  "alert ns a.example id=a feed=x,y,z\n", 2 },
		/* a feed that has it twice means two things, even if other feeds have it too */
		{ "alert ns a.example id=a feed=x\nalert ns a.example id=b feed=x\n"
		  "alert ns a.example id=c feed=y",
		  "alert ns a.example id=a feed=x,y\nalert ns a.example id=b feed=x\n", 1 },
		{ "alert ns a.example id=a feed=x,xy\nalert ns a.example id=b feed=xy\n"
		  "alert ns a.example id=c feed=y",
		  "alert ns a.example id=a feed=x,xy,y\nalert ns a.example id=b feed=xy\n", 1 },
		/* the gravest stays */
		{ "alert ns a.example id=a feed=x\nalert ns a.example id=b feed=y sev=high",
		  "alert ns a.example id=b sev=high feed=x,y\n", 1 },
		/* rules without a feed stay separate */
		{ "alert ns a.example id=a\nalert ns a.example id=b",
		  "alert ns a.example id=a\nalert ns a.example id=b\n", 0 },
		/* other kinds, reaches, periods, servers */
		{ "alert ns a.example id=a feed=x\nalert mx a.example id=b feed=y",
		  "alert ns a.example id=a feed=x\nalert mx a.example id=b feed=y\n", 0 },
		{ "alert ns a.example id=a feed=x\nalert ns .a.example id=b feed=y",
		  "alert ns a.example id=a feed=x\nalert ns .a.example id=b feed=y\n", 0 },
		{ "alert ns a.example id=a feed=x\nalert ns a.example id=b feed=y "
		  "until=2020-05-31",
		  "alert ns a.example id=a feed=x\nalert ns a.example id=b feed=y "
		  "until=2020-05-31\n",
		  0 },
		{ "alert helo a.example id=a feed=x\nalert helo a.example id=b feed=y "
		  "server=192.0.2.1",
		  "alert helo a.example id=a feed=x\nalert helo a.example id=b feed=y "
		  "server=192.0.2.1\n",
		  0 },
		/* an indicator among others keeps its rule */
		{ "alert ns a.example b.example id=a feed=x\nalert ns a.example id=b feed=y",
		  "alert ns a.example b.example id=a feed=x\nalert ns a.example id=b feed=y\n", 0 },
		/* unless the others were merged with other rules, */
		{ "alert ns b.example c.example id=a feed=x\nalert ns b.example id=b feed=y\n"
		  "alert ns c.example d.example id=a feed=x\n"
		  "alert ns b.example c.example id=a feed=x",
		  "alert ns b.example c.example id=a feed=x\n"
		  "alert ns b.example id=b feed=y\nalert ns d.example id=a feed=x\n",
		  3 },
		{ "alert ns b.example id=a feed=x\nalert ns b.example c.example id=a feed=x\n"
		  "alert ns c.example id=b feed=y",
		  "alert ns b.example id=a feed=x\nalert ns c.example id=a feed=x,y\n", 2 },
		/* and rules that become alike by being listed are merged too */
		{ "alert ns a.example id=a feed=x\nalert ns a.example id=a feed=x,y\n"
		  "alert ns a.example id=c feed=y",
		  "alert ns a.example id=a feed=x,y\n", 2 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct complaints complaints;
		struct ruleset_stats stats;
		char *list = list_of(tests[i].rules, &complaints, &stats);
		assert_string_equal(list, tests[i].list);
		assert_int_equal(stats.merged, tests[i].merged);
		assert_int_equal(stats.refused, 0);
		/* Listing a list changes nothing. */
		char *again = list_of(list, &complaints, &stats);
		assert_string_equal(again, list);
		assert_int_equal(stats.merged, 0);
		free(again);
		free(list);
	}
}

/* However many feeds name an indicator, and however many rules of it stay apart. */
static void merges_thousands(void **state)
{
	(void)state;
	enum { MANY = 5000 };
	struct complaints complaints;
	struct ruleset_stats stats;
	char *text = malloc(MANY * 64);
	size_t size = 0;
	assert_non_null(text);
	for (int i = 0; i < MANY; i++) {
		size += (size_t)sprintf(text + size, "alert ns a.example id=%d feed=f%d\n", i, i);
	}
	char *list = list_of(text, &complaints, &stats);
	assert_string_equal(list, "alert ns a.example id=0 feed=f0,f1,f2,f3,f4,f5,f6,f7,f8,f9,"
	                          "f10,f11,f12,f13,f14,f15\n");
	assert_int_equal(stats.merged, MANY - 1);
	free(list);
	size = 0;
	for (int i = 0; i < MANY; i++) {
		size += (size_t)sprintf(text + size, "alert ns a.example id=%d feed=f\n", i);
	}
	list = list_of(text, &complaints, &stats);
	assert_string_equal(list, text);
	assert_int_equal(stats.merged, 0);
	free(list);
	free(text);
}

/* A rule is compared with so many that stay apart from it, and then with no other. */
static void compares_with_few(void **state)
{
	(void)state;
	for (int apart = MERGE_APART_MAX - 1; apart <= MERGE_APART_MAX; apart++) {
		struct complaints complaints;
		struct ruleset_stats stats;
		char text[16384];
		size_t size = 0;
		for (int i = 0; i <= apart; i++) {
			size += (size_t)sprintf(text + size, "alert ns a.example id=%d feed=x\n",
			                        i);
		}
		(void)sprintf(text + size, "alert ns a.example id=last feed=y\n");
		char *list = list_of(text, &complaints, &stats);
		assert_int_equal(stats.merged, 1);
		assert_true((strstr(list, "id=0 feed=x,y\n") != NULL) == (apart < MERGE_APART_MAX));
		assert_true((strstr(list, "id=1 feed=x,y\n") != NULL) ==
		            (apart == MERGE_APART_MAX));
		free(list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(forced),
		cmocka_unit_test(leaves_the_rest_of_a_line),
		cmocka_unit_test(merged),
		cmocka_unit_test(merges_thousands),
		cmocka_unit_test(compares_with_few),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
