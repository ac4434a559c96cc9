/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>

#include "sensor/correlate/watermarks.h"

static void others_are_waited_for(void **state)
{
	(void)state;
	struct clocks *clocks = clocks_new(3);
	assert_non_null(clocks);
	clocks_read(clocks, 0, 10);
	clocks_read(clocks, 1, 20);
	assert_false(clocks_all_read(clocks, 0, 10)); /* the third has not begun */
	clocks_read(clocks, 2, 11);
	assert_true(clocks_all_read(clocks, 0, 10));
	assert_false(clocks_all_read(clocks, 0, 11)); /* it may hold more of this time */
	assert_false(clocks_all_read(clocks, 1, 20));
	clocks_read(clocks, 2, 5); /* never goes back */
	assert_true(clocks_all_read(clocks, 0, 10));
	clocks_free(clocks);
}

static void what_is_unsettled_is_waited_for(void **state)
{
	(void)state;
	struct clocks *clocks = clocks_new(2);
	assert_non_null(clocks);
	clocks_read(clocks, 1, 30);
	clocks_settled(clocks, 1, 15);
	assert_true(clocks_all_read(clocks, 0, 20));
	assert_false(clocks_all_settled(clocks, 0, 20));
	assert_true(clocks_all_settled(clocks, 0, 14));
	clocks_settled(clocks, 1, INT64_MAX);
	assert_true(clocks_all_settled(clocks, 0, 20));
	clocks_free(clocks);
}

static void two_at_one_moment_do_not_wait_for_each_other(void **state)
{
	(void)state;
	struct clocks *clocks = clocks_new(2);
	assert_non_null(clocks);
	clocks_read(clocks, 0, 10);
	clocks_read(clocks, 1, 10);
	assert_false(clocks_all_settled(clocks, 0, 10));
	clocks_wait(clocks, 1, true);
	assert_true(clocks_all_settled(clocks, 0, 10));
	clocks_wait(clocks, 1, false);
	assert_false(clocks_all_settled(clocks, 0, 10));
	clocks_free(clocks);
}

static void who_has_ended_is_not_waited_for(void **state)
{
	(void)state;
	struct clocks *clocks = clocks_new(2);
	assert_non_null(clocks);
	clocks_settled(clocks, 1, 3);
	clocks_end_reading(clocks, 1);
	assert_true(clocks_all_read(clocks, 0, INT64_MAX));
	assert_false(clocks_all_settled(clocks, 0, 3));
	clocks_end(clocks, 1);
	assert_true(clocks_all_settled(clocks, 0, INT64_MAX));
	clocks_free(clocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_are_waited_for),
		cmocka_unit_test(what_is_unsettled_is_waited_for),
		cmocka_unit_test(two_at_one_moment_do_not_wait_for_each_other),
		cmocka_unit_test(who_has_ended_is_not_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
