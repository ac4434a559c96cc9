/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/journal/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES_MAX ((size_t)1 << 30)
#define TEXT_SIZE 32

/* Appends the record "event N", padded to `size` bytes of JSON. */
static int append_of(struct journal *journal, unsigned n, size_t size, unsigned severity)
{
	static char json[RECORD_SIZE_MAX + 1];
	memset(json, '.', sizeof(json));
	int used = snprintf(json, sizeof(json), "event %u", n);
	json[used] = ' ';
	struct record record = {
		.kind = severity > 0 ? RECORD_HIT : RECORD_LOG,
		.severity = severity,
		.id = "id",
		.id_size = 2,
		.rule = "r",
		.rule_size = 1,
		.json = json,
		.json_size = size,
	};
	return journal_append(journal, &record);
}

static int append(struct journal *journal, unsigned n, size_t size)
{
	return append_of(journal, n, size, 99);
}

static void append_all(struct journal *journal, unsigned from, unsigned to)
{
	for (unsigned n = from; n <= to; n++) {
		assert_int_equal(append(journal, n, TEXT_SIZE), 0);
	}
	assert_int_equal(journal_flush(journal), 0);
}

static struct journal_reader *open_reader(void **state, uint64_t position)
{
	struct journal_reader *reader = NULL;
	assert_int_equal(journal_reader_open(&reader, dir_of(state), position), 0);
	return reader;
}

/* The number of the next record; 0 when there is no record yet. */
static unsigned next_number(struct journal_reader *reader, uint64_t *position)
{
	struct record record;
	char text[16] = "";
	unsigned n = 0;
	int ret = journal_next(reader, &record, position);
	assert_in_range(ret, 0, 1);
	if (ret == 1) {
		memcpy(text, record.json, sizeof(text) - 1);
		assert_int_equal(sscanf(text, "event %u", &n), 1);
	}
	return n;
}

static void expect(struct journal_reader *reader, unsigned from, unsigned to)
{
	uint64_t position;
	for (unsigned n = from; n <= to; n++) {
		assert_int_equal(next_number(reader, &position), n);
	}
}

static void expect_end(struct journal_reader *reader)
{
	uint64_t position;
	assert_int_equal(next_number(reader, &position), 0);
}

/* Path of the first segment that is not empty, and the number of segments. */
static size_t find_segment(void **state, char *path, size_t size)
{
	struct dirent **names;
	struct stat st;
	size_t segments = 0;
	bool found = false;
	int n = scandir(dir_of(state), &names, NULL, alphasort);
	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		char at[400];
		(void)snprintf(at, sizeof(at), "%s/%s", dir_of(state), names[i]->d_name);
		if (strstr(names[i]->d_name, ".seg") != NULL) {
			segments++;
			if (!found && stat(at, &st) == 0 && st.st_size > 0) {
				(void)snprintf(path, size, "%s", at);
				found = true;
			}
		}
		free(names[i]);
	}
	free(names);
	return segments;
}

static size_t count_segments(void **state)
{
	char path[400];
	return find_segment(state, path, sizeof(path));
}

static size_t load(const char *path, uint8_t *bytes, size_t size)
{
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	ssize_t got = read(fd, bytes, size);
	assert_true(got >= 0);
	(void)close(fd);
	return (size_t)got;
}

static void store(const char *path, const uint8_t *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	(void)close(fd);
}

static void reads_what_was_flushed(void **state)
{
	struct journal *journal = open_journal(state, BYTES_MAX);
	struct journal_reader *reader = open_reader(state, 0);
	expect_end(reader);
	assert_int_equal(append(journal, 1, TEXT_SIZE), 0);
	expect_end(reader);
	append_all(journal, 2, 3);
	expect(reader, 1, 3);
	expect_end(reader);
	append_all(journal, 4, 1000);
	expect(reader, 4, 1000);
	expect_end(reader);
	assert_int_equal(journal_damaged(reader), 0);
	journal_reader_close(reader);
	journal_close(journal);
}

static void fields_come_back(void **state)
{
	struct journal *journal = open_journal(state, BYTES_MAX);
	struct journal_reader *reader = open_reader(state, 0);
	struct record record;
	uint64_t position;
	append_all(journal, 7, 7);
	assert_int_equal(journal_next(reader, &record, &position), 1);
	assert_int_equal(record.kind, RECORD_HIT);
	assert_int_equal(record.severity, 99);
	assert_int_equal(record.json_size, TEXT_SIZE);
	assert_memory_equal(record.id, "id", 2);
	assert_memory_equal(record.rule, "r", 1);
	journal_reader_close(reader);
	journal_close(journal);
}

static void continues_after_a_position(void **state)
{
	struct journal *journal = open_journal(state, BYTES_MAX);
	struct journal_reader *reader = open_reader(state, 0);
	uint64_t position = 0;
	append_all(journal, 1, 10);
	for (unsigned n = 1; n <= 4; n++) {
		assert_int_equal(next_number(reader, &position), n);
	}
	journal_reader_close(reader);
	reader = open_reader(state, position);
	expect(reader, 5, 10);
	expect_end(reader);
	journal_reader_close(reader);
	/* After the last record. */
	reader = open_reader(state, UINT64_MAX - 1);
	expect_end(reader);
	journal_reader_close(reader);
	journal_close(journal);
}

static void survives_reopening(void **state)
{
	uint64_t last = 0;
	for (unsigned n = 1; n <= 3; n++) {
		struct journal *journal = open_journal(state, BYTES_MAX);
		append_all(journal, n, n);
		journal_close(journal);
	}
	/* An opening without an event leaves no segment. */
	journal_close(open_journal(state, BYTES_MAX));
	journal_close(open_journal(state, BYTES_MAX));
	assert_int_equal(count_segments(state), 4);
	struct journal_reader *reader = open_reader(state, 0);
	for (unsigned n = 1; n <= 3; n++) {
		uint64_t position;
		assert_int_equal(next_number(reader, &position), n);
		assert_true(position > last);
		last = position;
	}
	expect_end(reader);
	assert_int_equal(journal_damaged(reader), 0);
	journal_reader_close(reader);
}

static void second_writer_is_refused(void **state)
{
	struct journal *journal = open_journal(state, BYTES_MAX);
	struct journal *second = NULL;
	assert_int_equal(journal_open(&second, dir_of(state), BYTES_MAX), -EBUSY);
	assert_null(second);
	journal_close(journal);
	journal_close(open_journal(state, BYTES_MAX));
}

/* After the last sequence that there can be, a segment would begin again at the first. */
static void a_segment_that_no_clock_gives(void **state)
{
	struct journal *journal;
	char path[128];
	journal_close(open_journal(state, BYTES_MAX));
	(void)snprintf(path, sizeof(path), "%s/18446744073709551615.seg", dir_of(state));
	store(path, (const uint8_t *)"", 0);
	assert_int_equal(journal_open(&journal, dir_of(state), BYTES_MAX), -EOVERFLOW);
}

static void keeps_its_id(void **state)
{
	char first[JOURNAL_ID_SIZE], again[JOURNAL_ID_SIZE];
	journal_close(open_journal(state, BYTES_MAX));
	assert_int_equal(journal_id(dir_of(state), first), 0);
	journal_close(open_journal(state, BYTES_MAX));
	assert_int_equal(journal_id(dir_of(state), again), 0);
	assert_string_equal(first, again);
	assert_int_equal(strlen(first), 16);
}

static void large_records(void **state)
{
	struct journal *journal = open_journal(state, BYTES_MAX);
	struct journal_reader *reader = open_reader(state, 0);
	size_t most = RECORD_SIZE_MAX - 64;
	assert_int_equal(append(journal, 1, most), 0);
	assert_int_equal(append(journal, 2, most), 0);
	assert_int_equal(append(journal, 3, RECORD_SIZE_MAX), -EMSGSIZE);
	assert_int_equal(append(journal, 4, most), 0);
	append_all(journal, 5, 6);
	expect(reader, 1, 2);
	expect(reader, 4, 6);
	expect_end(reader);
	journal_reader_close(reader);
	journal_close(journal);
}

/* Each kind is refused in its turn, and the more severe ones still have room. */
static void keeps_room_for_the_severe(void **state)
{
	static const struct {
		unsigned severity, eighths;
	} kinds[] = { { 0, 4 }, { 25, 6 }, { 50, 6 }, { 75, 7 }, { 99, 8 } };
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	size_t taken = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int ret;
		while ((ret = append_of(journal, 1, 1000, kinds[i].severity)) == 0) {
			taken++;
		}
		assert_int_equal(ret, -EDQUOT);
		size_t bound = JOURNAL_BYTES_MIN / 8 * kinds[i].eighths;
		assert_in_range(taken, bound / 1100, bound / 1000);
	}
	journal_close(journal);
}

static void full_refuses_the_newest(void **state)
{
	static const uint64_t outputs[] = { 1, 2 };
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	uint64_t position = 0;
	unsigned taken = 0;
	int ret;
	assert_int_equal(journal_outputs(dir_of(state), outputs, 2), 0);
	while ((ret = append(journal, taken + 1, 1000)) == 0) {
		taken++;
	}
	assert_int_equal(ret, -EDQUOT);
	assert_int_equal(journal_flush(journal), 0);
	assert_in_range(taken, JOURNAL_BYTES_MIN / 1100, JOURNAL_BYTES_MIN / 1000);
	assert_in_range(count_segments(state), 7, 9);

	/* All accepted records are there; when all outputs have them their room is free again. */
	struct journal_reader *reader = open_reader(state, 0);
	for (unsigned n = 1; n <= taken; n++) {
		assert_int_equal(next_number(reader, &position), n);
	}
	expect_end(reader);
	assert_int_equal(journal_ack(dir_of(state), 1, position), 0);
	assert_in_range(count_segments(state), 7, 9);
	assert_int_equal(journal_ack(dir_of(state), 2, position), 0);
	assert_int_equal(count_segments(state), 1);
	for (int i = 0; i < 1000 && append(journal, taken + 1, 1000) == -EDQUOT; i++) {
		(void)usleep(1000);
	}
	append_all(journal, taken + 2, taken + 2);
	expect(reader, taken + 1, taken + 2);
	journal_reader_close(reader);
	journal_close(journal);
}

static void new_output_starts_at_the_lowest(void **state)
{
	static const uint64_t before[] = { 1, 2 }, after[] = { 2, 3 };
	uint64_t position;
	journal_close(open_journal(state, BYTES_MAX));
	assert_int_equal(journal_outputs(dir_of(state), before, 2), 0);
	assert_int_equal(journal_ack(dir_of(state), 1, 17), 0);
	assert_int_equal(journal_ack(dir_of(state), 2, 23), 0);
	assert_int_equal(journal_outputs(dir_of(state), after, 2), 0);
	assert_int_equal(journal_position(dir_of(state), 1, &position), 0);
	assert_int_equal(position, 0);
	assert_int_equal(journal_position(dir_of(state), 2, &position), 0);
	assert_int_equal(position, 23);
	assert_int_equal(journal_position(dir_of(state), 3, &position), 0);
	assert_int_equal(position, 17);
}

static void counts_the_backlog(void **state)
{
	struct journal *journal = open_journal(state, BYTES_MAX);
	struct journal_reader *reader = open_reader(state, 0);
	uint64_t position, count = 99;
	assert_int_equal(journal_backlog(dir_of(state), 0, &count), 0);
	assert_int_equal(count, 0);
	append_all(journal, 1, 5);
	assert_int_equal(next_number(reader, &position), 1);
	assert_int_equal(journal_backlog(dir_of(state), position, &count), 0);
	assert_int_equal(count, 4);
	journal_reader_close(reader);
	journal_close(journal);
}

/* The last record cut at every byte: before it nothing is lost, after it neither. */
static void cut_tail_is_ignored(void **state)
{
	static uint8_t bytes[4096];
	char path[400];
	struct journal *journal = open_journal(state, BYTES_MAX);
	append_all(journal, 1, 3);
	journal_close(journal);
	(void)find_segment(state, path, sizeof(path));
	size_t size = load(path, bytes, sizeof(bytes));
	size_t one = size / 3;

	for (size_t cut = 0; cut < one; cut++) {
		store(path, bytes, size - one + cut);
		journal = open_journal(state, BYTES_MAX);
		append_all(journal, 4, 5);
		struct journal_reader *reader = open_reader(state, 0);
		expect(reader, 1, 2);
		expect(reader, 4, 5);
		expect_end(reader);
		assert_int_equal(journal_damaged(reader), cut > 0);
		journal_reader_close(reader);
		journal_close(journal);
		assert_int_equal(journal_remove(dir_of(state)), 0);
		assert_int_equal(mkdir(dir_of(state), 0700), 0);
	}
}

/* A part of a record at the end of the newest segment is still being written. */
static void half_written_is_waited_for(void **state)
{
	static uint8_t bytes[4096];
	char path[400];
	struct journal *journal = open_journal(state, BYTES_MAX);
	append_all(journal, 1, 2);
	(void)find_segment(state, path, sizeof(path));
	size_t size = load(path, bytes, sizeof(bytes));
	for (size_t cut = size / 2; cut < size; cut++) {
		store(path, bytes, cut);
		struct journal_reader *reader = open_reader(state, 0);
		expect(reader, 1, 1);
		expect_end(reader);
		store(path, bytes, size);
		expect(reader, 2, 2);
		assert_int_equal(journal_damaged(reader), 0);
		journal_reader_close(reader);
	}
	journal_close(journal);
}

/* Each bit of the record in the middle flipped, in a segment that is complete or not. */
static void flipped_bit_costs_one_record(void **state)
{
	static uint8_t bytes[4096];
	char path[400];
	struct journal *journal = open_journal(state, BYTES_MAX);
	append_all(journal, 1, 5);
	(void)find_segment(state, path, sizeof(path));
	size_t size = load(path, bytes, sizeof(bytes));
	size_t one = size / 5;

	for (int complete = 0; complete < 2; complete++) {
		for (size_t bit = 2 * one * 8; bit < 3 * one * 8; bit++) {
			bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
			store(path, bytes, size);
			bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
			struct journal_reader *reader = open_reader(state, 0);
			expect(reader, 1, 2);
			expect(reader, 4, 5);
			expect_end(reader);
			assert_int_equal(journal_damaged(reader), 1);
			journal_reader_close(reader);
		}
		journal_close(journal);
		journal = open_journal(state, BYTES_MAX);
	}
	journal_close(journal);
}

/* After a crash of the machine: blocks of zeros, more than fit the window. */
static void garbage_is_skipped(void **state)
{
	char path[400];
	struct journal *journal = open_journal(state, BYTES_MAX);
	append_all(journal, 1, 2);
	journal_close(journal);
	(void)find_segment(state, path, sizeof(path));
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size + 5 * (off_t)RECORD_SIZE_MAX), 0);
	journal = open_journal(state, BYTES_MAX);
	append_all(journal, 3, 4);
	struct journal_reader *reader = open_reader(state, 0);
	expect(reader, 1, 4);
	expect_end(reader);
	assert_int_equal(journal_damaged(reader), 1);
	journal_reader_close(reader);
	journal_close(journal);
}

/* In a child: a file may not grow beyond some bytes, as on a full disk. */
static int write_on_full_disk(void **state)
{
	struct rlimit before = { 0, 0 };
	struct journal *journal = open_journal(state, BYTES_MAX);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)getrlimit(RLIMIT_FSIZE, &before);
	const struct rlimit little = { 1000, before.rlim_max };
	(void)setrlimit(RLIMIT_FSIZE, &little);
	for (unsigned n = 1; n <= 100; n++) {
		if (append(journal, n, TEXT_SIZE) != 0) {
			return 1;
		}
	}
	if (journal_flush(journal) != -EFBIG || journal_flush(journal) != -EFBIG) {
		return 2;
	}
	(void)setrlimit(RLIMIT_FSIZE, &before);
	if (journal_flush(journal) != 0 || append(journal, 101, TEXT_SIZE) != 0) {
		return 3;
	}
	journal_close(journal);
	return 0;
}

static void full_disk_loses_nothing_taken(void **state)
{
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		_exit(write_on_full_disk(state));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	struct journal_reader *reader = open_reader(state, 0);
	expect(reader, 1, 101);
	expect_end(reader);
	assert_int_equal(journal_damaged(reader), 0);
	journal_reader_close(reader);
}

/* A reader in another process, while segments are made and removed. */
static void reader_keeps_up_with_the_writer(void **state)
{
	static const uint64_t output = 1;
	const unsigned all = 20000;
	int status = 0;
	struct journal *journal = open_journal(state, JOURNAL_BYTES_MIN);
	assert_int_equal(journal_outputs(dir_of(state), &output, 1), 0);
	pid_t child = fork();
	if (child == 0) {
		struct journal_reader *reader = open_reader(state, 0);
		uint64_t position = 0;
		for (unsigned n = 1; n <= all;) {
			unsigned got = next_number(reader, &position);
			if (got != 0 && got != n++) {
				_exit(1);
			}
			if (got == 0 && position > 0) {
				(void)journal_ack(dir_of(state), output, position);
			}
		}
		_exit(journal_damaged(reader) == 0 ? 0 : 2);
	}
	for (unsigned n = 1; n <= all;) {
		if (append(journal, n, 200) == 0) {
			n++;
		}
		assert_int_equal(journal_flush(journal), 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	journal_close(journal);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(reads_what_was_flushed),
		TEST(fields_come_back),
		TEST(continues_after_a_position),
		TEST(survives_reopening),
		TEST(second_writer_is_refused),
		TEST(a_segment_that_no_clock_gives),
		TEST(keeps_its_id),
		TEST(large_records),
		TEST(full_refuses_the_newest),
		TEST(keeps_room_for_the_severe),
		TEST(new_output_starts_at_the_lowest),
		TEST(counts_the_backlog),
		TEST(cut_tail_is_ignored),
		TEST(half_written_is_waited_for),
		TEST(flipped_bit_costs_one_record),
		TEST(garbage_is_skipped),
		TEST(full_disk_loses_nothing_taken),
		TEST(reader_keeps_up_with_the_writer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
