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

static void a_torn_line_keeps_others_out(void **state)
{
	struct line_lock *lock = line_lock_at(*state, 0);
	bool torn;
	assert_true(line_lock_acquire(lock, 1, &torn));
	assert_false(torn);
	line_lock_release(lock, 1, true);
	assert_false(line_lock_acquire(lock, 2, &torn));
	assert_true(line_lock_acquire(line_lock_at(*state, 1), 2, &torn)); /* another place */
	assert_true(line_lock_acquire(lock, 1, &torn));
	assert_false(torn); /* it continues its own line */
	line_lock_release(lock, 1, false);
	assert_true(line_lock_acquire(lock, 2, &torn));
	assert_false(torn);
	line_lock_release(lock, 2, false);
}

static void the_torn_line_of_a_dead_writer(void **state)
{
	struct line_lock *lock = line_lock_at(*state, 0);
	bool torn;
	assert_true(line_lock_acquire(lock, 1, &torn));
	line_lock_release(lock, 1, true);
	line_lock_reap(lock, 2); /* another writer */
	assert_false(line_lock_acquire(lock, 2, &torn));
	line_lock_reap(lock, 1);
	assert_true(line_lock_acquire(lock, 2, &torn));
	assert_true(torn);
	line_lock_release(lock, 2, false);
	assert_true(line_lock_acquire(lock, 3, &torn));
	assert_false(torn);
	line_lock_release(lock, 3, false);
}

/* How much of its line is written cannot be known. */
static void a_holder_that_dies_leaves_a_torn_line(void **state)
{
	struct line_lock *lock = line_lock_at(*state, 0);
	bool torn;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		_exit(line_lock_acquire(lock, 1, &torn) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(line_lock_acquire(lock, 2, &torn));
	assert_true(torn);
	line_lock_release(lock, 2, false);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_setup_teardown(a_torn_line_keeps_others_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_torn_line_of_a_dead_writer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_holder_that_dies_leaves_a_torn_line, set_up,
		                                tear_down),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
