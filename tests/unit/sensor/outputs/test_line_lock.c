/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
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

/* Record locks are of a process: another writer is another process. */
static int in_child(int (*act)(struct line_lock *lock), struct line_lock *lock)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		_exit(act(lock));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

enum { REFUSED, TAKEN, TAKEN_TORN };

static int try_it(struct line_lock *lock)
{
	bool torn;
	if (!line_lock_try(lock, &torn)) {
		return REFUSED;
	}
	line_lock_release(lock, false);
	return torn ? TAKEN_TORN : TAKEN;
}

static int die_with_it(struct line_lock *lock)
{
	bool torn;
	return line_lock_try(lock, &torn) ? TAKEN : REFUSED;
}

static int die_with_a_torn_line(struct line_lock *lock)
{
	bool torn;
	if (!line_lock_try(lock, &torn)) {
		return REFUSED;
	}
	line_lock_release(lock, true);
	return TAKEN;
}

static void a_holder_keeps_others_out(void **state)
{
	struct line_lock *lock = line_lock_at(*state, 0);
	bool torn;
	assert_true(line_lock_try(lock, &torn));
	assert_false(torn);
	assert_int_equal(in_child(try_it, lock), REFUSED);
	assert_int_equal(in_child(try_it, line_lock_at(*state, 1)), TAKEN); /* another place */
	line_lock_release(lock, false);
	assert_int_equal(in_child(try_it, lock), TAKEN);
}

/* Tears its line, reports it, and completes the line when it is asked to. */
static int tear_and_continue(struct line_lock *lock, int ask, int report)
{
	bool torn;
	char byte;
	if (!line_lock_try(lock, &torn)) {
		return 1;
	}
	line_lock_release(lock, true);
	if (write(report, "", 1) != 1 || read(ask, &byte, 1) != 1 || !line_lock_try(lock, &torn) ||
	    torn) {
		return 1;
	}
	line_lock_release(lock, false);
	return write(report, "", 1) != 1 || read(ask, &byte, 1) != 1;
}

static void a_torn_line_keeps_others_out(void **state)
{
	struct line_lock *lock = line_lock_at(*state, 0);
	int ask[2], report[2], status;
	char byte;
	bool torn;
	assert_int_equal(pipe(ask), 0);
	assert_int_equal(pipe(report), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		_exit(tear_and_continue(lock, ask[0], report[1]));
	}
	assert_int_equal(read(report[0], &byte, 1), 1);
	assert_false(line_lock_try(lock, &torn));
	assert_int_equal(write(ask[1], "", 1), 1);
	assert_int_equal(read(report[0], &byte, 1), 1);
	assert_true(line_lock_try(lock, &torn));
	assert_false(torn);
	line_lock_release(lock, false);
	assert_int_equal(write(ask[1], "", 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	for (int i = 0; i < 2; i++) {
		(void)close(ask[i]);
		(void)close(report[i]);
	}
}

/* How much of its line is written cannot be known. */
static void a_dead_writer_leaves_a_torn_line(void **state)
{
	struct line_lock *lock = line_lock_at(*state, 0);
	assert_int_equal(in_child(die_with_it, lock), TAKEN);
	assert_int_equal(in_child(try_it, lock), TAKEN_TORN);
	assert_int_equal(in_child(try_it, lock), TAKEN);
	assert_int_equal(in_child(die_with_a_torn_line, lock), TAKEN);
	assert_int_equal(in_child(try_it, lock), TAKEN_TORN);
	assert_int_equal(in_child(try_it, line_lock_at(*state, 1)), TAKEN);
}

/* A process that locks all places and never frees them is waited for by no other. */
static void a_hostile_holder_stops_nobody(void **state)
{
	struct line_lock *lock = line_lock_at(*state, 0);
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int ready[2], status;
	char byte;
	bool torn;
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		bool good = fcntl(line_lock_fd(*state), F_SETLK, &all) == 0 &&
		            write(ready[1], "", 1) == 1;
		while (good) {
			(void)pause();
		}
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_false(line_lock_try(lock, &torn));
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(line_lock_try(lock, &torn));
	line_lock_release(lock, false);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_setup_teardown(a_holder_keeps_others_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_torn_line_keeps_others_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_dead_writer_leaves_a_torn_line, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(a_hostile_holder_stops_nobody, set_up, tear_down),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
