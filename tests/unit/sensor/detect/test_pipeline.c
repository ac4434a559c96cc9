/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/correlate/correlator.h"
#include "sensor/detect/pipeline.h"
#include "tests/unit/rules/load.h"
#include "tests/unit/wire.h"

#define CLIENT_PORT 40000

struct bench {
	struct ruleset *rules;
	struct counters *counters;
	struct correlator_shared *shared;
	struct correlator *correlator;
	struct ports ports;
	struct hits *hits;
	struct pipeline *pipeline;
	uint32_t seq;
	int64_t time_ns;
};

static void emit(void *ctx, const struct record *record)
{
	(void)ctx;
	(void)record;
}

/* A worker has a new pipeline when it starts, also in place of one that died. */
static void start(struct bench *bench)
{
	const struct pipeline_config config = { .ports = &bench->ports,
		                                .hits = bench->hits,
		                                .correlator = bench->correlator,
		                                .counters = bench->counters };
	assert_int_equal(pipeline_new(&bench->pipeline, &config), 0);
}

static int set_up(void **state)
{
	static struct bench bench;
	char error[256];
	bench = (struct bench){ .rules = load_text("alert ns a.example\n"),
		                .counters = counters_new(1),
		                .shared = correlator_shared_new(1, 1),
		                .seq = 1000,
		                .time_ns = 1590883512000000000 };
	bench.correlator = correlator_new(bench.shared, 0, NULL);
	assert_true(ports_parse(&bench.ports, PORTS_DEFAULT, error, sizeof(error)));
	const struct hits_config hits = {
		.rules = bench.rules, .counters = bench.counters, .sensor = "test", .emit = emit
	};
	bench.hits = hits_new(&hits);
	start(&bench);
	*state = &bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	pipeline_free(bench->pipeline);
	hits_free(bench->hits);
	correlator_free(bench->correlator);
	correlator_shared_free(bench->shared);
	counters_free(bench->counters, 1);
	ruleset_free(bench->rules);
	return 0;
}

/* A segment of the client, of which the last `cut` octets were not captured. */
static void feed(struct bench *bench, bool bounded, unsigned flags, const char *text, size_t cut)
{
	static struct wire wire;
	size_t size = strlen(text);
	wire.size = 0;
	wire_u16(&wire, 0x4500);
	wire_u16(&wire, bounded ? 40 + (unsigned)size : 0);
	wire_put(&wire, "\0\1\0\0\x40\6\0\0\xc0\0\2\1\xc0\0\2\2", 16);
	wire_u16(&wire, CLIENT_PORT);
	wire_u16(&wire, 25);
	wire_u32(&wire, bench->seq);
	wire_u32(&wire, 5000);
	wire_u16(&wire, 0x5000 | flags);
	wire_put(&wire, "\x40\0\0\0\0\0", 6);
	wire_put(&wire, text, size);
	bench->seq += (uint32_t)size + ((flags & 2) != 0);
	bench->time_ns += 1000000;
	const struct packet packet = { .bytes = wire.bytes,
		                       .captured = (uint32_t)(wire.size - cut),
		                       .length = (uint32_t)wire.size,
		                       .time_ns = bench->time_ns,
		                       .link = 12 };
	pipeline_packet(bench->pipeline, &packet);
}

/* They are counted for packets without a length in IP, too, as with segmentation offload. */
static void octets_that_were_not_captured(void **state)
{
	struct bench *bench = *state;
	for (int bounded = 0; bounded <= 1; bounded++) {
		uint64_t truncated = counter_get(&bench->counters->truncated_packets);
		counter_set(&bench->counters->smtp_gap_bytes, 0);
		bench->seq += 1000000;
		feed(bench, bounded, 2, "", 0);
		feed(bench, bounded, 0x18, "EHLO a.test\r\n", 0);
		feed(bench, bounded, 0x18, "MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\n", 17);
		feed(bench, bounded, 0x18, "DATA\r\n", 0);
		assert_int_equal(counter_get(&bench->counters->smtp_gap_bytes), 17);
		assert_int_equal(counter_get(&bench->counters->truncated_packets), truncated + 1);
	}
	assert_int_equal(counter_get(&bench->counters->packets), 8);
}

/* The first fragment of a datagram over IPv4. */
static void feed_fragment(struct bench *bench, unsigned number)
{
	static struct wire wire;
	wire.size = 0;
	wire_u16(&wire, 0x4500);
	wire_u16(&wire, 28);
	wire_u16(&wire, number);
	wire_put(&wire, "\x20\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2", 14);
	wire_fill(&wire, 0, 8);
	const struct packet packet = { .bytes = wire.bytes,
		                       .captured = (uint32_t)wire.size,
		                       .length = (uint32_t)wire.size,
		                       .time_ns = bench->time_ns,
		                       .link = 12 };
	pipeline_packet(bench->pipeline, &packet);
}

/* The counters of an earlier pipeline go on. */
static void counters_continue(void **state)
{
	struct bench *bench = *state;
	struct counters *c = bench->counters;
	const struct {
		_Atomic uint64_t *counter;
		uint64_t more;
	} tests[] = {
		{ &c->tcp_streams, 2 },     { &c->fragments, 3 },     { &c->fragments_lost, 3 },
		{ &c->tcp_evicted, 0 },     { &c->tcp_refused, 0 },   { &c->ambiguous, 0 },
		{ &c->no_memory, 0 },       { &c->watch_evicted, 0 }, { &c->readings_evicted, 0 },
		{ &c->copies_ignored, 0 },  { &c->copies_chosen, 0 }, { &c->copies_found, 0 },
		{ &c->networks_merged, 0 },
	};
	pipeline_free(bench->pipeline);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		counter_set(tests[i].counter, 1000 + i);
	}
	start(bench);
	for (int i = 0; i < 2; i++) {
		bench->seq += 1000000;
		feed(bench, true, 2, "", 0);
		feed(bench, true, 0x18, "EHLO a.test\r\n", 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		feed_fragment(bench, i);
	}
	for (int64_t second = 1; second <= 100; second++) {
		pipeline_tick(bench->pipeline, bench->time_ns + second * 1000000000);
	}
	pipeline_count(bench->pipeline);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		assert_int_equal(counter_get(tests[i].counter), 1000 + i + tests[i].more);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(octets_that_were_not_captured, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counters_continue, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
