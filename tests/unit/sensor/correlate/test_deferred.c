/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "sensor/correlate/deferred.h"

#define SIZE_MAX_OF_ONE 65535

static uint8_t bytes[SIZE_MAX_OF_ONE];

/* The size of the n-th message: all that DNS may have. */
static size_t size_of(unsigned n)
{
	return 12 + (n * 7919U) % (SIZE_MAX_OF_ONE - 11);
}

static bool put(struct later *later, unsigned n)
{
	memset(bytes, (int)(n & 0xff), sizeof(bytes));
	return later_put(later, bytes, size_of(n), n);
}

static void expect(struct later *later, unsigned n)
{
	const uint8_t *wire;
	size_t size;
	int64_t time_ns;
	assert_true(later_first(later, &wire, &size, &time_ns));
	assert_int_equal(time_ns, n);
	assert_int_equal(size, size_of(n));
	assert_int_equal(wire[0], n & 0xff);
	assert_int_equal(wire[size - 1], n & 0xff);
	later_drop(later);
}

/* Filled up and emptied by halves, so that the ends meet everywhere. */
static void first_in_first_out(void **state)
{
	(void)state;
	struct later *later = later_new();
	const uint8_t *wire;
	size_t size;
	int64_t time_ns;
	unsigned first = 0, next = 0;
	assert_non_null(later);
	for (int round = 0; round < 50; round++) {
		while (put(later, next)) {
			next++;
		}
		assert_true(next - first > 100);
		for (unsigned half = first + (next - first) / 2; first < half; first++) {
			expect(later, first);
		}
	}
	for (; first < next; first++) {
		expect(later, first);
	}
	assert_false(later_first(later, &wire, &size, &time_ns));
	later_drop(later); /* nothing */
	assert_true(put(later, 1));
	expect(later, 1);
	later_free(later);
}

static void what_is_too_large_is_refused(void **state)
{
	(void)state;
	static uint8_t large[LATER_SIZE];
	struct later *later = later_new();
	assert_false(later_put(later, large, sizeof(large), 0));
	assert_false(later_put(later, large, 0, 0));
	later_free(later);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_in_first_out),
		cmocka_unit_test(what_is_too_large_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
