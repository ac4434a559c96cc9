/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "base/writer.h"
#include "tests/unit/guard.h"

#define ROOM 64

static const struct in6_addr IPV4 = { .s6_addr = { [10] = 0xff, 0xff, 45, 77, 24, 250 } };
static const struct in6_addr IPV6 = { .s6_addr = { 0x20, 1, 0x0d, 0xb8, [15] = 1 } };

static struct guard guard;

/* A writer of exactly `room` octets, which end at an unreadable page. */
static struct writer at_guard(size_t room)
{
	static const char zeros[ROOM + 1];
	struct writer w;
	assert_true(room <= sizeof(zeros));
	writer_init(&w, (char *)guard_lay(&guard, zeros, room), room);
	return w;
}

static void put_bytes(struct writer *w)
{
	writer_put(w, "a\0b", 3);
}

static void put_string(struct writer *w)
{
	writer_string(w, "string");
}

static void put_literal(struct writer *w)
{
	writer_literal(w, "literal");
}

static void put_char(struct writer *w)
{
	writer_char(w, 'c');
}

static void put_zero(struct writer *w)
{
	writer_number(w, 0);
}

static void put_number(struct writer *w)
{
	writer_number(w, UINT64_MAX);
}

static void put_digits(struct writer *w)
{
	writer_digits(w, 7, 3);
}

static void put_hex8(struct writer *w)
{
	writer_hex8(w, 0x0f);
}

static void put_hex(struct writer *w)
{
	writer_hex64(w, 0x0123456789abcdef);
}

static void put_ipv4(struct writer *w)
{
	writer_address(w, &IPV4);
}

static void put_ipv6(struct writer *w)
{
	writer_address(w, &IPV6);
}

static void put_address_text(struct writer *w)
{
	struct address_text address;
	address_text_make(&address, &IPV6);
	writer_address_text(w, &address);
}

static void put_array(struct writer *w)
{
	static const char array[8] = "array";
	writer_array(w, array, 5);
}

static void put_time(struct writer *w)
{
	writer_time(w, 1590883512345678000);
}

static void put_time_ns(struct writer *w)
{
	writer_time(w, 1590883512345678901);
}

static void put_repeated(struct writer *w)
{
	writer_literal(w, "abc");
	writer_repeat(w, 1, 2);
}

static const struct {
	void (*put)(struct writer *w);
	const char *text;
	size_t size;
} PUTS[] = {
#define ROW(put, text)                                                                             \
	{                                                                                          \
		put, text, sizeof(text) - 1                                                        \
	}
	ROW(put_bytes, "a\0b"),
	ROW(put_string, "string"),
	ROW(put_literal, "literal"),
	ROW(put_char, "c"),
	ROW(put_zero, "0"),
	ROW(put_number, "18446744073709551615"),
	ROW(put_digits, "007"),
	ROW(put_hex8, "0f"),
	ROW(put_hex, "0123456789abcdef"),
	ROW(put_ipv4, "45.77.24.250"),
	ROW(put_ipv6, "2001:db8::1"),
	ROW(put_address_text, "2001:db8::1"),
	ROW(put_array, "array"),
	ROW(put_time, "2020-05-31T00:05:12.345678Z"),
	ROW(put_time_ns, "2020-05-31T00:05:12.345678901Z"),
	ROW(put_repeated, "abcbc"),
#undef ROW
};

#define PUTS_COUNT (sizeof(PUTS) / sizeof(PUTS[0]))

static void exactly_full(void **state)
{
	(void)state;
	for (size_t i = 0; i < PUTS_COUNT; i++) {
		struct writer w = at_guard(PUTS[i].size);
		PUTS[i].put(&w);
		assert_false(w.failed);
		assert_int_equal(writer_size(&w), PUTS[i].size);
		assert_int_equal(writer_left(&w), 0);
		assert_memory_equal(w.start, PUTS[i].text, PUTS[i].size);
		writer_put(&w, "", 0);
		assert_false(w.failed);
		writer_char(&w, 'x');
		assert_true(w.failed);
	}
}

/* Not even a part of a text that is one octet too long; its own last part may be missing. */
static void one_octet_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < PUTS_COUNT; i++) {
		struct writer w = at_guard(PUTS[i].size - 1);
		PUTS[i].put(&w);
		assert_true(w.failed);
		assert_int_equal(writer_left(&w), 0);
		assert_int_equal(writer_size(&w), PUTS[i].put == put_repeated ? 3 : 0);
		for (size_t j = writer_size(&w); j < PUTS[i].size - 1; j++) {
			assert_int_equal(w.start[j], 0);
		}
	}
}

static void nothing_is_written_after_a_failure(void **state)
{
	(void)state;
	for (size_t i = 0; i < PUTS_COUNT; i++) {
		struct writer w = at_guard(ROOM);
		char before[ROOM];
		writer_literal(&w, "kept");
		assert_null(writer_take(&w, ROOM));
		memcpy(before, w.start, ROOM);
		PUTS[i].put(&w);
		assert_true(w.failed);
		assert_int_equal(writer_size(&w), 4);
		assert_memory_equal(w.start, before, ROOM);
		assert_null(writer_text(&w));
	}
}

/* The first size that does not fit, and sums that would wrap. */
static void bounds(void **state)
{
	(void)state;
	static const struct {
		size_t room, written, take;
		bool failed;
	} tests[] = {
		{ 7, 0, 7, false },       { 7, 0, 8, true },  { 7, 0, SIZE_MAX, true },
		{ 7, 7, 0, false },       { 7, 7, 1, true },  { 7, 7, SIZE_MAX, true },
		{ 7, 1, SIZE_MAX, true }, { 0, 0, 0, false }, { 0, 0, 1, true },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct writer w = at_guard(tests[i].room);
		assert_non_null(writer_take(&w, tests[i].written));
		assert_int_equal(writer_reserve(&w, tests[i].take) == NULL, tests[i].failed);
		writer_advance(&w, tests[i].take);
		if (w.failed != tests[i].failed) {
			fail_msg("row %zu: failed is %d", i, w.failed);
		}
	}
}

static void repeats_only_what_was_written(void **state)
{
	(void)state;
	static const struct {
		size_t from, size;
		bool failed;
	} tests[] = {
		{ 0, 4, false },       { 4, 0, false },       { 3, 1, false },
		{ 0, 5, true },        { 4, 1, true },        { 5, 0, true },
		{ 1, SIZE_MAX, true }, { SIZE_MAX, 1, true }, { SIZE_MAX, 0, true },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct writer w = at_guard(ROOM);
		writer_literal(&w, "abcd");
		writer_repeat(&w, tests[i].from, tests[i].size);
		if (w.failed != tests[i].failed) {
			fail_msg("row %zu: failed is %d", i, w.failed);
		}
	}
}

static void terminates(void **state)
{
	(void)state;
	struct writer w = at_guard(4);
	writer_literal(&w, "abc");
	assert_string_equal(writer_text(&w), "abc");
	assert_int_equal(writer_size(&w), 3);
	writer_char(&w, 'd');
	assert_false(w.failed);
	assert_null(writer_text(&w));
	assert_true(w.failed);
}

static void rewinds(void **state)
{
	(void)state;
	struct writer w = at_guard(8);
	writer_literal(&w, "abcd");
	writer_rewind(&w, 5);
	assert_int_equal(writer_size(&w), 4);
	writer_rewind(&w, 2);
	assert_int_equal(writer_size(&w), 2);
	writer_literal(&w, "123456");
	assert_false(w.failed);
	assert_memory_equal(w.start, "ab123456", 8);
	/* not after a failure */
	writer_char(&w, 'x');
	writer_rewind(&w, 0);
	assert_true(w.failed);
	assert_int_equal(writer_size(&w), 8);
	assert_int_equal(writer_left(&w), 0);
}

static void recovers(void **state)
{
	(void)state;
	struct writer w = at_guard(8);
	writer_literal(&w, "abcd");
	writer_literal(&w, "too long");
	assert_true(w.failed);
	writer_recover(&w, 5);
	assert_true(w.failed);
	writer_recover(&w, 2);
	assert_false(w.failed);
	writer_literal(&w, "123456");
	assert_memory_equal(w.start, "ab123456", 8);
	writer_fail(&w);
	writer_restart(&w);
	assert_false(w.failed);
	assert_int_equal(writer_left(&w), 8);
}

static void grows_up_to_its_limit(void **state)
{
	(void)state;
	const size_t limit = 10000;
	struct writer w;
	writer_init_growing(&w, limit);
	writer_put(&w, "", 0);
	assert_int_equal(writer_size(&w), 0);
	for (size_t i = 0; i < limit; i++) {
		writer_char(&w, (char)('a' + i % 26));
		assert_int_equal(writer_size(&w), i + 1);
	}
	assert_false(w.failed);
	for (size_t i = 0; i < limit; i++) {
		assert_int_equal(w.start[i], 'a' + i % 26);
	}
	writer_char(&w, 'x');
	assert_true(w.failed);
	assert_int_equal(writer_size(&w), limit);
	writer_restart(&w);
	assert_int_equal(writer_left(&w), limit);
	assert_null(writer_reserve(&w, SIZE_MAX));
	writer_free(&w);
	assert_int_equal(writer_size(&w), 0);
	writer_literal(&w, "again");
	assert_string_equal(writer_text(&w), "again");
	writer_free(&w);
}

/* No more memory than is needed is taken at once. */
static void doubles_its_memory(void **state)
{
	(void)state;
	struct writer w;
	writer_init_growing(&w, (size_t)1 << 20);
	assert_non_null(writer_take(&w, 1));
	size_t first = w.room;
	assert_non_null(writer_take(&w, first - 1));
	assert_int_equal(w.room, first);
	assert_non_null(writer_take(&w, first));
	assert_int_equal(w.room, 2 * first);
	assert_non_null(writer_take(&w, 1));
	assert_int_equal(w.room, 4 * first);
	writer_free(&w);
}

/* Every text, in memory that grows while it is repeated or put. */
static void grows_in_every_put(void **state)
{
	(void)state;
	for (size_t i = 0; i < PUTS_COUNT; i++) {
		struct writer w;
		writer_init_growing(&w, 1 << 20);
		for (size_t size = 0; size < 20000; size += PUTS[i].size) {
			PUTS[i].put(&w);
			if (PUTS[i].put != put_repeated) {
				assert_memory_equal(w.start + size, PUTS[i].text, PUTS[i].size);
			}
		}
		assert_false(w.failed);
		writer_free(&w);
	}
}

static int open_guard(void **state)
{
	(void)state;
	guard_open(&guard);
	return 0;
}

static int close_guard(void **state)
{
	(void)state;
	guard_close(&guard);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exactly_full),
		cmocka_unit_test(one_octet_short),
		cmocka_unit_test(nothing_is_written_after_a_failure),
		cmocka_unit_test(bounds),
		cmocka_unit_test(repeats_only_what_was_written),
		cmocka_unit_test(terminates),
		cmocka_unit_test(rewinds),
		cmocka_unit_test(recovers),
		cmocka_unit_test(grows_up_to_its_limit),
		cmocka_unit_test(doubles_its_memory),
		cmocka_unit_test(grows_in_every_put),
	};
	return cmocka_run_group_tests(tests, open_guard, close_guard);
}
