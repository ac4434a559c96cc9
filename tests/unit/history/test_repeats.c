/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/repeats.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define WAYS 8

static int set_up(void **state)
{
	*state = history_repeats_new();
	return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	history_repeats_free(*state);
	return 0;
}

/* Hashes of the same bucket. */
static uint64_t hash_of(uint32_t number)
{
	return (uint64_t)number << 32 | 7;
}

static void add(struct history_repeats *repeats, uint32_t number, const char *text)
{
	const struct history_repeat_row rows[] = { { number, 0 }, { number + 1, 1 } };
	(void)history_repeats_note(repeats, hash_of(number));
	history_repeats_add(repeats, hash_of(number), (const uint8_t *)text, strlen(text), rows, 2);
}

static const struct history_repeat *find(const struct history_repeats *repeats, uint32_t number,
                                         const char *text)
{
	return history_repeats_find(repeats, hash_of(number), (const uint8_t *)text, strlen(text));
}

static void messages_are_found_by_their_octets(void **state)
{
	assert_null(find(*state, 1, "one"));
	assert_false(history_repeats_note(*state, hash_of(1)));
	assert_null(find(*state, 1, "one"));
	assert_true(history_repeats_note(*state, hash_of(1)));
	add(*state, 1, "one");
	assert_false(history_repeats_note(*state, hash_of(1)));
	const struct history_repeat *found = find(*state, 1, "one");
	assert_non_null(found);
	assert_int_equal(found->count, 2);
	assert_int_equal(found->rows[1].place, 2);
	assert_int_equal(found->rows[1].record, 1);
	/* equal hashes */
	assert_null(find(*state, 1, "two"));
	assert_null(find(*state, 1, "on"));
	history_repeats_forget(*state);
	assert_null(find(*state, 1, "one"));
	assert_false(history_repeats_note(*state, hash_of(1)));
}

/* A hash whose tag would be 0. */
static void each_hash_is_noted(void **state)
{
	assert_false(history_repeats_note(*state, 7));
	assert_true(history_repeats_note(*state, 7));
}

static size_t count_found(const struct history_repeats *repeats, uint32_t from, uint32_t to)
{
	size_t found = 0;
	for (uint32_t i = from; i < to; i++) {
		found += find(repeats, i, "text") != NULL;
	}
	return found;
}

static void a_full_bucket_forgets_one(void **state)
{
	for (uint32_t i = 1; i <= WAYS; i++) {
		add(*state, i, "text");
	}
	assert_int_equal(count_found(*state, 1, WAYS + 1), WAYS);
	add(*state, WAYS + 1, "text");
	assert_non_null(find(*state, WAYS + 1, "text"));
	assert_int_equal(count_found(*state, 1, WAYS + 2), WAYS);
	/* What was only noted is replaced first. */
	assert_false(history_repeats_note(*state, hash_of(100)));
	assert_int_equal(count_found(*state, 1, WAYS + 2), WAYS - 1);
	assert_false(history_repeats_note(*state, hash_of(101)));
	assert_int_equal(count_found(*state, 1, WAYS + 2), WAYS - 1);
}

static void without_room_all_are_forgotten(void **state)
{
	static uint8_t octets[504]; /* 512 with what is stored with them */
	uint64_t count = HISTORY_REPEATS_OCTETS / (8 + sizeof(octets));
	for (uint64_t i = 1; i <= count; i++) {
		(void)history_repeats_note(*state, i << 32 | i);
		history_repeats_add(*state, i << 32 | i, octets, sizeof(octets), NULL, 0);
	}
	assert_non_null(
	        history_repeats_find(*state, UINT64_C(1) << 32 | 1, octets, sizeof(octets)));
	assert_non_null(history_repeats_find(*state, count << 32 | count, octets, sizeof(octets)));
	add(*state, 3, "text");
	assert_null(find(*state, 3, "text"));
	assert_null(history_repeats_find(*state, count << 32 | count, octets, sizeof(octets)));
	add(*state, 3, "text");
	assert_non_null(find(*state, 3, "text"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(messages_are_found_by_their_octets),
		TEST(each_hash_is_noted),
		TEST(a_full_bucket_forgets_one),
		TEST(without_room_all_are_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
