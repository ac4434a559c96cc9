/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/indicators.h"

#include "base/writer.h"
#include "rules/keywords.h"
#include "tests/unit/sensor/report/formats/sample.h"

#define HITS_MAX 8

struct found {
	struct writer text;
	size_t count;
};

/* Writes an indicator as `KIND INDICATOR... SEVERITY xSIGHTINGS`, and a note. */
static void note_indicator(void *ctx, const struct report_indicator *indicator)
{
	struct found *found = ctx;
	struct writer *out = &found->text;
	char text[INDICATOR_TEXT_SIZE];
	writer_string(out, observation_kind_text(indicator->kind));
	for (size_t i = 0; i < indicator->count; i++) {
		writer_char(out, ' ');
		writer_put(out, text, indicator_text(&indicator->items[i], text));
	}
	writer_char(out, ' ');
	writer_string(out, KEYWORD_SEVERITIES[indicator->severity]);
	writer_literal(out, " x");
	writer_number(out, indicator->sightings);
	if (indicator->keys != NULL && indicator->keys->text[KEY_NOTE] != NULL) {
		writer_char(out, ' ');
		writer_string(out, indicator->keys->text[KEY_NOTE]);
	}
	writer_char(out, '\n');
	size_t count = indicator->hit_count;
	assert_true(indicator->first_ns == (count > 0 ? indicator->hits[0]->time_ns : 5));
	assert_true(indicator->last_ns == (count > 0 ? indicator->hits[count - 1]->time_ns : 7));
	found->count++;
}

/* A hit: its rule, what it observed and the value. `action` NULL: ioc-match. */
struct hit_row {
	const char *rule, *kind, *value, *action;
	unsigned severity;
	uint64_t count;
};

static void check(const struct hit_row rows[HITS_MAX], const char *expected)
{
	struct report_hit hits[HITS_MAX] = { { .time_ns = 0 } };
	struct report_incident incident = { .hits = hits };
	char memory[4096];
	struct found found = { .count = 0 };
	writer_init(&found.text, memory, sizeof(memory));
	for (size_t i = 0; i < HITS_MAX && rows[i].value != NULL; i++) {
		struct report_hit *hit = &hits[incident.hits_listed++];
		hit->time_ns = (int64_t)i + 1;
		hit->severity = rows[i].severity;
		hit->count = rows[i].count;
		hit->kind = sample_text(rows[i].kind);
		hit->value = sample_text(rows[i].value);
		hit->action = sample_text(rows[i].action != NULL ? rows[i].action : "ioc-match");
		if (rows[i].rule != NULL) {
			hit->rule_text = sample_text(rows[i].rule);
		}
	}
	assert_true(report_indicators(&incident, note_indicator, &found));
	assert_string_equal(writer_text(&found.text), expected);
}

#define NS    "alert ns .x.example id=1 sev=high note=\"A note\""
#define OTHER "alert ip 192.0.2.0/24 198.51.100.1 id=2"
#define PIN   "pin a.example ns ns1.example.net"

static void lists_indicators(void **state)
{
	static const struct {
		struct hit_row rows[HITS_MAX];
		const char *expected;
	} tests[] = {
		{ { { NULL } }, "" },
		/* the hits of a rule are one indicator, in the order of the first hit */
		{ { { OTHER, "ip", "192.0.2.7", NULL, 50, 1 },
		    { NS, "ns", "b.x.example", NULL, 75, 2 },
		    { OTHER, "ip", "198.51.100.1", NULL, 50, 3 },
		    { NS, "ns", "a.x.example", NULL, 75, 1 } },
		  "ip 192.0.2.0/24 198.51.100.1 medium x4\nns .x.example high x3 A note\n" },
		/* the observed value of other rules, unless an alert has it */
		{ { { PIN, "ns", "ns.z.example", "pin-mismatch", 75, 1 },
		    { PIN, "ns", "b.x.example", "pin-mismatch", 75, 1 },
		    { NS, "ns", "b.x.example", NULL, 50, 1 },
		    { "protect z.example", "ns", "ns.z.example", "lookalike", 99, 1 },
		    { PIN, "mx", "ns.z.example", "pin-mismatch", 25, 1 } },
		  "ns ns.z.example critical x2\nns .x.example medium x1 A note\n"
		  "mx ns.z.example low x1\n" },
		/* the server of intercepted mail */
		{ { { NS, "ns", "b.x.example", NULL, 75, 1 },
		    { NS, "server", "192.0.2.1", "mail-intercepted", 99, 1 },
		    { NS, "server", "192.0.2.1", "mail-intercepted", 99, 1 } },
		  "ns .x.example high x1 A note\nserver 192.0.2.1 critical x2\n" },
		{ { { OTHER, "ip", "192.0.2.1", NULL, 75, 1 },
		    { NS, "server", "192.0.2.1", "mail-intercepted", 99, 1 } },
		  "ip 192.0.2.0/24 198.51.100.1 high x1\n" },
		/* the value of a pin of recipients, and of a learned mail server, is an address */
		{ { { "pin a.example rcpt 192.0.2.1", "rcpt", "192.0.2.9", "pin-mismatch", 75, 1 },
		    { "learn * mail", "mail", "2001:db8::9", "baseline-change", 75, 1 } },
		  "server 192.0.2.9 high x1\nserver 2001:db8::9 high x1\n" },
		/* what is not an indicator */
		{ { { "learn * tls", "tls", "TLS", "baseline-change", 75, 1 },
		    { "learn * ip", "ip", "AS64500", "baseline-change", 75, 1 },
		    { "pin a.example txt x", "txt", "v=spf1 -all", "pin-mismatch", 75, 1 },
		    { PIN, "ns", "", "pin-mismatch", 75, 1 },
		    { PIN, "ip", "a.example", "pin-mismatch", 75, 1 } },
		  "" },
		/* a rule that was not written by a sensor */
		{ { { "alert ns a b c=d \"", "ns", "a.example", NULL, 75, 1 },
		    { "alert ns x.example\nalert ns y.example", "ns", "a.example", NULL, 75, 1 } },
		  "" },
		{ { { NULL, "ns", "a.example", NULL, 75, 1 } }, "ns a.example high x1\n" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		check(tests[i].rows, tests[i].expected);
	}
}

/* A value with a NUL is not the value before it. */
static void passes_nul(void **state)
{
	struct report_hit hit = { .kind = sample_text("ns"), .value = SAMPLE_TEXT("a.b\0c") };
	struct report_incident incident = { .hits = &hit, .hits_listed = 1 };
	struct found found = { .count = 0 };
	(void)state;
	assert_true(report_indicators(&incident, note_indicator, &found));
	assert_int_equal(found.count, 0);
}

/* The hits of the incident were not read. */
static void lists_seen_values(void **state)
{
	struct report_text seen[] = { sample_text("ns.x.example"), sample_text("192.0.2.1"),
		                      sample_text("a@b.example"), sample_text("not a name") };
	const struct report_incident incident = {
		.seen = { .items = seen, .count = 4 }, .severity = 75, .first_ns = 5, .last_ns = 7
	};
	char memory[4096];
	struct found found = { .count = 0 };
	(void)state;
	writer_init(&found.text, memory, sizeof(memory));
	assert_true(report_indicators(&incident, note_indicator, &found));
	assert_string_equal(writer_text(&found.text), "any ns.x.example high x0\n"
	                                              "any 192.0.2.1 high x0\n"
	                                              "any a@b.example high x0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lists_indicators),
		                            cmocka_unit_test(passes_nul),
		                            cmocka_unit_test(lists_seen_values) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
