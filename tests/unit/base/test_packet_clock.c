/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/packet_clock.h"

#define S     NS_PER_S
#define HOUR  (3600 * S)
#define BEGUN (1700000000 * S)

/* Stamps in seconds, and the time of the clock after each; `unsure` is a bit for each. */
static void timelines(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int64_t stamps[8], times[8];
		size_t count;
		unsigned unsure;
	} tests[] = {
		{ "steady", { 0, 1, 2, 30, 60, 119 }, { 0, 1, 2, 30, 60, 119 }, 6, 0 },
		{ "reordered", { 5, 6, 5, 7 }, { 0, 1, 1, 2 }, 4, 0 },
		{ "set back", { 0, 10, -3600, -3590, -3000 }, { 0, 10, 10, 20, 610 }, 5, 0x10 },
		{ "a long pause", { 0, 7200, 7201, 7230 }, { 0, 7200, 7201, 7230 }, 4, 2 },
		{ "a long pause before each",
		  { 0, 121, 250, 380, 500 },
		  { 0, 121, 250, 380, 500 },
		  5,
		  0xe },
		{ "one from the future", { 0, 1, 90000, 2, 3 }, { 0, 1, 90000, 2, 3 }, 5, 4 },
		{ "the same one twice",
		  { 0, 1, 90000, 90000, 2 },
		  { 0, 1, 90000, 90000, 2 },
		  5,
		  0xc },
		{ "one from the future, reordered",
		  { 0, 5, 90000, 4, 6 },
		  { 0, 5, 90000, 5, 6 },
		  5,
		  4 },
		{ "from the future, then a pause",
		  { 0, 90000, 7200, 7201 },
		  { 0, 90000, 7200, 7201 },
		  4,
		  6 },
		{ "from the future, then set back",
		  { 0, 90000, -3600, -3590 },
		  { 0, 90000, 0, 10 },
		  4,
		  2 },
		{ "one from the past", { 100, 110, 10, 111, 112 }, { 0, 10, 10, 11, 12 }, 5, 0 },
		{ "stamps of two hosts by turns",
		  { 100, 105, 101, 106, 102, 107, 103 },
		  { 0, 5, 5, 6, 6, 7, 7 },
		  7,
		  0 },
		{ "two hosts far apart by turns",
		  { 0, 7200, 1, 7201, 2, 7202 },
		  { 0, 7200, 1, 7201, 2, 7202 },
		  6,
		  0x2a },
		{ "two hosts far apart, twice each",
		  { 0, 7200, 7201, 2, 3, 7202, 7203, 4 },
		  { 0, 7200, 7201, 7201, 7202, 7202, 7203, 7203 },
		  8,
		  2 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct packet_clock clock = { 0 };
		for (size_t j = 0; j < tests[i].count; j++) {
			packet_clock_set(&clock, BEGUN + tests[i].stamps[j] * S);
			if (clock.now_ns != tests[i].times[j] * S ||
			    clock.unsure != ((tests[i].unsure >> j & 1) != 0)) {
				fail_msg("%s: after %ld at %ld%s", tests[i].name,
				         (long)tests[i].stamps[j], (long)(clock.now_ns / S),
				         clock.unsure ? ", unsure" : "");
			}
		}
	}
}

/* A capture may have any stamp: none overflows, and the clock does not go below zero. */
static void any_stamp(void **state)
{
	(void)state;
	static const int64_t stamps[] = { INT64_MIN,     INT64_MIN + 1, -1,       0,
		                          INT64_MAX / 2, INT64_MAX - 1, INT64_MAX };
	size_t count = sizeof(stamps) / sizeof(stamps[0]);
	for (size_t i = 0; i < count * count * count; i++) {
		struct packet_clock clock = { 0 };
		size_t order[] = { i % count, i / count % count, i / count / count };
		for (size_t j = 0; j < 3; j++) {
			packet_clock_set(&clock, stamps[order[j]]);
			assert_true(clock.now_ns >= 0);
			(void)packet_clock_date(&clock, stamps[order[j]]);
			(void)packet_clock_date(&clock, stamps[order[0]]);
		}
	}
}

static void since_a_time(void **state)
{
	(void)state;
	struct packet_clock clock = { .now_ns = 10 * S };
	int64_t at_ns = 4 * S;
	assert_int_equal(packet_clock_since(&clock, &at_ns), 6 * S);
	assert_int_equal(at_ns, 4 * S);
	at_ns = HOUR;
	assert_int_equal(packet_clock_since(&clock, &at_ns), 0);
	assert_int_equal(at_ns, 10 * S);
}

static void dates(void **state)
{
	(void)state;
	struct packet_clock clock = { 0 };
	assert_int_equal(packet_clock_date(&clock, BEGUN), BEGUN);
	packet_clock_set(&clock, BEGUN);
	packet_clock_set(&clock, BEGUN + 3 * HOUR);
	packet_clock_set(&clock, BEGUN + 3 * HOUR + 5);
	/* The stamps themselves, also a little after the latest tick. */
	assert_int_equal(packet_clock_date(&clock, BEGUN), BEGUN);
	assert_int_equal(packet_clock_date(&clock, BEGUN + 3 * HOUR), BEGUN + 3 * HOUR);
	assert_int_equal(packet_clock_date(&clock, BEGUN + 3 * HOUR + S), BEGUN + 3 * HOUR + S);
	/* A date after the current time, or before the first stamp, is replaced. */
	assert_int_equal(packet_clock_date(&clock, BEGUN + 9 * HOUR), BEGUN + 3 * HOUR + 5);
	assert_int_equal(packet_clock_date(&clock, BEGUN - HOUR), BEGUN + 3 * HOUR + 5);
	/* After the clock was set back dates go on. */
	packet_clock_set(&clock, BEGUN + HOUR);
	packet_clock_set(&clock, BEGUN + HOUR + 7);
	assert_int_equal(packet_clock_date(&clock, BEGUN + HOUR + 7), BEGUN + 3 * HOUR + 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timelines),
		cmocka_unit_test(any_stamp),
		cmocka_unit_test(since_a_time),
		cmocka_unit_test(dates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
