/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include <time.h>
#include <xxhash.h>

#include "rules/index/intern.h"

static void empty_finds_nothing(void **state)
{
	(void)state;
	struct intern table = { 0 };
	assert_int_equal(intern_find(&table, "a", 1), INTERN_NONE);
	intern_trim(&table);
	intern_free(&table);
}

static void equal_strings_are_one(void **state)
{
	(void)state;
	struct intern table = { 0 };
	size_t size;
	assert_int_equal(intern_add(&table, "abc", 3), 0);
	assert_int_equal(intern_add(&table, "abcd", 4), 1);
	assert_int_equal(intern_add(&table, "", 0), 2);
	assert_int_equal(intern_add(&table, "abc", 3), 0);
	assert_int_equal(intern_add(&table, "", 0), 2);
	assert_int_equal(intern_find(&table, "abcd", 4), 1);
	/* A beginning, an end and a longer one are others. */
	assert_int_equal(intern_find(&table, "ab", 2), INTERN_NONE);
	assert_int_equal(intern_find(&table, "bcd", 3), INTERN_NONE);
	assert_int_equal(intern_find(&table, "abcda", 5), INTERN_NONE);
	assert_memory_equal(intern_get(&table, 1, &size), "abcd", 4);
	assert_int_equal(size, 4);
	intern_get(&table, 2, &size);
	assert_int_equal(size, 0);
	intern_free(&table);
}

/* Their address is calculated even where the table has no other octets. */
static void first_string_may_be_empty(void **state)
{
	(void)state;
	struct intern table = { 0 };
	size_t size = 1;
	assert_int_equal(intern_add(&table, NULL, 0), 0);
	assert_non_null(intern_get(&table, 0, &size));
	assert_int_equal(size, 0);
	intern_trim(&table);
	assert_int_equal(intern_add(&table, "a", 1), 1);
	assert_int_equal(intern_find(&table, NULL, 0), 0);
	intern_free(&table);
}

static void check_sizes(const struct intern *table, const char *octets, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		size_t size;
		assert_int_equal(intern_find(table, octets + i, i), i);
		assert_memory_equal(intern_get(table, i, &size), octets + i, i);
		assert_int_equal(size, i);
	}
}

/* After each number of strings, the last of which is the longest. */
static void strings_of_every_size(void **state)
{
	(void)state;
	char octets[2 * 100];
	for (size_t i = 0; i < sizeof(octets); i++) {
		octets[i] = (char)(i + 1);
	}
	for (uint32_t count = 0; count <= 100; count++) {
		struct intern table = { 0 };
		for (uint32_t i = 0; i < count; i++) {
			assert_int_equal(intern_add(&table, octets + i, i), i);
		}
		check_sizes(&table, octets, count);
		intern_trim(&table);
		check_sizes(&table, octets, count);
		assert_int_equal(intern_add(&table, octets, sizeof(octets)), count);
		check_sizes(&table, octets, count);
		intern_free(&table);
	}
}

static void numbers_survive_growth_and_trim(void **state)
{
	(void)state;
	struct intern table = { 0 };
	char text[32];
	for (uint32_t i = 0; i < 100000; i++) {
		int size = snprintf(text, sizeof(text), "name-%u", i);
		assert_int_equal(intern_add(&table, text, (size_t)size), i);
		if (i == 50000) {
			intern_trim(&table);
		}
	}
	intern_trim(&table);
	assert_int_equal(table.count, 100000);
	for (uint32_t i = 0; i < 100000; i++) {
		int size = snprintf(text, sizeof(text), "name-%u", i);
		assert_int_equal(intern_find(&table, text, (size_t)size), i);
	}
	assert_int_equal(intern_find(&table, "name-100000", 11), INTERN_NONE);
	intern_free(&table);
}

#define COLLIDING  8192
#define SLOTS_MASK 0x3fffU /* of a table of so many strings */

/* CPU time to add strings of eight octets, the least of five. */
static double seconds_to_add(const uint64_t *strings)
{
	double least = 1e9;
	for (int round = 0; round < 5; round++) {
		struct intern table = { 0 };
		clock_t begin = clock();
		for (uint32_t i = 0; i < COLLIDING; i++) {
			assert_int_equal(intern_add(&table, &strings[i], sizeof(strings[i])), i);
		}
		double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
		least = seconds < least ? seconds : least;
		intern_free(&table);
	}
	return least;
}

/* Strings that share a slot by XXH3 without a secret cost no more than others. */
static void nobody_chooses_slots(void **state)
{
	(void)state;
	static uint64_t ordinary[COLLIDING], chosen[COLLIDING];
	uint32_t count = 0;
	for (uint64_t i = 0; count < COLLIDING; i++) {
		if ((XXH3_64bits(&i, sizeof(i)) & SLOTS_MASK) == 0) {
			chosen[count] = i;
			ordinary[count] = count * 0x10001U;
			count++;
		}
	}
	double least = seconds_to_add(ordinary);
	double most = seconds_to_add(chosen);
	print_message("%d strings: %.2f ms, with one slot %.2f ms\n", COLLIDING, least * 1e3,
	              most * 1e3);
	assert_true(most < 20 * least); /* more than 60 times without the secret */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_finds_nothing),
		cmocka_unit_test(equal_strings_are_one),
		cmocka_unit_test(first_string_may_be_empty),
		cmocka_unit_test(strings_of_every_size),
		cmocka_unit_test(numbers_survive_growth_and_trim),
		cmocka_unit_test(nobody_chooses_slots),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
