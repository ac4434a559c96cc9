/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches in a tray: each is written once, whichever process dies. */
#include "history/tray.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory/shared.h"
#include "tests/unit/unit.h"

struct fixture {
	struct history_tray *tray;
	struct history_claim claim;
	struct history_batch batch;
};

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){ .tray = history_tray_new() };
	f.batch.octets = malloc(HISTORY_BATCH_MAX);
	assert_non_null(f.tray);
	assert_non_null(f.batch.octets);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	history_tray_free(f->tray);
	free(f->batch.octets);
	return 0;
}

static void put(struct fixture *f, const char *text, size_t rows)
{
	uint8_t *room = history_tray_room(f->tray);
	assert_non_null(room);
	memcpy(room, text, strlen(text));
	history_tray_put(f->tray, strlen(text), rows);
}

static void one_batch_at_a_time(void **state)
{
	struct fixture *f = *state;
	assert_false(history_tray_is_full(f->tray));
	put(f, "abc", 2);
	assert_true(history_tray_is_full(f->tray));
	assert_null(history_tray_room(f->tray));
	history_tray_copy(f->tray, &f->batch);
	assert_int_equal(f->batch.size, 3);
	assert_int_equal(f->batch.rows, 2);
	assert_memory_equal(f->batch.octets, "abc", 3);
	assert_true(history_tray_is_full(f->tray));
	history_tray_empty(f->tray);
	put(f, "defg", 1);
	history_tray_copy(f->tray, &f->batch);
	assert_memory_equal(f->batch.octets, "defg", 4);
}

/* A worker that dies leaves its batch. */
static void batches_outlive_their_worker(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		put(f, "abc", 1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	history_tray_copy(f->tray, &f->batch);
	assert_memory_equal(f->batch.octets, "abc", 3);
}

/* The states in which the writing process can die, and whether the batch was written. */
static void claims_show_what_was_written(void **state)
{
	struct fixture *f = *state;
	put(f, "abc", 1);
	assert_false(history_claim_is_done(&f->claim, 0, f->tray, 9)); /* not yet claimed */
	history_tray_copy(f->tray, &f->batch);
	history_claim_set(&f->claim, 0, &f->batch, 5, 1);
	assert_false(
	        history_claim_is_done(&f->claim, 0, f->tray, 5)); /* the file is not complete */
	assert_true(history_claim_is_done(&f->claim, 0, f->tray, 6));
	assert_false(history_claim_is_done(&f->claim, 1, f->tray, 6)); /* another tray */
	history_tray_empty(f->tray);
	put(f, "abc", 1); /* a new batch, before the claim is cleared */
	assert_false(history_claim_is_done(&f->claim, 0, f->tray, 6));
	history_tray_copy(f->tray, &f->batch);
	history_claim_set(&f->claim, 0, &f->batch, 6, 2);
	assert_true(history_claim_is_done(&f->claim, 0, f->tray, 7));
	assert_int_equal(f->claim.rows, 2);
	history_claim_clear(&f->claim);
	assert_false(history_claim_is_done(&f->claim, 0, f->tray, 7));
}

static void held_rows_are_counted_once(void **state)
{
	struct fixture *f = *state;
	history_tray_hold(f->tray, 7);
	assert_int_equal(history_tray_reap(f->tray), 7);
	assert_int_equal(history_tray_reap(f->tray), 0);
	history_tray_hold(f->tray, 8);
	put(f, "abc", 8);
	assert_int_equal(history_tray_reap(f->tray), 0);
	history_tray_hold(f->tray, SIZE_MAX);
	assert_int_equal(history_tray_reap(f->tray), HISTORY_TABLE_ROWS);
}

/* A worker under the control of an attacker states any size. */
static void sizes_are_bounded(void **state)
{
	struct fixture *f = *state;
	history_tray_put(f->tray, SIZE_MAX, SIZE_MAX);
	history_tray_copy(f->tray, &f->batch);
	assert_int_equal(f->batch.size, HISTORY_BATCH_MAX);
	assert_int_equal(f->batch.rows, HISTORY_TABLE_ROWS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(one_batch_at_a_time),
		TEST(batches_outlive_their_worker),
		TEST(claims_show_what_was_written),
		TEST(held_rows_are_counted_once),
		TEST(sizes_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
