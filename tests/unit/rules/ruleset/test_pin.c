/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "tests/unit/rules/load.h"
#include "tests/unit/rules/observe.h"

#define NS_PER_SECOND INT64_C(1000000000)

enum { RTYPE_NS = 2, RTYPE_SOA = 6 };

static const char *const ACTIONS[ACTION_COUNT] = {
	[ACTION_IOC_MATCH] = "ioc-match",
	[ACTION_PIN_MISMATCH] = "pin-mismatch",
	[ACTION_TTL_EXCEEDED] = "ttl-exceeded",
	[ACTION_LOOKALIKE] = "lookalike",
	[ACTION_BASELINE_CHANGE] = "baseline-change",
};

/*! \brief Sets an observation's owner, and one name whose CNAMEs lead there. */
struct place {
	struct indicator owner;
	struct indicator origin;
	struct observation_name origins[2];
};

static void put_place(struct sample *sample, struct place *place, const char *owner,
                      const char *origin)
{
	if (owner != NULL) {
		observe_parse(owner, &place->owner);
		sample->seen.owner = place->owner.name;
		sample->seen.owner_size = place->owner.name_size;
	}
	if (origin != NULL) {
		observe_parse(origin, &place->origin);
		place->origins[0] =
		        (struct observation_name){ place->origin.name, place->origin.name_size };
		place->origins[1] =
		        (struct observation_name){ place->owner.name, place->owner.name_size };
		sample->seen.origins = place->origins;
		sample->seen.origins_count = 2;
	}
}

/*! \brief "id action" of each hit, with a semicolon after it. */
static void match_actions(const struct ruleset *set, const struct observation *seen,
                          char text[IDS_SIZE])
{
	struct ruleset_hit hits[RULESET_HITS_MAX];
	size_t count = match_asked(set, seen, hits);
	size_t used = 0;
	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct rule_scratch scratch;
		struct rule_view view;
		ruleset_describe(set, &hits[i], &scratch, &view);
		assert_int_equal(view.action, hits[i].action);
		used += (size_t)snprintf(text + used, IDS_SIZE - used, "%s %s;", view.id,
		                         ACTIONS[view.action]);
	}
}

static const char RULES[] =
        "pin example.com ns ns1.example.net *.awsdns-61.org id=ns max-ttl=172800\n"
        "pin example.com mx mx.example.com .google.com id=mx\n"
        "pin www.example.com cname cdn.example.net id=cname\n"
        "pin www.example.com ip 192.0.2.0/24 2001:db8::/32 id=ip\n"
        "pin v4.example.com ip 192.0.2.1 id=v4\n"
        "pin example.com rcpt 198.51.100.0/24 2001:db8::25 id=rcpt\n"
        "pin two.example.com ns a.example.net id=two-a\n"
        "pin two.example.com ns b.example.net id=two-b\n"
        "pin era.example.com ns a.example.net id=era since=2020-05-31 until=2020-05-31\n"
        "pin null.example mx . id=null\n"
        "pin .tree.example ns a.example.net id=tree\n"
        "pin .tree.example ip 192.0.2.0/24 id=tree-ip\n"
        "pin .tree.example rcpt 192.0.2.0/24 id=tree-rcpt\n"
        "pin .deep.tree.example ns b.example.net id=deep\n"
        "pin leaf.tree.example ns c.example.net id=leaf\n"
        "pin leaf.tree.example mx c.example.net id=leaf-mx\n"
        "pin late.tree.example ns d.example.net id=late since=1980-01-01\n"
        "alert ns .evil.example id=evil\n"
        "allow ns ok.example.org\n"
        "allow any 203.0.113.9\n"
        "allow server 203.0.113.10\n"
        "allow rcpt postmaster@example.com\n";

/*! \brief Loads them, with a warning of the two pins that contradict each other. */
static struct ruleset *load_rules(void)
{
	struct complaints complaints;
	struct ruleset_stats stats;
	struct ruleset *set = load_octets(RULES, strlen(RULES), &complaints, &stats);
	assert_non_null(set);
	return set;
}

static void deviations(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *owner, *value, *place, *hits;
	} tests[] = {
		/* ns: exact, below, and neither */
		{ "ns", "example.com", "ns1.example.net", NULL, "" },
		{ "ns", "EXAMPLE.com.", "NS1.example.net.", NULL, "" },
		{ "ns", "example.com", "ns-1.awsdns-61.org", NULL, "" },
		{ "ns", "example.com", "awsdns-61.org", NULL, "ns pin-mismatch;" },
		{ "ns", "example.com", "ns-1.awsdns-061.org", NULL, "ns pin-mismatch;" },
		/* an octet shorter than the pin, and longer */
		{ "ns", "example.com", "ns.example.net", NULL, "ns pin-mismatch;" },
		{ "ns", "example.com", "ns11.example.net", NULL, "ns pin-mismatch;" },
		{ "ns", "example.com", "ns2.example.net", NULL, "ns pin-mismatch;" },
		{ "ns", "example.com", "a.ns1.example.net", NULL, "ns pin-mismatch;" },
		{ "ns", "example.com", "example.net", NULL, "ns pin-mismatch;" },
		{ "ns", "example.com", "ns1.example.net.example.org", NULL, "ns pin-mismatch;" },
		{ "ns", "example.com", "xns-1.xawsdns-61.org", NULL, "ns pin-mismatch;" },
		/* another owner: above, below, beside */
		{ "ns", "com", "ns2.example.net", NULL, "" },
		{ "ns", "sub.example.com", "ns2.example.net", NULL, "" },
		{ "ns", "xexample.com", "ns2.example.net", NULL, "" },
		{ "ns", NULL, "ns2.example.net", NULL, "" },
		/* another kind */
		{ "name", "example.com", "ns2.example.net", NULL, "" },
		{ "cname", "example.com", "ns2.example.net", NULL, "" },
		/* mx, cname */
		{ "mx", "example.com", "mx.example.com", NULL, "" },
		{ "mx", "example.com", "google.com", NULL, "" },
		{ "mx", "example.com", "aspmx.l.google.com", NULL, "" },
		{ "mx", "example.com", "mail.example.com", NULL, "mx pin-mismatch;" },
		{ "cname", "www.example.com", "cdn.example.net", NULL, "" },
		{ "cname", "www.example.com", "cdn.example.org", NULL, "cname pin-mismatch;" },
		/* ip: networks of either family */
		{ "ip", "www.example.com", "192.0.2.255", NULL, "" },
		{ "ip", "www.example.com", "192.0.3.0", NULL, "ip pin-mismatch;" },
		{ "ip", "www.example.com", "2001:db8::1", NULL, "" },
		{ "ip", "www.example.com", "2001:db9::1", NULL, "ip pin-mismatch;" },
		{ "ip", "www.example.com", "64:ff9b::192.0.2.1", NULL, "" },
		{ "ip", "www.example.com", "64:ff9b::192.0.3.1", NULL, "ip pin-mismatch;" },
		{ "ip", "www.example.com", "64:ff9b::203.0.113.9", NULL, "" },
		{ "ip", "v4.example.com", "2001:db8::1", NULL, "v4 pin-mismatch;" },
		{ "ip", "cdn.example.net", "192.0.3.1", NULL, "" },
		/* ip: through a chain of CNAMEs that starts at the owner */
		{ "ip", "cdn.example.net", "192.0.3.1", "www.example.com", "ip pin-mismatch;" },
		{ "ip", "cdn.example.net", "192.0.2.1", "www.example.com", "" },
		{ "ip", "cdn.example.net", "192.0.3.1", "web.example.com", "" },
		/* ip: a loop that leads back to the owner is one deviation */
		{ "ip", "www.example.com", "192.0.3.1", "www.example.com", "ip pin-mismatch;" },
		/* rcpt: the servers that may take mail */
		{ "rcpt", NULL, "a@example.com", "198.51.100.25", "" },
		{ "rcpt", NULL, "a@example.com", "2001:db8::25", "" },
		{ "rcpt", NULL, "a@example.com", "198.51.101.25", "rcpt pin-mismatch;" },
		{ "rcpt", NULL, "a@example.com", "2002:c633:6419::25", "" },
		{ "rcpt", NULL, "a@example.com", "2002:c633:6519::25", "rcpt pin-mismatch;" },
		{ "rcpt", NULL, "a@sub.example.com", "198.51.101.25", "" },
		{ "rcpt", NULL, "a@example.com", NULL, "" },
		{ "from", NULL, "a@example.com", "198.51.101.25", "" },
		/* several pins of an owner are judged each for itself */
		{ "ns", "two.example.com", "a.example.net", NULL, "two-b pin-mismatch;" },
		{ "ns", "two.example.com", "c.example.net", NULL,
		  "two-a pin-mismatch;two-b pin-mismatch;" },
		/* an alert beside it */
		{ "ns", "example.com", "ns.evil.example", NULL, "ns pin-mismatch;evil ioc-match;" },
		/* allow wins: the value, the server's address, the mailbox */
		{ "ns", "example.com", "ok.example.org", NULL, "" },
		{ "ip", "www.example.com", "203.0.113.9", NULL, "" },
		{ "rcpt", NULL, "a@example.com", "203.0.113.9", "" },
		{ "rcpt", NULL, "a@example.com", "203.0.113.10", "" },
		{ "rcpt", NULL, "a@example.com", "203.0.113.11", "rcpt pin-mismatch;" },
		{ "rcpt", NULL, "postmaster@example.com", "203.0.113.11", "" },
		/* the owner and all names below it */
		{ "ns", "tree.example", "a.example.net", NULL, "" },
		{ "ns", "tree.example", "x.example.net", NULL, "tree pin-mismatch;" },
		{ "ns", "sub.tree.example", "a.example.net", NULL, "" },
		{ "ns", "a.b.tree.example", "x.example.net", NULL, "tree pin-mismatch;" },
		{ "ns", "xtree.example", "x.example.net", NULL, "" },
		{ "ns", "example", "x.example.net", NULL, "" },
		{ "ip", "www.tree.example", "192.0.2.1", NULL, "" },
		{ "ip", "www.tree.example", "192.0.3.1", NULL, "tree-ip pin-mismatch;" },
		{ "ip", "cdn.example.net", "192.0.3.1", "www.tree.example",
		  "tree-ip pin-mismatch;" },
		{ "rcpt", NULL, "a@mail.tree.example", "192.0.3.1", "tree-rcpt pin-mismatch;" },
		/* the most specific owner with a pin of the kind decides */
		{ "ns", "x.deep.tree.example", "b.example.net", NULL, "" },
		{ "ns", "x.deep.tree.example", "a.example.net", NULL, "deep pin-mismatch;" },
		{ "ip", "x.deep.tree.example", "192.0.3.1", NULL, "tree-ip pin-mismatch;" },
		{ "ns", "leaf.tree.example", "c.example.net", NULL, "" },
		{ "ns", "leaf.tree.example", "a.example.net", NULL, "leaf pin-mismatch;" },
		{ "ns", "x.leaf.tree.example", "c.example.net", NULL, "tree pin-mismatch;" },
		/* which is in its period */
		{ "ns", "late.tree.example", "a.example.net", NULL, "" },
		{ "mx", "null.example", "mx.example.net", NULL, "null pin-mismatch;" },
		{ "mx", "example.com", "mx.null.example", NULL, "mx pin-mismatch;" },
		/* out of its period */
		{ "ns", "era.example.com", "c.example.net", NULL, "" },
	};
	struct ruleset *set = load_rules();
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample sample;
		struct place place;
		char text[IDS_SIZE];
		observe(&sample, tests[i].kind, tests[i].value);
		bool mail = sample.seen.local != NULL;
		put_place(&sample, &place, tests[i].owner, mail ? NULL : tests[i].place);
		observe_server(&sample, mail ? tests[i].place : NULL);
		match_actions(set, &sample.seen, text);
		if (strcmp(text, tests[i].hits) != 0) {
			fail_msg("%s %s %s: %s, not %s", tests[i].kind,
			         tests[i].owner != NULL ? tests[i].owner : "-", tests[i].value,
			         text, tests[i].hits);
		}
	}
	ruleset_free(set);
}

/* What must be there, as it was written: ds, txt, tls; and greetings of mail. NUL separates texts.
 */
static void presence(void **state)
{
	(void)state;
	static const char TEXTS[] = "pin any.example ds any id=any\n"
	                            "pin none.example ds none id=none\n"
	                            "pin .a.example txt \"v=spf1 -all\" key id=txt\n"
	                            "pin .a.example tls required id=tls\n"
	                            "pin a.example banner mx.a.example id=banner\n"
	                            "alert banner evil.example id=alert\n"
	                            "allow server 203.0.113.9\n";
	static const struct {
		const char *kind, *owner, *text;
		size_t size;
		const char *name, *server, *hits, *shown;
	} tests[] = {
		{ "ds", "any.example", "1 8 2 AB", 8, NULL, NULL, "", NULL },
		{ "ds", "any.example", NULL, 0, NULL, NULL, "any pin-mismatch;", NULL },
		{ "ds", "none.example", NULL, 0, NULL, NULL, "", NULL },
		{ "ds", "none.example", "1 8 2 AB", 8, NULL, NULL, "none pin-mismatch;", NULL },
		{ "ds", "x.any.example", NULL, 0, NULL, NULL, "", NULL },
		{ "txt", "a.example", "a key\0v=spf1 -all", 17, NULL, NULL, "", NULL },
		{ "txt", "a.example", "v=spf1 -all key", 15, NULL, NULL, "", NULL },
		{ "txt", "a.example", "v=spf1 -all", 11, NULL, NULL, "txt pin-mismatch;",
		  "v=spf1 -all" },
		{ "txt", "a.example", "key\0v=spf1 \0-all", 16, NULL, NULL, "txt pin-mismatch;",
		  "v=spf1 " },
		{ "txt", "a.example", "key\0v=spf1 +all\0v=spf", 22, NULL, NULL,
		  "txt pin-mismatch;", "v=spf1 +all" },
		{ "txt", "b.a.example", "", 0, NULL, NULL, "txt pin-mismatch;", "" },
		{ "txt", "b.a.example", NULL, 0, NULL, NULL, "txt pin-mismatch;", NULL },
		{ "tls", "b.a.example", NULL, 0, NULL, "192.0.2.1", "tls pin-mismatch;", NULL },
		{ "tls", "b.a.example", NULL, 0, NULL, "203.0.113.9", "", NULL },
		{ "tls", "b.a.example", "tls", 3, NULL, "192.0.2.1", "", NULL },
		{ "banner", "a.example", NULL, 0, "mx.a.example", "192.0.2.1", "", NULL },
		{ "banner", "a.example", NULL, 0, "evil.example", "192.0.2.1",
		  "banner pin-mismatch;", NULL },
		{ "banner", "a.example", "**", 2, NULL, "192.0.2.1", "banner pin-mismatch;", NULL },
		{ "banner", "b.a.example", NULL, 0, "evil.example", "192.0.2.1", "", NULL },
		{ "banner", NULL, NULL, 0, "evil.example", "192.0.2.1", "alert ioc-match;", NULL },
	};
	struct complaints complaints;
	struct ruleset_stats stats;
	struct ruleset *set = load_octets(TEXTS, strlen(TEXTS), &complaints, &stats);
	assert_non_null(set);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample sample;
		struct place place;
		struct ruleset_hit hits[RULESET_HITS_MAX];
		char text[IDS_SIZE];
		bool named = tests[i].name != NULL;
		observe(&sample, tests[i].kind, named ? tests[i].name : "x.example");
		sample.seen.name = named ? sample.seen.name : NULL;
		sample.seen.name_size = named ? sample.seen.name_size : 0;
		sample.seen.text = tests[i].text;
		sample.seen.text_size = tests[i].size;
		put_place(&sample, &place, tests[i].owner, NULL);
		observe_server(&sample, tests[i].server);
		match_actions(set, &sample.seen, text);
		if (strcmp(text, tests[i].hits) != 0) {
			fail_msg("row %zu: %s, not %s", i, text, tests[i].hits);
		}
		if (match_asked(set, &sample.seen, hits) > 0 && tests[i].shown != NULL) {
			assert_int_equal(hits[0].text_size, strlen(tests[i].shown));
			assert_memory_equal(hits[0].text, tests[i].shown, hits[0].text_size);
		}
	}
	ruleset_free(set);
}

/* A null MX record (RFC 7505): the root is expected, or it is what is seen. */
static void null_exchange(void **state)
{
	(void)state;
	static const struct {
		const char *owner, *hits;
	} tests[] = {
		{ "null.example", "" },
		{ "example.com", "mx pin-mismatch;" },
		{ "other.example", "" },
	};
	static const uint8_t root[] = "";
	struct ruleset *set = load_rules();
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample sample;
		struct place place;
		char text[IDS_SIZE];
		observe(&sample, "mx", "mx.example");
		put_place(&sample, &place, tests[i].owner, NULL);
		sample.seen.name = root;
		sample.seen.name_size = 1;
		match_actions(set, &sample.seen, text);
		assert_string_equal(text, tests[i].hits);
	}
	ruleset_free(set);
}

static void ttl_and_type(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *value;
		uint16_t rtype;
		uint32_t ttl;
		const char *hits;
	} tests[] = {
		{ "ns", "ns1.example.net", RTYPE_NS, 0, "" },
		{ "ns", "ns1.example.net", RTYPE_NS, 172800, "" },
		{ "ns", "ns1.example.net", RTYPE_NS, 172801, "ns ttl-exceeded;" },
		{ "ns", "ns1.example.net", RTYPE_NS, 0x7fffffff, "ns ttl-exceeded;" },
		/* a mismatch takes precedence over a TTL */
		{ "ns", "ns2.example.net", RTYPE_NS, 360000, "ns pin-mismatch;" },
		/* a SOA's primary server may be hidden */
		{ "ns", "hidden.example.net", RTYPE_SOA, 60, "" },
		{ "ns", "ns1.example.net", RTYPE_SOA, 360000, "" },
		/* a pin without max-ttl */
		{ "mx", "mx.example.com", 15, 0x7fffffff, "" },
	};
	struct ruleset *set = load_rules();
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample sample;
		struct place place;
		char text[IDS_SIZE];
		observe(&sample, tests[i].kind, tests[i].value);
		put_place(&sample, &place, "example.com", NULL);
		sample.seen.rtype = tests[i].rtype;
		sample.seen.ttl = tests[i].ttl;
		match_actions(set, &sample.seen, text);
		if (strcmp(text, tests[i].hits) != 0) {
			fail_msg("row %zu: %s, not %s", i, text, tests[i].hits);
		}
	}
	ruleset_free(set);
}

static void since_and_until(void **state)
{
	(void)state;
	static const struct {
		int64_t second; /* from 2020-05-31T00:00:00Z */
		const char *hits;
		int64_t span; /* seconds */
	} tests[] = {
		{ -1, "", 0 },    { 0, "era pin-mismatch;", 0 },  { 86399, "era pin-mismatch;", 0 },
		{ 86400, "", 0 }, { -1, "era pin-mismatch;", 1 }, { 86400, "", 1 },
	};
	struct ruleset *set = load_rules();
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample sample;
		struct place place;
		char text[IDS_SIZE];
		observe(&sample, "ns", "c.example.net");
		put_place(&sample, &place, "era.example.com", NULL);
		sample.seen.time_ns = (INT64_C(1590883200) + tests[i].second) * NS_PER_SECOND;
		sample.seen.span_ns = tests[i].span * NS_PER_SECOND;
		match_actions(set, &sample.seen, text);
		assert_string_equal(text, tests[i].hits);
	}
	ruleset_free(set);
}

static void describes(void **state)
{
	(void)state;
	struct ruleset *set = load_rules();
	struct ruleset_hit hits[RULESET_HITS_MAX];
	struct rule_scratch scratch;
	struct rule_view view;
	struct sample sample;
	struct place place;
	observe(&sample, "ns", "ns2.example.net");
	put_place(&sample, &place, "example.com", NULL);
	assert_int_equal(match_asked(set, &sample.seen, hits), 1);
	assert_null(hits[0].addr);
	ruleset_describe(set, &hits[0], &scratch, &view);
	assert_int_equal(view.verb, RULE_PIN);
	assert_string_equal(view.indicator, "example.com");
	assert_string_equal(view.text, "pin example.com ns ns1.example.net *.awsdns-61.org id=ns "
	                               "max-ttl=172800");
	assert_int_equal(view.expected_count, 2);
	assert_string_equal(view.expected[0], "ns1.example.net");
	assert_string_equal(view.expected[1], "*.awsdns-61.org");
	assert_null(view.imitates);

	/* The hit of `rcpt` is about the server. */
	observe(&sample, "rcpt", "a@example.com");
	observe_server(&sample, "192.0.2.25");
	assert_int_equal(match_asked(set, &sample.seen, hits), 1);
	assert_ptr_equal(hits[0].addr, sample.seen.server);
	ruleset_describe(set, &hits[0], &scratch, &view);
	assert_string_equal(view.expected[0], "198.51.100.0/24");
	assert_string_equal(view.expected[1], "2001:db8::25");

	/* Without a pin, nothing is expected. */
	observe(&sample, "ns", "evil.example");
	assert_int_equal(match_asked(set, &sample.seen, hits), 1);
	ruleset_describe(set, &hits[0], &scratch, &view);
	assert_int_equal(view.expected_count, 0);
	ruleset_free(set);
}

static void bounds_expected_values(void **state)
{
	(void)state;
	char rule[65536] = "pin example.com ns";
	struct ruleset_hit hits[RULESET_HITS_MAX];
	struct rule_scratch scratch;
	struct rule_view view;
	struct sample sample;
	struct place place;
	size_t used = strlen(rule);
	for (int i = 0; i < 100; i++) {
		used += (size_t)snprintf(rule + used, sizeof(rule) - used, " ns%d.example.net", i);
	}
	struct ruleset *set = load_text(rule);
	observe(&sample, "ns", "ns100.example.net");
	put_place(&sample, &place, "example.com", NULL);
	assert_int_equal(match_asked(set, &sample.seen, hits), 1);
	ruleset_describe(set, &hits[0], &scratch, &view);
	assert_int_equal(view.expected_count, RULESET_EXPECTED_MAX);
	assert_string_equal(view.expected[RULESET_EXPECTED_MAX - 1], "ns63.example.net");
	observe(&sample, "ns", "ns99.example.net");
	put_place(&sample, &place, "example.com", NULL);
	assert_int_equal(match_asked(set, &sample.seen, hits), 0);
	ruleset_free(set);
}

static void asks_for_origins(void **state)
{
	(void)state;
	static const struct {
		const char *rules;
		bool asks;
	} tests[] = {
		{ "", false },
		{ "alert ip 192.0.2.1\nalert any .example.net\nprotect example.com\n", false },
		{ "pin example.com ns ns1.example.net\n", false },
		{ "pin example.com rcpt 192.0.2.0/24\n", false },
		{ "pin example.com ip 192.0.2.0/24\n", true },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct ruleset *set = load_text(tests[i].rules);
		assert_int_equal((ruleset_pinned(set) & RULE_BIT(KIND_IP)) != 0, tests[i].asks);
		ruleset_free(set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deviations),
		cmocka_unit_test(null_exchange),
		cmocka_unit_test(presence),
		cmocka_unit_test(ttl_and_type),
		cmocka_unit_test(since_and_until),
		cmocka_unit_test(describes),
		cmocka_unit_test(bounds_expected_values),
		cmocka_unit_test(asks_for_origins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
