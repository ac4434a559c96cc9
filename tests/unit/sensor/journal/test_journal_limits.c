/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/journal/place.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>

#include "sensor/journal/journal_files.h"

#define SEGMENT    (JOURNAL_BYTES_MIN / 8) /* of the smallest journal */
#define FREE       ((uint64_t)1 << 40)
#define A_SECOND   ((uint64_t)1 << 20) /* sequences */
#define LAST_VALID (UINT64_MAX - 2 * A_SECOND)

static uint64_t disk_free; /* 0: unknown */
static unsigned dir_syncs;
static int sync_error;
static time_t clock_ahead;
static const int *puts_left; /* what the next pwrite() do: octets, or a negative errno */

/* These take the place of libc's. */

int fstatvfs(int fd, struct statvfs *disk)
{
	(void)fd;
	*disk = (struct statvfs){ .f_bavail = disk_free / 512, .f_frsize = 512 };
	return disk_free != 0 ? 0 : -1;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	int ret = (int)syscall(SYS_clock_gettime, id, now);
	now->tv_sec += clock_ahead;
	return ret;
}

int fsync(int fd)
{
	(void)fd;
	dir_syncs++;
	errno = sync_error;
	return sync_error != 0 ? -1 : 0;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	if (puts_left != NULL && *puts_left != INT32_MAX) {
		int next = *puts_left++;
		if (next <= 0) {
			errno = -next;
			return next == 0 ? 0 : -1;
		}
		size = (size_t)next < size ? (size_t)next : size;
	}
	return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

static int begin(void **state)
{
	disk_free = FREE;
	dir_syncs = 0;
	clock_ahead = 0;
	sync_error = 0;
	puts_left = NULL;
	return set_up(state);
}

/* Appends a record that needs `size` octets with its frame; severity 0: a log event. */
static int append(struct journal *journal, size_t size, unsigned severity)
{
	static char json[JOURNAL_FRAME_MAX];
	struct record record = { .kind = severity > 0 ? RECORD_HIT : RECORD_LOG,
		                 .severity = severity,
		                 .json = json };
	record.json_size = size - sizeof(struct journal_frame) - record_size(&record);
	return journal_append(journal, &record);
}

static struct journal_segments list(void **state)
{
	struct journal_segments segments;
	int fd = journal_dir_open(dir_of(state));
	assert_int_equal(journal_segments_list(fd, &segments), 0);
	(void)close(fd);
	return segments;
}

static size_t count_segments(void **state)
{
	struct journal_segments segments = list(state);
	size_t count = segments.count;
	journal_segments_free(&segments);
	return count;
}

static uint64_t last_segment(void **state)
{
	struct journal_segments segments = list(state);
	uint64_t last = segments.first[segments.count - 1];
	journal_segments_free(&segments);
	return last;
}

/* Records that fill the bound of their severity exactly; not one octet more. */
static void each_severity_has_its_bound(void **state)
{
	static const struct {
		unsigned severity, eighths;
	} rows[] = { { 0, 4 }, { 1, 6 }, { 50, 6 }, { 74, 6 }, { 75, 7 }, { 98, 7 }, { 99, 8 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
		for (unsigned n = 0; n < rows[i].eighths; n++) {
			assert_int_equal(append(journal, SEGMENT, rows[i].severity), 0);
		}
		assert_int_equal(append(journal, 40, rows[i].severity), -EDQUOT);
		journal_close(journal);
		assert_int_equal(count_segments(state), rows[i].eighths);
		assert_int_equal(journal_remove(dir_of(state)), 0);
	}
}

/* A record that is larger than the bound of its severity fits a journal that is empty. */
static void a_large_record_fits_once(void **state)
{
	const size_t large = JOURNAL_BYTES_MIN - SEGMENT;
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	assert_int_equal(append(journal, large, 0), 0);
	assert_int_equal(append(journal, large, 0), -EDQUOT);
	assert_int_equal(append(journal, 40, 0), -EDQUOT);
	assert_int_equal(append(journal, SEGMENT, 99), 0);
	assert_int_equal(append(journal, 40, 99), -EDQUOT);
	journal_close(journal);
	/* But not one that is larger than the journal. */
	assert_int_equal(journal_remove(dir_of(state)), 0);
	journal = open_journal(state, JOURNAL_BYTES_MIN);
	assert_int_equal(append(journal, JOURNAL_BYTES_MIN + 1, 99), -EDQUOT);
	assert_int_equal(append(journal, JOURNAL_BYTES_MIN, 99), 0);
	journal_close(journal);
}

/* The size of a segment follows the bound of the journal and the free space of the disk. */
static void segments_are_filled(void **state)
{
	static const struct {
		size_t max;
		uint64_t disk;
		size_t segment;
	} rows[] = {
		{ JOURNAL_BYTES_MIN, FREE, SEGMENT },
		{ JOURNAL_BYTES_MIN, 0, SEGMENT },
		{ 1, FREE, SEGMENT },
		{ 4 << 20, FREE, 512 << 10 },
		{ (size_t)1 << 40, FREE, 16 << 20 },
		{ (size_t)1 << 40, 0, 16 << 20 },
		{ (size_t)1 << 40, 8 << 20, 1 << 20 },
		{ 4 << 20, 8 << 20, 512 << 10 },
		{ (size_t)1 << 40, 513 << 10, 65664 },
		{ (size_t)1 << 40, 512 << 10, SEGMENT },
		{ (size_t)1 << 40, 100 << 10, SEGMENT },
		{ (size_t)1 << 40, 512, SEGMENT },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		disk_free = rows[i].disk;
		struct journal *journal = open_journal(state, rows[i].max);
		size_t left = rows[i].segment;
		for (; left > (1 << 20) - 40; left -= 1 << 19) {
			assert_int_equal(append(journal, 1 << 19, 99), 0);
		}
		assert_int_equal(append(journal, left - 40, 99), 0);
		assert_int_equal(append(journal, 40, 99), 0);
		assert_int_equal(count_segments(state), 1);
		assert_int_equal(append(journal, 40, 99), 0);
		assert_int_equal(count_segments(state), 2);
		journal_close(journal);
		assert_int_equal(journal_remove(dir_of(state)), 0);
	}
}

/* Segments of before the opening count, too. */
static void older_segments_count(void **state)
{
	for (unsigned n = 1; n <= 8; n++) {
		struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
		assert_int_equal(append(journal, SEGMENT, 99), 0);
		journal_close(journal);
		assert_int_equal(count_segments(state), n);
	}
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	assert_int_equal(append(journal, 40, 99), -EDQUOT);
	/* Of a dead writer the part that it had not written is lost. */
	assert_int_equal(journal_continue(journal), 0);
	assert_int_equal(append(journal, 40, 99), -EDQUOT);
	journal_close(journal);
	assert_int_equal(journal_remove(dir_of(state)), 0);
	journal = open_journal(state, JOURNAL_BYTES_MIN);
	uint64_t first = last_segment(state);
	assert_int_equal(append(journal, SEGMENT / 2, 99), 0);
	assert_int_equal(journal_write(journal), 0);
	assert_int_equal(append(journal, SEGMENT / 2, 99), 0);
	assert_int_equal(journal_continue(journal), 0);
	assert_in_range(last_segment(state), first + A_SECOND, first + 60 * A_SECOND);
	assert_int_equal(append(journal, SEGMENT, 99), 0);
	journal_close(journal);
	struct journal_segments segments = list(state);
	int fd = journal_dir_open(dir_of(state));
	assert_int_equal(segments.count, 2);
	assert_int_equal(journal_segment_size(fd, segments.first[0]), SEGMENT / 2);
	assert_int_equal(journal_segment_size(fd, segments.first[1]), SEGMENT);
	(void)close(fd);
	journal_segments_free(&segments);
}

static void remove_oldest(void **state)
{
	struct journal_segments segments = list(state);
	int fd = journal_dir_open(dir_of(state));
	assert_int_equal(journal_segment_remove(fd, segments.first[0]), 0);
	(void)close(fd);
	journal_segments_free(&segments);
}

/* A full journal looks again for what publishers have removed, but not for each record. */
static void counts_again_when_it_is_full(void **state)
{
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(append(journal, SEGMENT, 0), 0);
	}
	assert_int_equal(append(journal, SEGMENT / 2, 0), 0);
	assert_int_equal(journal_write(journal), 0);
	clock_ahead++;
	assert_int_equal(append(journal, SEGMENT / 2 + 1, 0), -EDQUOT);
	assert_int_equal(append(journal, SEGMENT / 2, 0), 0);
	assert_int_equal(journal_write(journal), 0);
	remove_oldest(state);
	assert_int_equal(append(journal, SEGMENT, 0), -EDQUOT);
	clock_ahead++;
	assert_int_equal(append(journal, SEGMENT + 1, 0), -EDQUOT);
	assert_int_equal(append(journal, SEGMENT, 0), 0);
	remove_oldest(state);
	assert_int_equal(append(journal, SEGMENT, 0), -EDQUOT);
	clock_ahead++;
	assert_int_equal(append(journal, SEGMENT, 0), 0);
	journal_close(journal);
}

static void make_segment(void **state, uint64_t first)
{
	int dir_fd = journal_dir_open(dir_of(state));
	int fd = journal_segment_open(dir_fd, first, O_WRONLY | O_CREAT);
	assert_int_equal(write(fd, "x", 1), 1);
	(void)close(fd);
	(void)close(dir_fd);
}

/* Numbers follow the clock, or the segments that are there if these are later. */
static void sequences_grow(void **state)
{
	const uint64_t now = (uint64_t)time(NULL) * A_SECOND;
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	uint64_t first = last_segment(state);
	assert_in_range(first, now, now + 60 * A_SECOND);
	assert_int_equal(first % A_SECOND, 0);
	assert_int_equal(append(journal, SEGMENT, 99), 0);
	assert_int_equal(append(journal, SEGMENT, 99), 0);
	assert_int_equal(last_segment(state), first + 1);
	journal_close(journal);
	const uint64_t late[] = { UINT64_MAX / 2, UINT64_MAX / 2 + 5 * A_SECOND + 1, LAST_VALID };
	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		make_segment(state, late[i]);
		journal_close(open_journal(state, JOURNAL_BYTES_MIN));
		assert_int_equal(last_segment(state), late[i] + A_SECOND);
	}
	assert_int_equal(journal_remove(dir_of(state)), 0);
	journal_close(open_journal(state, JOURNAL_BYTES_MIN));
	make_segment(state, LAST_VALID + 1);
	assert_int_equal(journal_open(&journal, dir_of(state), JOURNAL_BYTES_MIN), -EOVERFLOW);
}

/* The disk takes a part, is interrupted, is full: what was taken is written once. */
static void writes_in_parts(void **state)
{
	static const int puts[] = { 1, -EINTR, 30, 0, 7, -EIO, -EINTR, 100, INT32_MAX };
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(append(journal, 100, 99), 0);
	}
	puts_left = puts;
	assert_int_equal(journal_write(journal), -ENOSPC);
	assert_int_equal(journal_write(journal), -EIO);
	assert_int_equal(journal_write(journal), 0);
	assert_int_equal(*puts_left, INT32_MAX);
	assert_int_equal(append(journal, 100, 99), 0);
	journal_close(journal);
	struct journal_reader *reader;
	struct record record;
	uint64_t position;
	assert_int_equal(journal_reader_open(&reader, dir_of(state), 0), 0);
	for (int n = 0; n < 4; n++) {
		assert_int_equal(journal_next(reader, &record, &position), 1);
	}
	assert_int_equal(journal_next(reader, &record, &position), 0);
	assert_int_equal(journal_damaged(reader), 0);
	journal_reader_close(reader);
}

static void fail_at_the_end(struct journal *journal, int error, int wanted)
{
	const int puts[] = { error, INT32_MAX };
	assert_int_equal(append(journal, 100, 99), 0);
	puts_left = error != 0 ? puts : NULL;
	assert_int_equal(journal_finish(journal), wanted);
	puts_left = NULL;
}

/* A record is refused when there is no room for it in memory, and none on the disk. */
static void a_full_disk_refuses(void **state)
{
	static const int full[] = { -ENOSPC, -ENOSPC, INT32_MAX };
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	fail_at_the_end(journal, 0, 0);
	fail_at_the_end(journal, -EIO, -EIO);
	assert_int_equal(append(journal, SEGMENT - 200, 99), 0);
	puts_left = full;
	assert_int_equal(append(journal, 100, 99), -ENOSPC);
	assert_int_equal(count_segments(state), 1);
	assert_int_equal(append(journal, 100, 99), -ENOSPC);
	assert_int_equal(append(journal, 100, 99), 0);
	assert_int_equal(count_segments(state), 2);
	journal_close(journal);
}

/* A new segment is of use after a power failure only if the folder has its name. */
static void the_folder_is_synced(void **state)
{
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	assert_int_equal(dir_syncs, 0);
	assert_int_equal(append(journal, SEGMENT, 99), 0);
	assert_int_equal(append(journal, SEGMENT, 99), 0);
	assert_int_equal(dir_syncs, 0);
	journal_set_sync(journal, JOURNAL_SYNC_INTERVAL);
	assert_int_equal(dir_syncs, 1);
	assert_int_equal(append(journal, SEGMENT, 99), 0);
	assert_int_equal(dir_syncs, 2);
	sync_error = EIO;
	assert_int_equal(append(journal, SEGMENT, 99), -EIO);
	assert_int_equal(dir_syncs, 3);
	sync_error = 0;
	assert_int_equal(append(journal, SEGMENT, 99), 0);
	journal_close(journal);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_severity_has_its_bound),
		TEST(a_large_record_fits_once),
		TEST(segments_are_filled),
		TEST(older_segments_count),
		TEST(counts_again_when_it_is_full),
		TEST(sequences_grow),
		TEST(writes_in_parts),
		TEST(a_full_disk_refuses),
		TEST(the_folder_is_synced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
