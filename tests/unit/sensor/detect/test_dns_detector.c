/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections; messages are in test_observe.c. */
#include "tests/unit/unit.h"

#include "base/pool.h"
#include "sensor/detect/dns_detector.h"

#define CONNECTIONS 3

struct bench {
	struct memory_budget budget;
	struct dns_incomplete incomplete;
	struct counters *counters;
	struct pool pool;
	struct dns_detector detector;
	struct dns_connection *connections[CONNECTIONS];
};

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(parts_are_in_the_budget, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_skipped_octet_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_oldest_part_gives_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(both_sides_are_in_the_budget, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_second_reading_asks_nothing, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
