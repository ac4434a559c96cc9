/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches in a pipe: each arrives whole, or not at all. */
#include "history/transfer.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "history/table.h"
#include "tests/unit/unit.h"

#define LARGE ((size_t)1 << 20) /* more than a pipe holds */

static int setup(void **state)
{
	static int ends[2];
	assert_int_equal(pipe(ends), 0);
	*state = ends;
	return 0;
}

static int teardown(void **state)
{
	const int *ends = *state;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}

static void batches_arrive_in_order(void **state)
{
	const int *ends = *state;
	uint8_t *batch = malloc(HISTORY_TRANSFER_MAX);
	size_t size = 1, rows = 1;
	assert_non_null(batch);
	assert_true(history_send(ends[1], (const uint8_t *)"abc", 3, 2));
	assert_true(history_send(ends[1], NULL, 0, 0));
	assert_true(history_receive(ends[0], batch, &size, &rows));
	assert_int_equal(size, 3);
	assert_int_equal(rows, 2);
	assert_memory_equal(batch, "abc", 3);
	assert_true(history_receive(ends[0], batch, &size, &rows));
	assert_int_equal(size, 0);
	pid_t pid = fork();
	if (pid == 0) {
		uint8_t *large = calloc(1, LARGE);
		_exit(large != NULL && history_send(ends[1], large, LARGE, HISTORY_TABLE_ROWS) ? 0
		                                                                               : 1);
	}
	assert_true(history_receive(ends[0], batch, &size, &rows));
	assert_int_equal(size, LARGE);
	assert_int_equal(rows, HISTORY_TABLE_ROWS);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	free(batch);
}

/* A sender that is killed leaves the beginning of a batch. */
static void beginnings_are_discarded(void **state)
{
	uint8_t batch[64];
	size_t size, rows;
	(void)state;
	const uint64_t head[2] = { 3, 1 };
	for (size_t written = 0; written < sizeof(head) + 3; written++) {
		int pair[2];
		assert_int_equal(pipe(pair), 0);
		size_t of_head = written < sizeof(head) ? written : sizeof(head);
		assert_int_equal(history_write_all(pair[1], head, of_head), 0);
		assert_int_equal(history_write_all(pair[1], "abc", written - of_head), 0);
		assert_int_equal(close(pair[1]), 0);
		assert_false(history_receive(pair[0], batch, &size, &rows));
		assert_int_equal(close(pair[0]), 0);
	}
}

static void impossible_sizes_are_refused(void **state)
{
	const int *ends = *state;
	static const uint64_t heads[][2] = { { HISTORY_TRANSFER_MAX + 1, 1 },
		                             { UINT64_MAX, 1 },
		                             { 1, HISTORY_TABLE_ROWS + 1 } };
	uint8_t batch[1];
	size_t size, rows;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		assert_int_equal(history_write_all(ends[1], heads[i], sizeof(heads[i])), 0);
		assert_false(history_receive(ends[0], batch, &size, &rows));
	}
}

static void a_closed_pipe_is_an_error(void **state)
{
	int *ends = *state;
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(close(ends[0]), 0);
	assert_false(history_send(ends[1], (const uint8_t *)"abc", 3, 1));
	assert_int_equal(history_write_all(ends[1], "abc", 3), -EPIPE);
	ends[0] = dup(ends[1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(batches_arrive_in_order),
		cmocka_unit_test(beginnings_are_discarded),
		TEST(impossible_sizes_are_refused),
		TEST(a_closed_pipe_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
