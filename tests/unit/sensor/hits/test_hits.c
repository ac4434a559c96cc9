/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "sensor/hits/hits.h"
#include "sensor/hits/output_budget.h"
#include "tests/unit/parsed.h"
#include "tests/unit/rules/load.h"
#include "tests/unit/rules/observe.h"
#include "tests/unit/wire.h"

#define NAMES 1000

static const char RULES[] = "alert ip 192.0.2.66 id=embedded\n"
                            "alert rcpt @bad.example server=192.0.2.7 id=both\n"
                            "alert ns .bad.example id=n\n"
                            "protect cloudflare.com id=p\n";

static const struct flow FLOW = {
	.key = { .client_port = 40000, .server_port = 53, .protocol = IPPROTO_UDP },
	.time_ns = 1590883512000000000,
};

/* RULE VALUE EMBEDDED-IN PLACE; of each event */
struct bench {
	struct ruleset *rules;
	struct counters *counters;
	struct hits *hits;
	struct wire wire;
	struct dns_message message;
	struct event_subject subject;
	char events[1024];
	uint64_t octets; /* of all events */
};

static void emit(void *ctx, const struct record *record)
{
	struct bench *bench = ctx;
	bench->octets += record->json_size + 1;
	json_t *root = parsed(record->json, record->json_size);
	size_t size = strlen(bench->events);
	static const char *const paths[] = {
		"rule.id",
		"threat.enrichments.0.matched.atomic",
		"nsmx.embedded_in",
		"threat.enrichments.0.matched.field",
	};
	for (size_t i = 0; i < 4; i++) {
		size += (size_t)snprintf(bench->events + size, sizeof(bench->events) - size, "%s%s",
		                         parsed_text(root, paths[i]), i < 3 ? " " : ";");
		assert_true(size < sizeof(bench->events));
	}
	json_decref(root);
}

static int set_up(void **state)
{
	static const uint16_t counts[] = { 1, 0, 0, 0 };
	static struct bench bench;
	bench = (struct bench){ .rules = load_text(RULES), .counters = counters_new(1) };
	counter_add(&bench.counters->bytes, 1 << 24);
	const struct hits_config config = { .rules = bench.rules,
		                            .counters = bench.counters,
		                            .sensor = "test",
		                            .emit = emit,
		                            .ctx = &bench };
	bench.hits = hits_new(&config);
	wire_dns(&bench.wire, 1, DNS_FLAG_QR, counts);
	wire_question(&bench.wire, "a.example", 1);
	assert_int_equal(dns_open(&bench.message, bench.wire.bytes, bench.wire.size), DNS_OK);
	bench.subject = (struct event_subject){ .flow = &FLOW, .dns = &bench.message };
	*state = &bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	hits_free(bench->hits);
	counters_free(bench->counters, 1);
	ruleset_free(bench->rules);
	return 0;
}

/* The value of a hit is the one that the rule has. */
static void values(void **state)
{
	static const struct {
		const char *kind, *value, *events;
	} rows[] = {
		{ "ip", "192.0.2.66", "embedded 192.0.2.66  place;" },
		{ "ip", "64:ff9b::192.0.2.66", "embedded 192.0.2.66 64:ff9b::c000:242 place;" },
		{ "ip", "64:ff9b::192.0.2.67", "" },
		{ "ip", "2001:db8::192.0.2.66", "" },
		{ "ns", "a.bad.example", "n a.bad.example  place;" },
		{ "ns", "a.good.example", "" },
	};
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sample sample;
		observe(&sample, rows[i].kind, rows[i].value);
		bench->events[0] = '\0';
		hits_begin(bench->hits, &bench->subject);
		hits_see(bench->hits, &sample.seen, "place", 0);
		hits_see(bench->hits, &sample.seen, "place", 0); /* once a message */
		assert_string_equal(bench->events, rows[i].events);
		assert_int_equal(hits_were_emitted(bench->hits), rows[i].events[0] != '\0');
	}
}

/* A message with look-alikes of a protected name, more than are judged, and one more name. */
static uint64_t unjudged_with(struct bench *bench, const char *name, bool *possible)
{
	static struct sample samples[NAMES + 1];
	uint64_t before = counter_get(&bench->counters->names_unjudged);
	for (unsigned i = 0; i < NAMES; i++) {
		char text[64];
		(void)snprintf(text, sizeof(text), "%u.clouddflare%u.com", i, i);
		observe(&samples[i], "ns", text);
	}
	observe(&samples[NAMES], "ns", name);
	hits_begin(bench->hits, &bench->subject);
	for (size_t i = 0; i <= NAMES; i++) {
		hits_ask(bench->hits, &samples[i].seen, "place", 0);
	}
	*possible = hits_are_possible(bench->hits);
	for (size_t i = 0; i <= NAMES && *possible; i++) {
		hits_see(bench->hits, &samples[i].seen, "place", 0);
	}
	return counter_get(&bench->counters->names_unjudged) - before;
}

/* Names that are asked about and then matched are counted once. */
static void unjudged_names(void **state)
{
	struct bench *bench = *state;
	bool possible;
	uint64_t without = unjudged_with(bench, "a.good.example", &possible);
	assert_false(possible);
	assert_in_range(without, 1, NAMES);
	uint64_t with = unjudged_with(bench, "a.bad.example", &possible);
	assert_true(possible);
	assert_int_equal(with, without);
	assert_string_equal(bench->events, "n a.bad.example  place;");
}

/* Packets earn what they take in a pcap file: their octets, and 16 of a header for each. */
static void packets_earn(void **state)
{
	struct bench *bench = *state;
	struct sample sample;
	const uint64_t earned = OUTPUT_BUDGET_RATIO * (5000 + 16 * 100);
	observe(&sample, "ns", "a.bad.example");
	counter_add(&bench->counters->bytes, 5000);
	counter_add(&bench->counters->packets, 100);
	uint64_t before;
	do {
		before = bench->octets;
		bench->events[0] = '\0';
		hits_begin(bench->hits, &bench->subject);
		hits_see(bench->hits, &sample.seen, "place", 0);
		assert_true(bench->octets <= OUTPUT_BUDGET_START + earned);
	} while (bench->octets > before);
	/* The rest is reserved for hits that are more severe, or is too small for an event. */
	assert_true(bench->octets > OUTPUT_BUDGET_START + earned - (34 << 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unjudged_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(packets_earn, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
