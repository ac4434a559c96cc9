/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "rules/index/multimap.h"

#define KEYS 20000

/* Keys as a hash gives them. */
static uint32_t key_of(uint32_t i)
{
	uint64_t hash = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)((hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9) >> 32);
}

/* While the table grows, the filter passes each key that has a number, and few others. */
static void filter_passes_known_keys(void **state)
{
	(void)state;
	struct multimap multimap = { 0 };
	assert_false(multimap_may_have(&multimap, key_of(0)));
	for (uint32_t i = 0; i < KEYS; i++) {
		assert_int_equal(multimap_add(&multimap, key_of(i), i % 3), 0);
		assert_true(multimap_may_have(&multimap, key_of(i)));
	}
	unsigned others = 0;
	for (uint32_t i = 0; i < KEYS; i++) {
		assert_true(multimap_may_have(&multimap, key_of(i)));
		others += multimap_may_have(&multimap, key_of(KEYS + i));
	}
	assert_in_range(others, 0, KEYS / 20);
	multimap_free(&multimap);
	assert_false(multimap_may_have(&multimap, key_of(0)));
}

static void numbers_of_a_key(void **state)
{
	(void)state;
	struct multimap multimap = { 0 };
	for (uint32_t number = 0; number < 100; number++) {
		assert_int_equal(multimap_add(&multimap, 7, number), 0);
		assert_int_equal(multimap_add(&multimap, 7, number), 0);
		assert_int_equal(multimap_add(&multimap, 8, number), 0);
	}
	unsigned walked = 0;
	struct multimap_walk walk = multimap_walk_init(&multimap, 7);
	while (multimap_walk_next(&walk) != MULTIMAP_NONE) {
		walked++;
	}
	assert_int_equal(walked, 100);
	walk = multimap_walk_init(&multimap, 9);
	assert_int_equal(multimap_walk_next(&walk), MULTIMAP_NONE);
	multimap_free(&multimap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter_passes_known_keys),
		cmocka_unit_test(numbers_of_a_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
