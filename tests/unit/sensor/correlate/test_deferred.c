/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "sensor/correlate/deferred.h"

#define SIZE_MAX_OF_ONE 65535

static uint8_t bytes[SIZE_MAX_OF_ONE];

/* The size of the n-th message, within what DNS allows. */
static size_t size_of(unsigned n)
{
	return 12 + (n * 7919U) % (SIZE_MAX_OF_ONE - 11);
}

static bool put(struct deferred *deferred, unsigned n)
{
	memset(bytes, (int)(n & 0xff), sizeof(bytes));
	const struct deferred_message message = { .wire = bytes,
		                                  .size = size_of(n),
		                                  .time_ns = n,
		                                  .client = { .s6_addr = { (uint8_t)n } } };
	return deferred_put(deferred, &message);
}

static void expect(struct deferred *deferred, unsigned n)
{
	struct deferred_message first;
	assert_true(deferred_first(deferred, &first));
	assert_int_equal(first.time_ns, n);
	assert_int_equal(first.size, size_of(n));
	assert_int_equal(first.client.s6_addr[0], n & 0xff);
	assert_int_equal(first.wire[0], n & 0xff);
	assert_int_equal(first.wire[first.size - 1], n & 0xff);
	deferred_drop(deferred);
}

/* Filled up and half emptied, so that the queue wraps at every place. */
static void first_in_first_out(void **state)
{
	(void)state;
	struct deferred *deferred = deferred_new();
	struct deferred_message none;
	unsigned first = 0, next = 0;
	assert_non_null(deferred);
	for (int round = 0; round < 50; round++) {
		while (put(deferred, next)) {
			next++;
		}
		assert_true(next - first > 100);
		for (unsigned half = first + (next - first) / 2; first < half; first++) {
			expect(deferred, first);
		}
	}
	for (; first < next; first++) {
		expect(deferred, first);
	}
	assert_false(deferred_first(deferred, &none));
	deferred_drop(deferred); /* empty: nothing happens */
	assert_true(put(deferred, 1));
	expect(deferred, 1);
	deferred_free(deferred);
}

static void a_message_that_is_too_large_is_refused(void **state)
{
	(void)state;
	static uint8_t large[DEFERRED_SIZE_MAX];
	struct deferred *deferred = deferred_new();
	struct deferred_message message = { .wire = large, .size = sizeof(large) };
	assert_false(deferred_put(deferred, &message));
	message.size = 0;
	assert_false(deferred_put(deferred, &message));
	deferred_free(deferred);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_in_first_out),
		cmocka_unit_test(a_message_that_is_too_large_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
