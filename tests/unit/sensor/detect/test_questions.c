/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "parsers/dns/dns_codes.h"
#include "sensor/detect/questions.h"
#include "tests/unit/parsed.h"
#include "tests/unit/rules/load.h"
#include "tests/unit/wire.h"

#define S     1000000000LL
#define START (1590883512 * S)

/* RULE of each hit, "!" if it states an attempt. */
static char emitted[1024];
static size_t count;

static void emit(void *ctx, const struct record *record)
{
	json_t *root = parsed(record->json, record->json_size);
	size_t size = strlen(emitted);
	(void)ctx;
	count++;
	if (size < sizeof(emitted) / 2) {
		snprintf(emitted + size, sizeof(emitted) - size, "%.20s%s;",
		         parsed_text(root, "rule.id"),
		         *parsed_text(root, "nsmx.connection") != '\0' ? "!" : "");
	}
	json_decref(root);
}

struct bench {
	struct ruleset *rules, *others;
	struct counters *counters;
	struct hits *hits;
	struct questions *questions;
	struct flow flow;
	struct wire wire;
};

static void begin(struct bench *bench, const char *rules, bool names)
{
	memset(bench, 0, sizeof(*bench));
	emitted[0] = '\0';
	count = 0;
	bench->rules = load_text(rules);
	bench->others = load_text("alert resolver 192.0.2.99 id=other\n");
	bench->counters = counters_new(1);
	counter_add(&bench->counters->bytes, 1 << 24);
	const struct hits_config config = {
		.rules = bench->rules, .counters = bench->counters, .sensor = "test", .emit = emit
	};
	bench->hits = hits_new(&config);
	bench->questions = questions_new(bench->hits, names, true);
	bench->flow = (struct flow){
		.key = { .client_port = 40000, .server_port = 53, .protocol = IPPROTO_UDP },
		.time_ns = START,
	};
	bench->flow.key.client.s6_addr[15] = 1;
	memcpy(bench->flow.key.server.s6_addr + 10, "\xff\xff\xc0\0\2\x42", 6); /* 192.0.2.66 */
	questions_tick(bench->questions, START);
}

static const char *end(struct bench *bench)
{
	questions_free(bench->questions);
	hits_free(bench->hits);
	counters_free(bench->counters, 1);
	ruleset_free(bench->rules);
	ruleset_free(bench->others);
	return emitted;
}

static struct dns_message message_of(struct bench *bench, unsigned id, const char *name, bool reply)
{
	static const uint16_t counts[] = { 1, 0, 0, 0 };
	struct dns_message message;
	wire_dns(&bench->wire, id, reply ? DNS_FLAG_QR : 0, counts);
	wire_question(&bench->wire, name, DNS_TYPE_A);
	assert_int_equal(dns_open(&message, bench->wire.bytes, bench->wire.size), DNS_OK);
	return message;
}

static void ask(struct bench *bench, unsigned id, const char *name)
{
	const struct dns_message message = message_of(bench, id, name, false);
	if (questions_concern(bench->questions, &bench->flow.key.server)) {
		questions_take(bench->questions, &bench->flow, &message);
	}
}

static void answer(struct bench *bench, unsigned id)
{
	const struct dns_message message = message_of(bench, id, "a.example", true);
	questions_answer(bench->questions, &bench->flow, &message);
}

static const char RULES[] = "alert resolver 192.0.2.66 id=r\nalert name .evil.example id=n\n";

static void reported_after_the_wait(void **state)
{
	(void)state;
	struct bench bench;
	begin(&bench, RULES, false);
	ask(&bench, 1, "a.example");
	ask(&bench, 1, "a.example"); /* sent again */
	questions_tick(bench.questions, START + QUESTIONS_WAIT_NS - 1);
	assert_string_equal(emitted, "");
	questions_tick(bench.questions, START + QUESTIONS_WAIT_NS);
	assert_string_equal(emitted, "r!;");
	assert_string_equal(end(&bench), "r!;");
}

static void answered(void **state)
{
	(void)state;
	struct bench bench;
	begin(&bench, RULES, false);
	ask(&bench, 1, "a.example");
	ask(&bench, 2, "a.example");
	answer(&bench, 3);
	answer(&bench, 1);
	answer(&bench, 1);
	bench.flow.key.client_port++;
	answer(&bench, 2); /* to another port */
	assert_string_equal(end(&bench), "r!;");
}

static void names(void **state)
{
	(void)state;
	static const struct {
		bool names;
		const char *name, *hits;
	} tests[] = {
		{ false, "x.evil.example", "r!;" },
		{ true, "x.evil.example", "n;r!;" },
		{ true, "X.Evil.Example", "n;r!;" },
		{ true, "evil.example.com", "r!;" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct bench bench;
		begin(&bench, RULES, tests[i].names);
		ask(&bench, 1, tests[i].name);
		assert_string_equal(end(&bench), tests[i].hits);
	}
}

/* Servers of no rule are remembered, until the rules are replaced. */
static void rules_are_replaced(void **state)
{
	(void)state;
	struct bench bench;
	begin(&bench, RULES, false);
	unsigned harmless = 0;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 70; i < 100; i++) {
			bench.flow.key.server.s6_addr[13] = (uint8_t)i;
			harmless += !questions_concern(bench.questions, &bench.flow.key.server);
			ask(&bench, 1, "a.example");
		}
	}
	/* The Bloom filter may pass some. */
	assert_in_range(harmless, 20, 60);
	memcpy(bench.flow.key.server.s6_addr + 12, "\xc0\0\2\x63", 4); /* 192.0.2.99 */
	hits_set_rules(bench.hits, bench.others);
	ask(&bench, 2, "a.example");
	assert_string_equal(end(&bench), "other!;");
}

static void odd_messages(void **state)
{
	(void)state;
	struct bench bench;
	begin(&bench, RULES, true);
	static const uint16_t counts[] = { 9, 9, 9, 9 };
	struct dns_message message;
	wire_dns(&bench.wire, 1, 0, counts);
	assert_int_equal(dns_open(&message, bench.wire.bytes, bench.wire.size), DNS_OK);
	questions_take(bench.questions, &bench.flow, &message);
	/* longer than what is kept */
	wire_question(&bench.wire, "x.evil.example", DNS_TYPE_A);
	wire_fill(&bench.wire, 0xff, 60000);
	assert_int_equal(dns_open(&message, bench.wire.bytes, bench.wire.size), DNS_OK);
	bench.flow.key.client_port++;
	questions_take(bench.questions, &bench.flow, &message);
	/* times that a capture may give */
	questions_tick(bench.questions, INT64_MIN);
	questions_tick(bench.questions, INT64_MAX);
	assert_string_equal(end(&bench), "n;r!;r!;");
}

/* Beyond the limit the oldest questions are reported, so that every question is. */
static void bounds(void **state)
{
	(void)state;
	struct bench bench;
	begin(&bench, RULES, false);
	for (unsigned i = 0; i < QUESTIONS_MAX + 10; i++) {
		ask(&bench, i, "a.example");
	}
	assert_int_equal(count, 10);
	(void)end(&bench);
	assert_true(count > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reported_after_the_wait),
		cmocka_unit_test(answered),
		cmocka_unit_test(names),
		cmocka_unit_test(rules_are_replaced),
		cmocka_unit_test(odd_messages),
		cmocka_unit_test(bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
