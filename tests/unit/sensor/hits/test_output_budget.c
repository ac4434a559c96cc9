/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hits/output_budget.h"

#include "base/time_ns.h"
#include "tests/unit/unit.h"

#define CRITICAL 99
#define HIGH     75
#define LOW      25
#define LOG      0

static uint64_t left_for(const struct output_budget *budget, unsigned severity)
{
	return output_budget_left(budget, severity, false);
}

static void starts_with_an_allowance(void **state)
{
	struct output_budget budget;
	(void)state;
	output_budget_init(&budget, 12345);
	assert_int_equal(left_for(&budget, CRITICAL), OUTPUT_BUDGET_START);
	assert_true(output_budget_take(&budget, CRITICAL, false, OUTPUT_BUDGET_START));
	assert_false(output_budget_take(&budget, CRITICAL, false, 1));
}

static void traffic_earns(void **state)
{
	struct output_budget budget;
	(void)state;
	output_budget_init(&budget, 1000);
	assert_true(output_budget_take(&budget, CRITICAL, false, OUTPUT_BUDGET_START));
	output_budget_earn(&budget, 1000, 5);
	assert_int_equal(left_for(&budget, CRITICAL), 0);
	output_budget_earn(&budget, 1100, 5);
	assert_int_equal(left_for(&budget, CRITICAL), 100 * OUTPUT_BUDGET_RATIO);
	output_budget_earn(&budget, UINT64_MAX / 32, 5);
	assert_int_equal(left_for(&budget, CRITICAL), OUTPUT_BUDGET_SAVED);
}

static void the_last_is_for_the_severe(void **state)
{
	static const unsigned order[] = { LOG, LOW, HIGH, CRITICAL };
	struct output_budget budget;
	(void)state;
	output_budget_init(&budget, 0);
	for (size_t i = 0; i < 4; i++) {
		uint64_t left = left_for(&budget, order[i]);
		assert_true(left > 0);
		assert_true(output_budget_take(&budget, order[i], false, left));
		assert_int_equal(left_for(&budget, order[i]), 0);
	}
	assert_int_equal(budget.saved, 0);
}

/* What is reserved for events that are more severe than this one. */
static void reserves(void **state)
{
	static const struct {
		unsigned severity;
		uint64_t kib;
	} rows[] = {
		{ 0, 64 }, { 1, 32 }, { 74, 32 }, { 75, 16 }, { 98, 16 }, { 99, 0 }, { 100, 0 }
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct output_budget budget;
		output_budget_init(&budget, 0);
		assert_int_equal(left_for(&budget, rows[i].severity),
		                 OUTPUT_BUDGET_START - rows[i].kib * 1024);
	}
}

/* However much was read, hits have a bound in time; log events have none. */
static void hits_have_a_bound_in_time(void **state)
{
	struct output_budget budget;
	uint64_t read = 0, taken = 0;
	(void)state;
	output_budget_init(&budget, 0);
	output_budget_earn(&budget, read, 1);
	for (int i = 0; i < 10; i++) {
		read += OUTPUT_BUDGET_SAVED;
		output_budget_earn(&budget, read, 1);
		uint64_t left = left_for(&budget, CRITICAL);
		assert_true(output_budget_take(&budget, CRITICAL, false, left));
		taken += left;
	}
	assert_int_equal(taken, OUTPUT_BUDGET_BURST);
	output_budget_earn(&budget, read + OUTPUT_BUDGET_SAVED, 1);
	assert_int_equal(left_for(&budget, CRITICAL), 0);
	assert_true(left_for(&budget, LOG) > OUTPUT_BUDGET_SAVED / 2);
	output_budget_earn(&budget, read + OUTPUT_BUDGET_SAVED, 1 + NS_PER_S / 2);
	uint64_t left = left_for(&budget, CRITICAL);
	assert_in_range(left, OUTPUT_BUDGET_SECOND / 2 - 4096, OUTPUT_BUDGET_SECOND / 2 + 4096);
}

static void odd_times_earn_one_second(void **state)
{
	static const int64_t times[] = { INT64_MIN, INT64_MAX, -1, 0, INT64_MAX };
	struct output_budget budget;
	(void)state;
	output_budget_init(&budget, 0);
	budget.burst = 0;
	for (size_t i = 0; i < 5; i++) {
		output_budget_earn(&budget, 0, times[i]);
		assert_true(budget.burst <= (i + 1) * OUTPUT_BUDGET_SECOND);
	}
}

/* The limit is that of one message; critical hits use it up, but are not refused. */
static void further_events_have_a_bound(void **state)
{
	struct output_budget budget;
	(void)state;
	output_budget_init(&budget, 0);
	output_budget_earn(&budget, OUTPUT_BUDGET_SAVED, 1);
	output_budget_begin_message(&budget);
	assert_true(output_budget_take(&budget, HIGH, false, OUTPUT_BUDGET_MESSAGE));
	assert_true(output_budget_take(&budget, HIGH, true, OUTPUT_BUDGET_MESSAGE - 1));
	assert_false(output_budget_take(&budget, HIGH, true, 2));
	assert_true(output_budget_take(&budget, HIGH, true, 1));
	assert_false(output_budget_take(&budget, HIGH, true, 1));
	assert_true(output_budget_take(&budget, CRITICAL, true, 1));
	output_budget_begin_message(&budget);
	assert_true(output_budget_take(&budget, CRITICAL, true, OUTPUT_BUDGET_MESSAGE));
	assert_false(output_budget_take(&budget, HIGH, true, 1));
	output_budget_begin_message(&budget);
	assert_true(output_budget_take(&budget, LOW, true, 1));
}

/* An event that the budget has no room for does not count for its message. */
static void refused_events_are_not_counted(void **state)
{
	struct output_budget budget;
	(void)state;
	output_budget_init(&budget, 0);
	output_budget_begin_message(&budget);
	uint64_t left = left_for(&budget, LOW);
	assert_true(left < OUTPUT_BUDGET_MESSAGE);
	assert_false(output_budget_take(&budget, LOW, true, left + 1));
	output_budget_earn(&budget, OUTPUT_BUDGET_SAVED, 1);
	assert_true(output_budget_take(&budget, LOW, true, OUTPUT_BUDGET_MESSAGE));
}

/* After an event was refused, none is written until there is room for one that is a little larger.
 * Each class has a reserve of its own, and therefore awaits room of its own. */
static void a_refused_event_awaits_room(void **state)
{
	struct output_budget budget;
	(void)state;
	output_budget_init(&budget, 0);
	assert_true(output_budget_take(&budget, CRITICAL, false, OUTPUT_BUDGET_START - 2000));
	assert_true(output_budget_expects(&budget, CRITICAL, false));
	assert_false(output_budget_take(&budget, CRITICAL, false, 2001));
	output_budget_note_refused(&budget, CRITICAL, 2001);
	assert_false(output_budget_expects(&budget, CRITICAL, false));
	output_budget_earn(&budget, 2001 / 8 / OUTPUT_BUDGET_RATIO, 1);
	assert_false(output_budget_expects(&budget, CRITICAL, false));
	output_budget_earn(&budget, 2001 / 8 / OUTPUT_BUDGET_RATIO + 1, 1);
	assert_true(output_budget_expects(&budget, CRITICAL, false));
	output_budget_note_refused(&budget, CRITICAL, 1 << 20);
	output_budget_earn(&budget, OUTPUT_EVENT_EXPECTED_MAX / OUTPUT_BUDGET_RATIO, 1);
	assert_true(output_budget_expects(&budget, CRITICAL, false));
}

/* The limit of the message is known before a further event is written. */
static void the_end_of_a_message_is_expected(void **state)
{
	struct output_budget budget;
	(void)state;
	output_budget_init(&budget, 0);
	output_budget_earn(&budget, OUTPUT_BUDGET_SAVED, 1);
	output_budget_begin_message(&budget);
	assert_true(output_budget_take(&budget, HIGH, true, OUTPUT_BUDGET_MESSAGE - 599));
	assert_int_equal(output_budget_left(&budget, HIGH, true), 599);
	assert_false(output_budget_expects(&budget, HIGH, true));
	assert_true(output_budget_expects(&budget, HIGH, false));
	assert_true(output_budget_expects(&budget, CRITICAL, true));
}

/* Traffic pays what was owed before anything is saved. */
static void what_is_owed_is_paid(void **state)
{
	struct output_budget budget;
	(void)state;
	output_budget_init(&budget, 0);
	output_budget_charge(&budget, OUTPUT_BUDGET_START + 10 * OUTPUT_BUDGET_RATIO);
	assert_int_equal(left_for(&budget, CRITICAL), 0);
	output_budget_earn(&budget, 10, 1);
	assert_int_equal(left_for(&budget, CRITICAL), 0);
	output_budget_earn(&budget, 15, 1);
	assert_int_equal(left_for(&budget, CRITICAL), 5 * OUTPUT_BUDGET_RATIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_with_an_allowance),
		cmocka_unit_test(traffic_earns),
		cmocka_unit_test(the_last_is_for_the_severe),
		cmocka_unit_test(reserves),
		cmocka_unit_test(hits_have_a_bound_in_time),
		cmocka_unit_test(odd_times_earn_one_second),
		cmocka_unit_test(further_events_have_a_bound),
		cmocka_unit_test(refused_events_are_not_counted),
		cmocka_unit_test(a_refused_event_awaits_room),
		cmocka_unit_test(the_end_of_a_message_is_expected),
		cmocka_unit_test(what_is_owed_is_paid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
