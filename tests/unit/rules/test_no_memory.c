/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules are loaded, and feeds imported, while one allocation fails, each in its turn: either
 * the result is the same, or there is none, or a complaint.
 */
#include "tests/unit/no_memory.h"

#include "tests/unit/rules/feeds/import.h"
#include "tests/unit/rules/observe.h"

static const char RULES[] =
        "set feed=f tags=x,y\n"
        "alert ns a.example b.example id=one note=\"a note\" ref=https://x/\n"
        "alert ip 192.0.2.0-192.0.2.9\n"
        "alert any c.example 2001:db8::/32 sev=high since=2020-01-01\n"
        "alert from u@d.example\n"
        "alert helo e.example server=192.0.2.1,192.0.2.2\n"
        "allow name .f.example\n"
        "pin example.com ns ns1.example.net .awsdns-61.org max-ttl=172800 id=two\n"
        "protect awsdns-[00-63].org google.com id=three\n"
        "alert ns g.example feed=x\nalert ns g.example feed=y\n";

/* Each index finds what is in it. */
static void check_matches(const struct ruleset *set)
{
	static const char *const SEEN[][2] = { { "ns", "a.example" },
		                               { "ip", "192.0.2.9" },
		                               { "from", "u@d.example" },
		                               { "ns", "awsdns-061.org" } };
	for (size_t i = 0; i < sizeof(SEEN) / sizeof(SEEN[0]); i++) {
		struct ruleset_hit hits[RULESET_HITS_MAX];
		struct sample sample;
		observe(&sample, SEEN[i][0], SEEN[i][1]);
		if (match_asked(set, &sample.seen, hits) == 0) {
			fail_msg("no match of %s", SEEN[i][1]);
		}
	}
}

static char *list_of(struct complaints *complaints)
{
	char *list = NULL;
	size_t size;
	struct ruleset_stats stats;
	struct ruleset *set = load_octets(RULES, sizeof(RULES) - 1, complaints, &stats);
	no_memory_countdown = 0;
	if (set != NULL) {
		check_matches(set);
		FILE *out = open_memstream(&list, &size);
		assert_int_equal(ruleset_list(set, out), 0);
		assert_int_equal(fclose(out), 0);
	}
	ruleset_free(set);
	return list;
}

static void check_rules(void *whole, size_t number)
{
	struct complaints complaints;
	char *list = list_of(&complaints);
	if (list == NULL ? complaints.size == 0 : strcmp(list, whole) != 0) {
		fail_msg("allocation %zu: %s%s", number, complaints.text, list != NULL ? list : "");
	}
	free(list);
}

static void rules(void **state)
{
	(void)state;
	struct complaints complaints;
	if (ADDRESS_SANITIZED) {
		skip();
	}
	char *whole = list_of(&complaints);
	assert_non_null(whole);
	assert_true(no_memory_each(check_rules, whole) > 20);
	free(whole);
}

static const struct import_test FEEDS[] = {
	{ FEED_LIST, "a.b.com # why\n192.0.2.1-192.0.2.9\nu@c.com\n-\nhttps://bit.ly/x\n", NULL,
	  NULL },
	{ FEED_CSV, "ip,tags,note,ref\n192.0.2.1,\"x,y\",n,https://x/\na.com,,,\n", NULL, NULL },
	{ FEED_JSON, "{\"a\":[{\"ip\":\"192.0.2.1\",\"tags\":[\"x\",\"y\"]},{\"ip\":\"x\"}]}", NULL,
	  NULL },
	{ FEED_STIX,
	  "{\"objects\":[{\"type\":\"indicator\",\"id\":\"indicator--1\",\"name\":\"n\","
	  "\"pattern_type\":\"stix\",\"pattern\":\"[domain-name:value = 'a.com'] OR "
	  "[ipv4-addr:value = '192.0.2.1']\"}]}",
	  NULL, NULL },
	{ FEED_MISP,
	  "{\"Event\":{\"info\":\"i\",\"threat_level_id\":\"1\",\"Attribute\":[{\"type\":"
	  "\"domain\","
	  "\"value\":\"a.com\",\"to_ids\":true}]}}",
	  NULL, NULL },
	{ FEED_WARNINGLIST, "{\"name\":\"n\",\"type\":\"hostname\",\"list\":[\"a.com\"]}", NULL,
	  NULL },
	{ FEED_RPZ, "$ORIGIN z.\n@ 60 SOA a. b. 1 2 3 4 5\na.com CNAME .\n", NULL, NULL },
	{ FEED_ADBLOCK, "||a.com^\n||b.com^$important\n||b.com^$important,badfilter\n", NULL,
	  NULL },
	{ FEED_DNSMASQ, "address=/a.com/\nserver=/b.com/192.0.2.1\n", NULL, NULL },
	{ FEED_UNBOUND, "local-zone: \"a.com\" static\n", NULL, NULL },
	{ FEED_ZEEK, "#fields\tindicator\tindicator_type\na.com\tIntel::DOMAIN\n", NULL, NULL },
	{ FEED_TEXT, "The server a[.]com has the address 192.0.2[.]1.\n- u[@]c.com\n", NULL, NULL },
};

/* The rules, and what was complained of. */
static char *import_of(const struct import_test *test, struct imported *imported)
{
	char *text = NULL;
	size_t size = 0;
	const struct feed_options options = {
		.format = test->format,
		.as = test->format == FEED_WARNINGLIST ? FEED_AS_ALLOW : FEED_AS_PUBLISHED,
	};
	size_t planned = no_memory_countdown;
	no_memory_countdown = 0;
	FILE *in = fmemopen((void *)test->text, strlen(test->text), "r");
	FILE *out = open_memstream(&text, &size);
	assert_true(in != NULL && out != NULL);
	imported->complaints[0] = '\0';
	no_memory_countdown = planned;
	(void)feed_import(in, "a/test.feed", &options, out, import_complain, imported,
	                  &imported->stats);
	no_memory_countdown = 0;
	(void)fclose(in);
	assert_int_equal(fclose(out), 0);
	return text;
}

struct feed_case {
	size_t index;
	char *rules;
	struct imported whole, part;
};

static void check_feed(void *ctx, size_t number)
{
	struct feed_case *feed = ctx;
	char *text = import_of(&FEEDS[feed->index], &feed->part);
	if (strcmp(feed->part.complaints, feed->whole.complaints) == 0 &&
	    strcmp(text, feed->rules) != 0) {
		fail_msg("feed %zu, allocation %zu: %s", feed->index, number, text);
	}
	free(text);
}

static void feeds(void **state)
{
	(void)state;
	static struct feed_case feed;
	if (ADDRESS_SANITIZED) {
		skip();
	}
	for (feed.index = 0; feed.index < sizeof(FEEDS) / sizeof(FEEDS[0]); feed.index++) {
		feed.rules = import_of(&FEEDS[feed.index], &feed.whole);
		assert_non_null(strstr(feed.rules, " id=test-"));
		assert_true(no_memory_each(check_feed, &feed) > 4);
		free(feed.rules);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(feeds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
