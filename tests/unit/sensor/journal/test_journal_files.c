/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/journal/place.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sensor/journal/journal_files.h"

static int write_error; /* of write(), and of pwrite() */
static int pwrite_error;

/* These take the place of libc's: a disk that is full takes a part, or nothing. */

ssize_t write(int fd, const void *bytes, size_t size)
{
	errno = write_error;
	if (write_error != 0 && fd > STDERR_FILENO) {
		return write_error == EAGAIN ? syscall(SYS_write, fd, bytes, size / 2) : -1;
	}
	return syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	errno = pwrite_error;
	if (pwrite_error != 0) {
		return pwrite_error == EAGAIN ? (ssize_t)size - 1 : -1;
	}
	return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

static int begin(void **state)
{
	write_error = pwrite_error = 0;
	return set_up(state);
}

static int open_dir(void **state)
{
	int fd = journal_dir_open(dir_of(state));
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	return fd;
}

static void store(int dir_fd, const char *name, const char *text)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static bool exists(int dir_fd, const char *name)
{
	return faccessat(dir_fd, name, F_OK, 0) == 0;
}

static void only_the_owner_reads(void **state)
{
	const uint64_t output = 1;
	struct stat st;
	(void)umask(0);
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	assert_int_equal(stat(dir_of(state), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(journal_outputs(dir_of(state), &output, 1), 0);
	int fd = open_dir(state);
	struct journal_segments segments;
	assert_int_equal(journal_segments_list(fd, &segments), 0);
	char segment[JOURNAL_NAME_SIZE];
	(void)snprintf(segment, sizeof(segment), "%020" PRIu64 ".seg", segments.first[0]);
	const char *const names[] = { "id", "lock", "delivered-0000000000000001", segment };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(fstatat(fd, names[i], &st, 0), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	assert_int_equal(fcntl(journal_lock_fd(journal), F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(journal_dir_fd(journal), F_GETFD), FD_CLOEXEC);
	journal_segments_free(&segments);
	(void)close(fd);
	journal_close(journal);
}

static void each_call_needs_the_folder(void **state)
{
	const char *dir = dir_of(state);
	struct journal *journal = NULL;
	struct journal_reader *reader = NULL;
	char id[JOURNAL_ID_SIZE], inner[120];
	uint64_t number = 7;
	assert_int_equal(journal_dir_open(dir), -ENOENT);
	assert_int_equal(journal_outputs(dir, &number, 1), -ENOENT);
	assert_int_equal(journal_id(dir, id), -ENOENT);
	assert_int_equal(journal_position(dir, 1, &number), -ENOENT);
	assert_int_equal(journal_ack(dir, 1, 1), -ENOENT);
	assert_int_equal(journal_backlog(dir, 1, &number), -ENOENT);
	assert_int_equal(journal_reader_open(&reader, dir, 0), -ENOENT);
	assert_int_equal(journal_remove(dir), -ENOENT);
	assert_int_equal(number, 7);
	assert_null(reader);
	(void)snprintf(inner, sizeof(inner), "%s/journal", dir);
	assert_int_equal(journal_open(&journal, inner, JOURNAL_BYTES_MIN), -ENOENT);
	int fd = open(dir, O_WRONLY | O_CREAT, 0600);
	(void)close(fd);
	assert_int_equal(journal_open(&journal, dir, JOURNAL_BYTES_MIN), -ENOTDIR);
	assert_int_equal(journal_dir_open(dir), -ENOTDIR);
	assert_int_equal(unlink(dir), 0);
	assert_null(journal);
	journal_close(NULL);
	journal_reader_close(NULL);
}

static void ids(void **state)
{
	static const struct {
		const char *text;
		int wanted;
	} rows[] = {
		{ "0123456789abcdef\n", 0 },
		{ "0123456789abcde", -EBADMSG },
		{ "", -EBADMSG },
		{ "0123456789ABCDEF", -EBADMSG },
		{ "0123456789abcdef", 0 },
		{ "0123456789abcdeg\n", -EBADMSG },
		{ "0123456789abcdef01", 0 },
	};
	char id[JOURNAL_ID_SIZE];
	journal_close(open_journal(state, JOURNAL_BYTES_MIN));
	int fd = open_dir(state);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		store(fd, "id", rows[i].text);
		assert_int_equal(journal_id(dir_of(state), id), rows[i].wanted);
		if (rows[i].wanted == 0) {
			assert_string_equal(id, "0123456789abcdef");
		}
	}
	/* It is not made anew. */
	journal_close(open_journal(state, JOURNAL_BYTES_MIN));
	assert_int_equal(journal_id(dir_of(state), id), 0);
	assert_string_equal(id, "0123456789abcdef");
	assert_int_equal(unlinkat(fd, "id", 0), 0);
	assert_int_equal(journal_id(dir_of(state), id), -ENOENT);
	assert_int_equal(mkdirat(fd, "id", 0700), 0);
	struct journal *journal;
	assert_int_equal(journal_id(dir_of(state), id), -EISDIR);
	assert_int_equal(journal_open(&journal, dir_of(state), JOURNAL_BYTES_MIN), -EISDIR);
	assert_int_equal(unlinkat(fd, "id", AT_REMOVEDIR), 0);
	(void)close(fd);
}

/* What is no position is that of an output to which nothing is delivered. */
static void positions(void **state)
{
	static const struct {
		const char *text;
		uint64_t wanted;
	} rows[] = {
		{ "00000000000000000017\n", 17 }, { "18446744073709551615\n", UINT64_MAX },
		{ "00000000000000000017", 0 },    { "0000000000000000017\n", 0 },
		{ "000000000000000000017\n", 0 }, { "0000000000000000001a\n", 0 },
		{ "00000000000000000017x", 0 },   { "", 0 },
	};
	const uint64_t output = 0xa;
	uint64_t position;
	journal_close(open_journal(state, JOURNAL_BYTES_MIN));
	int fd = open_dir(state);
	assert_int_equal(journal_position(dir_of(state), output, &position), 0);
	assert_int_equal(position, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		store(fd, "delivered-000000000000000a", rows[i].text);
		position = 99;
		assert_int_equal(journal_position(dir_of(state), output, &position), 0);
		assert_int_equal(position, rows[i].wanted);
	}
	(void)close(fd);
}

/* Only whole names are those of outputs and of segments; the others stay. */
static void foreign_files(void **state)
{
	static const char *const names[] = {
		"delivered-00000000000000",
		"delivered-00000000000000001",
		"delivered-000000000000000g",
		"Delivered-0000000000000001",
		"delivered-0000000000000001x",
		"0000000000000000001.seg",
		"000000000000000000001.seg",
		"00000000000000000001.se",
		"00000000000000000001.seg.",
		"0000000000000000000a.seg",
		"ids",
	};
	const uint64_t outputs[] = { 2 };
	uint64_t position;
	journal_close(open_journal(state, JOURNAL_BYTES_MIN));
	int fd = open_dir(state);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		store(fd, names[i], "");
	}
	assert_int_equal(journal_ack(dir_of(state), 1, 41), 0);
	assert_int_equal(journal_outputs(dir_of(state), outputs, 1), 0);
	assert_int_equal(journal_position(dir_of(state), 2, &position), 0);
	assert_int_equal(position, 41);
	assert_false(exists(fd, "delivered-0000000000000001"));
	struct journal_segments segments;
	assert_int_equal(journal_segments_list(fd, &segments), 0);
	assert_int_equal(segments.count, 1);
	journal_segments_free(&segments);
	assert_null(segments.first);
	assert_int_equal(journal_remove(dir_of(state)), -ENOTEMPTY);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(unlinkat(fd, names[i], 0), 0);
	}
	assert_int_equal(journal_remove(dir_of(state)), 0);
	(void)close(fd);
}

static void segments_are_in_order(void **state)
{
	static const uint64_t firsts[] = { 9, UINT64_MAX, 3, 12, 1, 1 << 30, 4, 8, 2 };
	const size_t count = sizeof(firsts) / sizeof(firsts[0]);
	struct journal_segments segments;
	assert_int_equal(mkdir(dir_of(state), 0700), 0);
	int fd = open_dir(state);
	assert_int_equal(journal_segments_list(fd, &segments), 0);
	assert_int_equal(segments.count, 0);
	journal_segments_free(&segments);
	for (size_t i = 0; i < count; i++) {
		int segment = journal_segment_open(fd, firsts[i], O_WRONLY | O_CREAT | O_EXCL);
		assert_int_equal(fcntl(segment, F_GETFD), FD_CLOEXEC);
		assert_int_equal(write(segment, "123", 3), 3);
		(void)close(segment);
		assert_int_equal(journal_segment_open(fd, firsts[i], O_CREAT | O_EXCL), -EEXIST);
		assert_int_equal(journal_segment_size(fd, firsts[i]), 3);
	}
	assert_int_equal(journal_segment_size(fd, 99), 0);
	assert_int_equal(journal_segments_list(fd, &segments), 0);
	assert_int_equal(segments.count, count);
	for (size_t i = 0; i + 1 < count; i++) {
		assert_true(segments.first[i] < segments.first[i + 1]);
	}
	journal_segments_free(&segments);
	assert_int_equal(journal_segment_remove(fd, 9), 0);
	assert_int_equal(journal_segment_remove(fd, 9), 0); /* another reader was first */
	/* One that cannot be removed ends the removal. */
	assert_int_equal(mkdirat(fd, "00000000000000000009.seg", 0700), 0);
	assert_int_equal(journal_segment_remove(fd, 9), -EISDIR);
	assert_int_equal(journal_remove(dir_of(state)), -EISDIR);
	assert_true(exists(fd, "18446744073709551615.seg"));
	assert_int_equal(unlinkat(fd, "00000000000000000009.seg", AT_REMOVEDIR), 0);
	(void)close(fd);
}

/* A segment is removed with its last record, if another one follows. */
static void delivered_segments_are_removed(void **state)
{
	static const uint64_t firsts[] = { 10, 20, 30 };
	static const struct {
		uint64_t one, two;
		size_t left;
	} rows[] = { { 0, 0, 3 },   { 18, 18, 3 }, { 19, 18, 3 }, { 19, 19, 2 },
		     { 28, 29, 2 }, { 29, 29, 1 }, { 99, 99, 1 } };
	struct journal_segments segments;
	assert_int_equal(mkdir(dir_of(state), 0700), 0);
	int fd = open_dir(state);
	for (size_t i = 0; i < 3; i++) {
		(void)close(journal_segment_open(fd, firsts[i], O_WRONLY | O_CREAT));
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(journal_ack(dir_of(state), 1, rows[i].one), 0);
		assert_int_equal(journal_ack(dir_of(state), 2, rows[i].two), 0);
		assert_int_equal(journal_segments_list(fd, &segments), 0);
		assert_int_equal(segments.count, rows[i].left);
		journal_segments_free(&segments);
	}
	(void)close(fd);
}

static uint64_t position_of_one(void **state)
{
	uint64_t position = 99;
	assert_int_equal(journal_position(dir_of(state), 1, &position), 0);
	return position;
}

/* A full disk has room for a position that replaces another. */
static void positions_on_a_full_disk(void **state)
{
	static const struct {
		int write, pwrite, wanted;
		uint64_t position;
	} rows[] = {
		{ 0, EIO, 0, 1 },
		{ ENOSPC, 0, 0, 2 },
		{ EDQUOT, 0, 0, 3 },
		{ EAGAIN, 0, 0, 4 },
		{ EIO, 0, -EIO, 4 },
		{ ENOSPC, EIO, -EIO, 4 },
		{ ENOSPC, EAGAIN, -ENOSPC, 4 },
	};
	static const char temporary[] = "delivered-0000000000000001.tmp";
	journal_close(open_journal(state, JOURNAL_BYTES_MIN));
	int fd = open_dir(state);
	write_error = ENOSPC;
	assert_int_equal(journal_ack(dir_of(state), 1, 1), -ENOENT); /* there is none yet */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_error = rows[i].write;
		pwrite_error = rows[i].pwrite;
		assert_int_equal(journal_ack(dir_of(state), 1, i + 1), rows[i].wanted);
		write_error = pwrite_error = 0;
		assert_int_equal(position_of_one(state), rows[i].position);
		assert_false(exists(fd, temporary));
	}
	/* Nor is anything left when the name is taken. */
	assert_int_equal(mkdirat(fd, "delivered-0000000000000003", 0700), 0);
	assert_int_equal(journal_ack(dir_of(state), 3, 1), -EISDIR);
	assert_false(exists(fd, "delivered-0000000000000003.tmp"));
	assert_int_equal(unlinkat(fd, "delivered-0000000000000003", AT_REMOVEDIR), 0);
	(void)close(fd);
}

/* With many outputs; one that is gone loses its position. */
static void outputs_come_and_go(void **state)
{
	static const uint64_t many[] = { 1, 2, 3, 4 }, none[] = { 0 };
	uint64_t position;
	journal_close(open_journal(state, JOURNAL_BYTES_MIN));
	for (size_t count = 0; count <= 4; count++) {
		assert_int_equal(journal_outputs(dir_of(state), many, count), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(journal_ack(dir_of(state), many[i], 50 - i), 0);
	}
	assert_int_equal(journal_outputs(dir_of(state), many, 4), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(journal_position(dir_of(state), many[i], &position), 0);
		assert_int_equal(position, 50 - i);
	}
	assert_int_equal(journal_outputs(dir_of(state), none, 0), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(journal_position(dir_of(state), many[i], &position), 0);
		assert_int_equal(position, 0);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(only_the_owner_reads),
		TEST(each_call_needs_the_folder),
		TEST(ids),
		TEST(positions),
		TEST(foreign_files),
		TEST(segments_are_in_order),
		TEST(delivered_segments_are_removed),
		TEST(positions_on_a_full_disk),
		TEST(outputs_come_and_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
