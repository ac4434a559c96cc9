/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/outputs/line_lock.h"

static int set_up(void **state)
{
	*state = line_lock_new(2);
	return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	line_lock_free(*state, 2);
	return 0;
}

static void a_torn_line_is_its_writers(void **state)
{
	struct line_lock *line_lock = line_lock_at(*state, 0);
	bool torn;
	assert_true(line_lock_acquire(line_lock, 1, &torn));
	assert_false(torn);
	line_lock_release(line_lock, 1, true);
	assert_false(line_lock_acquire(line_lock, 2, &torn));
	assert_true(line_lock_acquire(line_lock_at(*state, 1), 2, &torn)); /* another place */
	assert_true(line_lock_acquire(line_lock, 1, &torn));
	assert_false(torn); /* it goes on with it */
	line_lock_release(line_lock, 1, false);
	assert_true(line_lock_acquire(line_lock, 2, &torn));
	assert_false(torn);
	line_lock_release(line_lock, 2, false);
}

static void the_line_of_the_dead_is_ended(void **state)
{
	struct line_lock *line_lock = line_lock_at(*state, 0);
	bool torn;
	assert_true(line_lock_acquire(line_lock, 1, &torn));
	line_lock_release(line_lock, 1, true);
	line_lock_reap(line_lock, 2); /* somebody else */
	assert_false(line_lock_acquire(line_lock, 2, &torn));
	line_lock_reap(line_lock, 1);
	assert_true(line_lock_acquire(line_lock, 2, &torn));
	assert_true(torn);
	line_lock_release(line_lock, 2, false);
	assert_true(line_lock_acquire(line_lock, 3, &torn));
	assert_false(torn);
	line_lock_release(line_lock, 3, false);
}

/* It holds the lock, and nobody knows how far it has come. */
static void who_dies_inside_leaves_a_torn_line(void **state)
{
	struct line_lock *line_lock = line_lock_at(*state, 0);
	bool torn;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		_exit(line_lock_acquire(line_lock, 1, &torn) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(line_lock_acquire(line_lock, 2, &torn));
	assert_true(torn);
	line_lock_release(line_lock, 2, false);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_setup_teardown(a_torn_line_is_its_writers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_line_of_the_dead_is_ended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_dies_inside_leaves_a_torn_line, set_up,
		                                tear_down),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
