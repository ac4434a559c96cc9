/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections; messages are in test_observe.c. */
#include "tests/unit/unit.h"

#include "base/memory/pool.h"
#include "sensor/correlate/correlator.h"
#include "sensor/detect/dns_detector.h"
#include "tests/unit/rules/load.h"
#include "tests/unit/wire.h"

#define CONNECTIONS 3

struct bench {
	struct memory_budget budget;
	struct dns_incomplete incomplete;
	struct counters *counters;
	struct pool pool;
	struct dns_detector detector;
	struct dns_connection *connections[CONNECTIONS];
	struct dns_name_memo memo;
	struct ruleset *rules;
	struct correlator_shared *shared;
	unsigned events;
};

static void count_event(void *ctx, const struct record *record)
{
	struct bench *bench = ctx;
	(void)record;
	bench->events++;
}

static int set_up(void **state)
{
	static struct bench bench;
	struct bench *b = &bench;
	const struct flow flow = { .time_ns = 0 };
	*b = (struct bench){ .counters = counters_new(1) };
	memory_budget_init(&b->budget, SIZE_MAX);
	dns_incomplete_init(&b->incomplete, &b->budget, b->counters);
	pool_init(&b->pool, dns_connection_size(), NULL);
	b->detector = (struct dns_detector){ .incomplete = &b->incomplete,
		                             .counters = b->counters,
		                             .questions = questions_new(NULL, true, true),
		                             .pool = &b->pool };
	for (size_t i = 0; i < CONNECTIONS; i++) {
		b->connections[i] = dns_connection_new(&b->detector, &flow, false);
		assert_non_null(b->connections[i]);
	}
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;
	for (size_t i = 0; i < CONNECTIONS; i++) {
		dns_connection_free(b->connections[i]);
	}
	/* Also of connections that end within a message. */
	assert_int_equal(b->budget.used, 0);
	questions_free(b->detector.questions);
	dns_incomplete_deinit(&b->incomplete);
	assert_int_equal(b->budget.count, 0);
	pool_end(&b->pool);
	counters_free(b->counters, 1);
	return 0;
}

/* A part of a message of 1000 octets, without a whole header: it is not read. */
static void feed_part(const struct bench *b, size_t connection)
{
	static const uint8_t part[10] = { 1000 >> 8, 1000 & 0xff, 1, 2, 3 };
	dns_connection_feed(b->connections[connection], part, sizeof(part), 1, 0);
}

static void parts_are_in_the_budget(void **state)
{
	struct bench *b = *state;
	assert_int_equal(b->budget.used, 0);
	feed_part(b, 0);
	size_t one = b->budget.used;
	assert_int_equal(one, 1001); /* one more, so that no allocation is empty */
	feed_part(b, 1);
	assert_int_equal(b->budget.used, 2 * one);
	dns_connection_gap(b->connections[0], false, 1);
	assert_int_equal(b->budget.used, one);
	dns_connection_gap(b->connections[0], false, 1);
	assert_int_equal(b->budget.used, one);
	assert_int_equal(counter_get(&b->counters->memory_evicted), 0);
	assert_int_equal(counter_get(&b->counters->dns_gap_bytes), 2);
}

/* Where the beginning was not captured, octets before a gap are in no message that is known. */
static void each_skipped_octet_counts(void **state)
{
	struct bench *b = *state;
	static const uint8_t octets[3] = { 0, 100 };
	const struct flow flow = { .time_ns = 0 };
	for (size_t size = 1; size <= sizeof(octets); size++) {
		struct dns_connection *connection = dns_connection_new(&b->detector, &flow, true);
		dns_connection_feed(connection, octets, size, 1, 0);
		dns_connection_gap(connection, false, 7);
		assert_int_equal(counter_get(&b->counters->dns_skipped_bytes), size);
		counter_set(&b->counters->dns_skipped_bytes, 0);
		dns_connection_free(connection);
		assert_int_equal(counter_get(&b->counters->dns_skipped_bytes), 0);
	}
}

/* Without memory, the message that began first is given up. */
static void the_oldest_part_gives_way(void **state)
{
	struct bench *b = *state;
	feed_part(b, 2);
	size_t one = b->budget.used;
	feed_part(b, 0);
	feed_part(b, 1);
	b->budget.limit = 2 * one;
	b->incomplete.memory.own = 0;
	memory_budget_settle(&b->budget);
	assert_int_equal(b->budget.used, 2 * one);
	assert_int_equal(counter_get(&b->counters->memory_evicted), 1);
	/* It is the third that is gone. */
	dns_connection_gap(b->connections[2], false, 1);
	assert_int_equal(b->budget.used, 2 * one);
	dns_connection_gap(b->connections[0], false, 1);
	assert_int_equal(b->budget.used, one);
	b->budget.limit = 0;
	memory_budget_settle(&b->budget);
	assert_int_equal(b->budget.used, 0);
	memory_budget_settle(&b->budget);
	assert_int_equal(counter_get(&b->counters->memory_evicted), 2);
}

/* A connection may have a part of each side. */
static void both_sides_are_in_the_budget(void **state)
{
	struct bench *b = *state;
	static const uint8_t part[10] = { 1000 >> 8, 1000 & 0xff, 1, 2, 3 };
	feed_part(b, 0);
	size_t one = b->budget.used;
	dns_connection_ask(b->connections[0], part, sizeof(part), 0);
	assert_int_equal(b->budget.used, 2 * one);
	dns_connection_gap(b->connections[0], true, 1);
	assert_int_equal(b->budget.used, one);
	dns_connection_ask(b->connections[1], part, sizeof(part), 0);
	dns_connection_gap(b->connections[0], false, 1);
	assert_int_equal(b->budget.used, one);
	/* Both are given up at once. */
	feed_part(b, 1);
	b->incomplete.memory.own = 0;
	b->budget.limit = one;
	memory_budget_settle(&b->budget);
	assert_int_equal(b->budget.used, 0);
}

/* Questions are read once, although the answers have two readings. */
static void a_second_reading_asks_nothing(void **state)
{
	struct bench *b = *state;
	static const uint8_t part[10] = { 1000 >> 8, 1000 & 0xff, 1, 2, 3 };
	size_t again = 1;
	struct dns_connection *second = dns_connection_fork(b->connections[0], 0, 0, &again);
	assert_non_null(second);
	assert_int_equal(again, 0);
	dns_connection_ask(second, part, sizeof(part), 0);
	assert_int_equal(b->budget.used, 0);
	dns_connection_ask(b->connections[0], part, sizeof(part), 0);
	assert_in_range(b->budget.used, 100, 70000);
	dns_connection_free(second);
}

/* Adds what messages with hits need. */
static void add_rules(struct bench *b)
{
	b->rules = load_text("alert ns ns.bad.example id=bad\n");
	b->shared = correlator_shared_new(1, 1);
	const struct hits_config config = { .rules = b->rules,
		                            .counters = b->counters,
		                            .sensor = "test",
		                            .emit = count_event,
		                            .ctx = b };
	b->detector.hits = hits_new(&config);
	b->detector.correlator = correlator_new(b->shared, 0, NULL);
	b->detector.memo = &b->memo;
	counter_add(&b->counters->bytes, 1 << 24);
}

static void remove_rules(struct bench *b)
{
	hits_free(b->detector.hits);
	correlator_free(b->detector.correlator);
	correlator_shared_free(b->shared);
	ruleset_free(b->rules);
}

/* Feeds a message with this number, which is a hit or not. Returns the number of new events. */
static unsigned feed_message(struct bench *b, struct dns_connection *connection, unsigned number,
                             bool hit)
{
	static const uint16_t counts[DNS_SECTIONS] = { 1, 1, 0, 0 };
	static struct wire message, stream;
	unsigned before = b->events;
	wire_dns(&message, number, DNS_FLAG_QR, counts);
	wire_question(&message, "a.example", 2);
	wire_record_name(&message, "a.example", 2, 60, hit ? "ns.bad.example" : "ns.example");
	stream.size = 0;
	wire_u16(&stream, (unsigned)message.size);
	wire_put(&stream, message.bytes, message.size);
	dns_connection_feed(connection, stream.bytes, stream.size, 1000 * number, 0);
	return b->events - before;
}

/* Two readings of a connection report a message once, while it is among the latest four with hits
 * of the reading that came first. */
static void two_readings_report_a_message_once(void **state)
{
	struct bench *b = *state;
	struct dns_connection *first = b->connections[0];
	size_t again;
	add_rules(b);
	struct dns_connection *second = dns_connection_fork(first, 0, 0, &again);
	assert_non_null(second);
	for (unsigned number = 1; number <= 5; number++) {
		assert_int_equal(feed_message(b, first, number, true), 1);
		/* What is no hit takes no place. */
		assert_int_equal(feed_message(b, first, 100 + number, false), 0);
	}
	static const struct {
		unsigned number, events;
	} tests[] = { { 2, 0 }, { 3, 0 }, { 5, 0 }, { 4, 0 }, { 2, 0 }, { 1, 1 }, { 6, 1 } };
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		assert_int_equal(feed_message(b, second, tests[i].number, true), tests[i].events);
	}
	/* Each reading passes over what the other one has reported. */
	assert_int_equal(feed_message(b, first, 6, true), 0);
	assert_int_equal(feed_message(b, first, 7, true), 1);
	assert_int_equal(feed_message(b, second, 7, true), 0);
	assert_int_equal(counter_get(&b->counters->dns_tcp_messages), 11);
	assert_int_equal(counter_get(&b->counters->dns_responses), 11);
	dns_connection_free(second);
	remove_rules(b);
}

/* Only one reading reports a message again, if it has come twice: each is a message of its own. */
static void one_reading_reports_each_message(void **state)
{
	struct bench *b = *state;
	add_rules(b);
	assert_int_equal(feed_message(b, b->connections[0], 1, true), 1);
	assert_int_equal(feed_message(b, b->connections[0], 1, true), 1);
	remove_rules(b);
}

/* Octets that the capture has cut off are no fault of the message. */
static void faults_of_whole_messages_count(void **state)
{
	struct bench *b = *state;
	static const uint8_t message[5] = { 0, 1, 0x80, 0, 0 };
	const struct flow flow = { .time_ns = 1 };
	dns_detector_message(&b->detector, &flow, message, sizeof(message), true);
	assert_int_equal(counter_get(&b->counters->dns_malformed), 0);
	dns_detector_message(&b->detector, &flow, message, sizeof(message), false);
	assert_int_equal(counter_get(&b->counters->dns_malformed), 1);
}

/* A second reading starts at the latest of the stored beginnings of messages, or at the end. */
static void a_second_reading_starts_at_a_message(void **state)
{
	struct bench *b = *state;
	static const struct {
		size_t size;
		uint32_t seq;
		size_t again;
	} tests[] = {
		/* messages begin at 2000, 3000, 4000 and 5000; 1000 is stored no more */
		{ 500, 5000, 500 }, { 500, 4500, 0 }, { 500, 4501, 1 }, { 500, 1000, 0 },
		{ 499, 2501, 0 },   { 900, 2100, 0 }, { 901, 2100, 1 }, { 5000, 0, 0 },
	};
	add_rules(b);
	for (unsigned number = 1; number <= 5; number++) {
		(void)feed_message(b, b->connections[0], number, false);
	}
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		size_t again = SIZE_MAX;
		struct dns_connection *second =
		        dns_connection_fork(b->connections[0], tests[i].size, tests[i].seq, &again);
		assert_non_null(second);
		assert_int_equal(again, tests[i].again);
		dns_connection_free(second);
	}
	remove_rules(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(parts_are_in_the_budget, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_skipped_octet_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_oldest_part_gives_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(both_sides_are_in_the_budget, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_second_reading_asks_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_readings_report_a_message_once, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(one_reading_reports_each_message, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(a_second_reading_starts_at_a_message, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(faults_of_whole_messages_count, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
