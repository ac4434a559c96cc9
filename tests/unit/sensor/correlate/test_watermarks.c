/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>

#include "sensor/correlate/watermarks.h"

static void all_others_must_have_read(void **state)
{
	(void)state;
	struct watermarks *watermarks = watermarks_new(3);
	assert_non_null(watermarks);
	watermarks_read(watermarks, 0, 10);
	watermarks_read(watermarks, 1, 20);
	assert_false(watermarks_all_read(watermarks, 0, 10)); /* the third has not begun */
	watermarks_read(watermarks, 2, 11);
	assert_true(watermarks_all_read(watermarks, 0, 10));
	assert_false(watermarks_all_read(watermarks, 0, 11)); /* it may hold more of this time */
	assert_false(watermarks_all_read(watermarks, 1, 20));
	watermarks_read(watermarks, 2, 5); /* never goes back */
	assert_true(watermarks_all_read(watermarks, 0, 10));
	watermarks_free(watermarks);
}

static void all_others_must_have_settled(void **state)
{
	(void)state;
	struct watermarks *watermarks = watermarks_new(2);
	assert_non_null(watermarks);
	watermarks_read(watermarks, 1, 30);
	watermarks_settled(watermarks, 1, 15);
	assert_true(watermarks_all_read(watermarks, 0, 20));
	assert_false(watermarks_all_settled(watermarks, 0, 20));
	assert_true(watermarks_all_settled(watermarks, 0, 14));
	watermarks_settled(watermarks, 1, INT64_MAX);
	assert_true(watermarks_all_settled(watermarks, 0, 20));
	watermarks_free(watermarks);
}

static void two_at_the_same_time_do_not_wait_for_each_other(void **state)
{
	(void)state;
	struct watermarks *watermarks = watermarks_new(2);
	assert_non_null(watermarks);
	watermarks_read(watermarks, 0, 10);
	watermarks_read(watermarks, 1, 10);
	assert_false(watermarks_all_settled(watermarks, 0, 10));
	watermarks_wait(watermarks, 1, true);
	assert_true(watermarks_all_settled(watermarks, 0, 10));
	watermarks_wait(watermarks, 1, false);
	assert_false(watermarks_all_settled(watermarks, 0, 10));
	watermarks_free(watermarks);
}

static void no_wait_for_a_worker_that_has_ended(void **state)
{
	(void)state;
	struct watermarks *watermarks = watermarks_new(2);
	assert_non_null(watermarks);
	watermarks_settled(watermarks, 1, 3);
	watermarks_end_reading(watermarks, 1);
	assert_true(watermarks_all_read(watermarks, 0, INT64_MAX));
	assert_false(watermarks_all_settled(watermarks, 0, 3));
	watermarks_end(watermarks, 1);
	assert_true(watermarks_all_settled(watermarks, 0, INT64_MAX));
	watermarks_free(watermarks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_others_must_have_read),
		cmocka_unit_test(all_others_must_have_settled),
		cmocka_unit_test(two_at_the_same_time_do_not_wait_for_each_other),
		cmocka_unit_test(no_wait_for_a_worker_that_has_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
