/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/time_ns.h"
#include "sensor/report/html/html_scale.h"

#define S(n) ((n)*NS_PER_S)

/* Parts between four times; the least shares are 20, 40 and 20 percent of 1000 pixels. */
static void init(struct html_scale *scale, const int64_t bounds_ns[HTML_PARTS_MAX + 1])
{
	static const unsigned LEAST[HTML_PARTS_MAX] = { 20, 40, 20 };
	struct html_part parts[HTML_PARTS_MAX];
	for (size_t i = 0; i < HTML_PARTS_MAX; i++) {
		parts[i] = (struct html_part){ .from_ns = bounds_ns[i],
			                       .to_ns = bounds_ns[i + 1],
			                       .least = LEAST[i] };
	}
	html_scale_init(scale, parts, 100, 1100);
}

static void parts(void **state)
{
	(void)state;
	static const struct {
		int64_t bounds_ns[HTML_PARTS_MAX + 1];
		size_t count;
		bool even;
		int ends[HTML_PARTS_MAX]; /* The right end of each part. */
	} tests[] = {
		/* all wide enough: linear */
		{ { S(0), S(25), S(75), S(100) }, 3, true, { 350, 850, 1100 } },
		{ { S(0), S(20), S(60), S(100) }, 3, true, { 300, 700, 1100 } },
		/* a hijack of a second, cached for days */
		{ { S(0), S(0), S(1), S(360000) }, 2, false, { 500, 1100 } },
		/* months before it */
		{ { S(0), S(5000000), S(5100000), S(5200000) }, 3, false, { 500, 900, 1100 } },
		/* the part in the middle is raised: then the last is too narrow, too */
		{ { S(0), S(58), S(78), S(100) }, 3, false, { 500, 900, 1100 } },
		/* one part, and none */
		{ { S(7), S(7), S(9), S(9) }, 1, true, { 1100 } },
		{ { S(7), S(7), S(7), S(7) }, 1, true, { 1100 } },
		/* the ends of time */
		{ { INT64_MIN, 0, 0, INT64_MAX }, 2, true, { 600, 1100 } },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct html_scale scale;
		init(&scale, tests[i].bounds_ns);
		assert_int_equal(scale.count, tests[i].count);
		assert_int_equal(scale.even, tests[i].even);
		int left = 100;
		for (size_t at = 0; at < scale.count; at++) {
			assert_int_equal(scale.parts[at].left, left);
			left = scale.parts[at].right;
			assert_int_equal(left, tests[i].ends[at]);
		}
	}
}

static void places(void **state)
{
	(void)state;
	static const int64_t BOUNDS_NS[] = { S(0), S(1000), S(1010), S(1015) };
	static const struct {
		int64_t time_ns;
		int x;
	} tests[] = {
		{ INT64_MIN, 100 }, { S(0), 100 },     { S(500), 300 },
		{ S(1000), 500 },   { S(1005), 700 },  { S(1010), 900 },
		{ S(1015), 1100 },  { S(1016), 1100 }, { INT64_MAX, 1100 },
	};
	struct html_scale scale;
	init(&scale, BOUNDS_NS);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		assert_int_equal(html_scale_x(&scale, tests[i].time_ns), tests[i].x);
	}
}

/* The only time of an incident is in the middle. */
static void moment(void **state)
{
	(void)state;
	static const int64_t BOUNDS_NS[] = { S(7), S(7), S(7), S(7) };
	struct html_scale scale;
	init(&scale, BOUNDS_NS);
	assert_int_equal(html_scale_x(&scale, S(7)), 600);
}

static void ticks(void **state)
{
	(void)state;
	static const struct {
		struct html_part part;
		size_t count;
		int64_t first_ns, step_ns;
		int first_x;
	} tests[] = {
		{ { S(0), S(10), 0, 1000, 0 }, 1, S(5), 0, 500 },
		{ { S(3), S(3) + 500 * NS_PER_MS, 0, 1000, 0 },
		  4,
		  S(3) + 100 * NS_PER_MS,
		  100 * NS_PER_MS,
		  200 },
		{ { 1, 40 * 3600 * NS_PER_S, 0, 1000, 0 },
		  5,
		  6 * 3600 * NS_PER_S,
		  6 * 3600 * NS_PER_S,
		  150 },
		/* no room for a label, and a negative time */
		{ { S(0), S(10), 0, 260, 0 }, 0, 0, 0, 0 },
		{ { S(-86400 * 2), S(0), 0, 400, 0 }, 1, S(-86400), 0, 200 },
		{ { INT64_MAX - 2, INT64_MAX, 0, 1000, 0 }, 0, 0, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct html_tick found[HTML_TICKS_MAX];
		size_t count = html_scale_ticks(&tests[i].part, found);
		assert_int_equal(count, tests[i].count);
		if (count > 0) {
			assert_int_equal(found[0].time_ns, tests[i].first_ns);
			assert_int_equal(found[0].x, tests[i].first_x);
		}
		if (count > 1 && tests[i].step_ns > 0) {
			assert_int_equal(found[1].time_ns - found[0].time_ns, tests[i].step_ns);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(places),
		cmocka_unit_test(moment),
		cmocka_unit_test(ticks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
