/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "sensor/intake/source.h"
#include "tests/unit/sensor/intake/packed.h"

#define SIZE (3 << 20) /* many times the buffers */
#define ROOM (2 * SIZE)

static struct place place;
static uint8_t content[SIZE];
static uint8_t packed[ROOM];
static uint8_t seen[ROOM];

/* Neither all equal nor all different: every algorithm finds something to do. */
static void make_content(void)
{
	uint32_t random = 1;
	for (size_t i = 0; i < SIZE; i++) {
		random = random * 1103515245 + 12345;
		content[i] = (i / 4096) % 2 == 0 ? (uint8_t)(random >> 16) : (uint8_t)(i / 64);
	}
}

static int set_up(void **state)
{
	(void)state;
	make_content();
	place_open(&place);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	place_close(&place);
	return 0;
}

/* Reads all that a file holds, `need` octets at a time. */
static size_t read_all(struct source *source, size_t need)
{
	size_t total = 0;
	for (;;) {
		const uint8_t *bytes;
		size_t size;
		assert_true(source_peek(source, need, &bytes, &size));
		size_t part = size < need ? size : need;
		assert_true(total + part <= ROOM);
		memcpy(seen + total, bytes, part);
		total += part;
		source_skip(source, part);
		if (part < need) {
			return total;
		}
	}
}

static struct source *open_bytes(const void *bytes, size_t size)
{
	struct source *source;
	assert_int_equal(source_open(&source, place_write(&place, "source", bytes, size)), 0);
	return source;
}

static void every_compression_gives_the_same(void **state)
{
	(void)state;
	static const size_t needs[] = { 1000, 65536, 262144, 262145, 1 << 20 };
	for (enum packing packing = PLAIN; packing < PACKINGS; packing++) {
		size_t size = pack(packing, content, SIZE, packed, ROOM);
		for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
			uint64_t done, whole;
			struct source *source = open_bytes(packed, size);
			size_t total = read_all(source, needs[i]);
			if (total != SIZE || memcmp(seen, content, SIZE) != 0 ||
			    source_damage(source) != NULL) {
				fail_msg("%s by %zu: %zu octets", PACKING_NAMES[packing], needs[i],
				         total);
			}
			assert_string_equal(source_compression(source), PACKING_NAMES[packing]);
			source_progress(source, &done, &whole);
			assert_int_equal(done, size);
			assert_int_equal(whole, size);
			source_close(source);
		}
	}
}

static void members_are_read_as_one(void **state)
{
	(void)state;
	for (enum packing packing = GZIP; packing < PACKINGS; packing++) {
		size_t size = 0;
		/* With an empty member, and zeros between and after them, as tapes leave. */
		static const size_t parts[] = { 70000, 0, 1, 200000 };
		size_t total = 0;
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			size += pack(packing, content + total, parts[i], packed + size,
			             ROOM - size);
			total += parts[i];
			memset(packed + size, 0, 512);
			size += 512;
		}
		struct source *source = open_bytes(packed, size);
		assert_int_equal(read_all(source, 1000), total);
		assert_memory_equal(seen, content, total);
		assert_null(source_damage(source));
		source_close(source);
	}
}

static void parallel_zstd_begins_with_a_skipped_frame(void **state)
{
	(void)state;
	static const uint8_t skipped[] = { 0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4 };
	memcpy(packed, skipped, sizeof(skipped));
	size_t size = sizeof(skipped) + pack(ZSTD, "content", 7, packed + sizeof(skipped), 1000);
	struct source *source = open_bytes(packed, size);
	assert_int_equal(read_all(source, 1), 7);
	assert_memory_equal(seen, "content", 7);
	source_close(source);
}

static void cut_data_gives_all_before_the_cut(void **state)
{
	(void)state;
	for (enum packing packing = GZIP; packing < PACKINGS; packing++) {
		size_t size = pack(packing, content, SIZE, packed, ROOM);
		struct source *source = open_bytes(packed, size / 2);
		size_t total = read_all(source, 1000);
		if (total < SIZE / 10 || total >= SIZE || memcmp(seen, content, total) != 0) {
			fail_msg("%s: %zu octets", PACKING_NAMES[packing], total);
		}
		assert_non_null(source_damage(source));
		assert_non_null(strstr(source_damage(source), PACKING_NAMES[packing]));
		assert_non_null(strstr(source_damage(source), "ends too early"));
		source_close(source);
		/* The last octet alone: all the content is there, and still it is named. */
		source = open_bytes(packed, size - 1);
		assert_int_equal(read_all(source, 1000), SIZE);
		assert_non_null(source_damage(source));
		source_close(source);
	}
}

static void damaged_data_gives_all_before_the_damage(void **state)
{
	(void)state;
	for (enum packing packing = GZIP; packing < PACKINGS; packing++) {
		size_t size = pack(packing, content, SIZE, packed, ROOM);
		memset(packed + size / 2, 0xff, 64);
		struct source *source = open_bytes(packed, size);
		size_t total = read_all(source, 1000);
		/* What a library let through before it saw the damage may be wrong at its
		 * end, where there are no checks before that of the whole. */
		if (total < SIZE / 10 || memcmp(seen, content, SIZE / 10) != 0 ||
		    source_damage(source) == NULL) {
			fail_msg("%s: %zu octets", PACKING_NAMES[packing], total);
		}
		source_close(source);
	}
}

static void other_data_after_it_is_reported(void **state)
{
	(void)state;
	for (enum packing packing = GZIP; packing < PACKINGS; packing++) {
		size_t size = pack(packing, content, 1000, packed, ROOM);
		memcpy(packed + size, "something else altogether", 26);
		struct source *source = open_bytes(packed, size + 26);
		assert_int_equal(read_all(source, 10), 1000);
		assert_non_null(source_damage(source));
		source_close(source);
	}
}

static void large_windows_are_refused(void **state)
{
	(void)state;
	/* A window of 2 GiB: magic, descriptor, window log 31, a raw block. */
	static const uint8_t frame[] = {
		0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x09, 0x00, 0x00, 'x'
	};
	struct source *source = open_bytes(frame, sizeof(frame));
	assert_int_equal(read_all(source, 1), 0);
	assert_non_null(source_damage(source));
	source_close(source);
}

static void skips_beyond_the_buffer(void **state)
{
	(void)state;
	for (enum packing packing = PLAIN; packing < PACKINGS; packing++) {
		const uint8_t *bytes;
		size_t size = pack(packing, content, SIZE, packed, ROOM);
		struct source *source = open_bytes(packed, size);
		source_skip(source, SIZE - 3);
		assert_true(source_peek(source, 1, &bytes, &size));
		assert_int_equal(size, 3);
		assert_memory_equal(bytes, content + SIZE - 3, 3);
		source_skip(source, 4);
		assert_true(source_peek(source, 1, &bytes, &size));
		assert_int_equal(size, 0);
		assert_true(source_ended_early(source));
		source_close(source);
	}
}

static void unreadable_files(void **state)
{
	(void)state;
	struct source *source;
	assert_int_equal(source_open(&source, place_name(&place, "missing")), -ENOENT);
	assert_int_equal(source_open(&source, place.folder), -EISDIR);
	assert_int_equal(source_open(&source, place_write(&place, "empty", "", 0)), -ENODATA);
}

static void short_files(void **state)
{
	(void)state;
	/* Shorter than any magic, and magics that nothing follows. */
	static const struct {
		const char *bytes;
		size_t size;
		size_t total;
		bool damaged;
	} tests[] = {
		{ "x", 1, 1, false },
		{ "\x1f\x8b", 2, 2, false },
		{ "\x1f\x8b\x08", 3, 0, true },
		{ "\x28\xb5\x2f\xfd", 4, 0, true },
		{ "\x04\x22\x4d\x18", 4, 0, true },
		{ "\xfd"
		  "7zXZ",
		  6, 0, true },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct source *source = open_bytes(tests[i].bytes, tests[i].size);
		size_t total = read_all(source, 4);
		if (total != tests[i].total ||
		    (source_damage(source) != NULL) != tests[i].damaged) {
			fail_msg("row %zu: %zu octets", i, total);
		}
		source_close(source);
	}
}

/* Writes the pieces into the pipe one by one, each when the reader has had the one before. */
static void pipe_gives_bytes_as_they_arrive(void **state)
{
	(void)state;
	for (enum packing packing = PLAIN; packing < PACKINGS; packing++) {
		const uint8_t *bytes;
		size_t size;
		int fd;
		struct source *source;
		char *path = place.path;
		assert_int_equal(mkfifo(place_name(&place, "pipe"), 0600), 0);
		/* Read and write: neither side has to wait for the other. */
		fd = open(path, O_RDWR);
		assert_true(fd >= 0);
		assert_int_equal(source_open(&source, path), 0);
		for (int i = 0; i < 3; i++) {
			/* A member each: an answer must not wait for a full buffer. */
			size = pack(packing, content + i * 10000, 10000, packed, ROOM);
			assert_int_equal(write(fd, packed, size), size);
			assert_true(source_peek(source, 10000, &bytes, &size));
			assert_int_equal(size, 10000);
			assert_memory_equal(bytes, content + i * 10000, 10000);
			source_skip(source, 10000);
		}
		assert_int_equal(close(fd), 0);
		assert_true(source_peek(source, 1, &bytes, &size));
		assert_int_equal(size, 0);
		source_close(source);
		assert_int_equal(unlink(path), 0);
	}
}

static void on_alarm(int number)
{
	(void)number;
}

static void signal_interrupts_the_wait(void **state)
{
	(void)state;
	const uint8_t *bytes;
	size_t size;
	int ends[2];
	char path[32];
	struct source *source;
	struct sigaction action = { .sa_handler = on_alarm };
	/* Again and again, so that one that comes before the wait does no harm. */
	const struct itimerval soon = { .it_interval = { .tv_usec = 10000 },
		                        .it_value = { .tv_usec = 10000 } };
	const struct itimerval never = { .it_value = { 0 } };
	assert_int_equal(pipe(ends), 0);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	assert_int_equal(source_open(&source, path), 0);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_false(source_peek(source, 10, &bytes, &size));
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	/* Nothing was lost by it. */
	assert_int_equal(write(ends[1], "defghijklm", 10), 10);
	assert_true(source_peek(source, 10, &bytes, &size));
	assert_int_equal(size, 13);
	assert_memory_equal(bytes, "abcdefghijklm", 13);
	source_close(source);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* A file may lose its end while it is read; mapped memory would end the program. */
static void file_that_shrinks(void **state)
{
	(void)state;
	const uint8_t *bytes;
	size_t size;
	struct source *source = open_bytes(content, SIZE);
	assert_true(source_peek(source, 10, &bytes, &size));
	assert_int_equal(truncate(place.path, 5), 0);
	assert_true(read_all(source, 1000) < SIZE);
	assert_null(source_damage(source));
	source_close(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_compression_gives_the_same),
		cmocka_unit_test(members_are_read_as_one),
		cmocka_unit_test(parallel_zstd_begins_with_a_skipped_frame),
		cmocka_unit_test(cut_data_gives_all_before_the_cut),
		cmocka_unit_test(damaged_data_gives_all_before_the_damage),
		cmocka_unit_test(other_data_after_it_is_reported),
		cmocka_unit_test(large_windows_are_refused),
		cmocka_unit_test(skips_beyond_the_buffer),
		cmocka_unit_test(unreadable_files),
		cmocka_unit_test(short_files),
		cmocka_unit_test(pipe_gives_bytes_as_they_arrive),
		cmocka_unit_test(signal_interrupts_the_wait),
		cmocka_unit_test(file_that_shrinks),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
