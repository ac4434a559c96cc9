/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/cursor.h"

static const uint8_t BYTES[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd };

static void reads_network_order(void **state)
{
	(void)state;
	struct cursor c = cursor_init(BYTES, sizeof(BYTES));
	assert_int_equal(cursor_u8(&c), 0x01);
	assert_int_equal(cursor_u16(&c), 0x2345);
	assert_int_equal(cursor_u32(&c), 0x6789abcd);
	assert_int_equal(cursor_left(&c), 0);
	assert_false(c.failed);
}

static void short_read_is_zero_and_sticky(void **state)
{
	(void)state;
	struct cursor c = cursor_init(BYTES, 3);
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.failed);
	assert_int_equal(c.pos, 0);
	/* One byte would fit, but a failed cursor stays failed. */
	assert_int_equal(cursor_u8(&c), 0);
	assert_null(cursor_take(&c, 0));
	assert_int_equal(cursor_left(&c), 0);
}

static void bounds(void **state)
{
	(void)state;
	static const struct {
		size_t size, seek, take;
		bool failed;
	} tests[] = {
		/* take */
		{ 7, 0, 7, false },
		{ 7, 0, 8, true },
		{ 7, 0, SIZE_MAX, true },
		{ 7, 7, 0, false },
		{ 7, 7, 1, true },
		{ 7, 1, SIZE_MAX, true },
		/* seek */
		{ 7, 8, 0, true },
		{ 7, SIZE_MAX, 0, true },
		/* empty */
		{ 0, 0, 0, false },
		{ 0, 0, 1, true },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct cursor c = cursor_init(BYTES, tests[i].size);
		cursor_seek(&c, tests[i].seek);
		cursor_skip(&c, tests[i].take);
		if (c.failed != tests[i].failed) {
			fail_msg("row %zu: failed is %d", i, c.failed);
		}
	}
}

static void fence_keeps_inner_inside(void **state)
{
	(void)state;
	struct cursor c = cursor_init(BYTES, sizeof(BYTES));
	struct cursor inner = cursor_fence(&c, 3);
	assert_int_equal(cursor_u16(&inner), 0x0123);
	assert_int_equal(cursor_u16(&inner), 0);
	assert_true(inner.failed);
	/* The outer cursor resumes at the declared end. */
	assert_false(c.failed);
	assert_int_equal(cursor_u8(&c), 0x67);
	inner = cursor_fence(&c, 4);
	assert_true(inner.failed);
	assert_true(c.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_network_order),
		cmocka_unit_test(short_read_is_zero_and_sticky),
		cmocka_unit_test(bounds),
		cmocka_unit_test(fence_keeps_inner_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
