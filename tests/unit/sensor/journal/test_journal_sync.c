/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/journal/journal.h"

static char dir[64];
static unsigned syncs;
static int sync_error;

/* Takes the place of libc's: a test cannot turn off the power. */
int fdatasync(int fd)
{
	(void)fd;
	syncs++;
	errno = sync_error;
	return sync_error != 0 ? -1 : 0;
}

static int set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");
	(void)state;
	(void)snprintf(dir, sizeof(dir), "%.40s/nsmx-XXXXXX", tmp != NULL ? tmp : "/tmp");
	syncs = 0;
	sync_error = 0;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return journal_remove(dir);
}

static struct journal *open_journal(enum journal_sync sync)
{
	struct journal *journal = NULL;
	assert_int_equal(journal_open(&journal, dir, JOURNAL_BYTES_MIN), 0);
	journal_set_sync(journal, sync);
	return journal;
}

static void append(struct journal *journal, size_t size)
{
	static const char json[1 << 16];
	const struct record record = { .kind = RECORD_LOG, .json = json, .json_size = size };
	assert_int_equal(journal_append(journal, &record), 0);
}

static void none_never_syncs(void **state)
{
	(void)state;
	struct journal *journal = open_journal(JOURNAL_SYNC_NONE);
	append(journal, 10);
	assert_int_equal(journal_flush(journal), 0);
	journal_close(journal);
	assert_int_equal(syncs, 0);
}

static void always_syncs_what_was_flushed(void **state)
{
	(void)state;
	struct journal *journal = open_journal(JOURNAL_SYNC_ALWAYS);
	/* nothing written, nothing to sync */
	assert_int_equal(journal_flush(journal), 0);
	assert_int_equal(syncs, 0);
	for (unsigned i = 1; i <= 3; i++) {
		append(journal, 10);
		append(journal, 10);
		assert_int_equal(journal_flush(journal), 0);
		assert_int_equal(syncs, i);
	}
	journal_close(journal);
	assert_int_equal(syncs, 3);
}

static void interval_syncs_once_a_second(void **state)
{
	(void)state;
	struct journal *journal = open_journal(JOURNAL_SYNC_INTERVAL);
	for (unsigned i = 0; i < 100; i++) {
		append(journal, 10);
		assert_int_equal(journal_flush(journal), 0);
	}
	/* The first at once; a slow machine may get through a second or two. */
	assert_in_range(syncs, 1, 50);
	unsigned before = syncs;
	append(journal, 10);
	while (syncs == before) {
		/* a flush without anything new is enough */
		assert_int_equal(journal_flush(journal), 0);
	}
	before = syncs;
	append(journal, 10);
	journal_close(journal);
	assert_int_equal(syncs, before + 1);
}

static void a_full_segment_is_synced(void **state)
{
	(void)state;
	struct journal *journal = open_journal(JOURNAL_SYNC_INTERVAL);
	append(journal, 10);
	assert_int_equal(journal_flush(journal), 0);
	assert_int_equal(syncs, 1);
	/* Two of these do not fit in a segment of 64 KiB. */
	append(journal, 40000);
	append(journal, 40000);
	assert_int_equal(syncs, 2);
	/* No next one before that. */
	static const char json[30000];
	const struct record record = { .kind = RECORD_LOG,
		                       .json = json,
		                       .json_size = sizeof(json) };
	sync_error = EIO;
	assert_int_equal(journal_append(journal, &record), -EIO);
	assert_int_equal(journal_append(journal, &record), -EIO);
	sync_error = 0;
	assert_int_equal(journal_append(journal, &record), 0);
	assert_int_equal(syncs, 5);
	journal_close(journal);
	assert_int_equal(syncs, 6);
}

static void a_failed_sync_is_tried_again(void **state)
{
	(void)state;
	struct journal *journal = open_journal(JOURNAL_SYNC_ALWAYS);
	append(journal, 10);
	sync_error = EIO;
	assert_int_equal(journal_flush(journal), -EIO);
	assert_int_equal(journal_flush(journal), -EIO);
	sync_error = 0;
	assert_int_equal(journal_flush(journal), 0);
	assert_int_equal(syncs, 3);
	journal_close(journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(none_never_syncs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(always_syncs_what_was_flushed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(interval_syncs_once_a_second, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_segment_is_synced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_failed_sync_is_tried_again, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
