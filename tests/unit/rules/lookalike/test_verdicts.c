/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "rules/lookalike/verdicts.h"

static int make(void **state)
{
	static struct verdicts verdicts;
	assert_true(verdicts_init(&verdicts));
	*state = &verdicts;
	return 0;
}

static int end(void **state)
{
	verdicts_deinit(*state);
	return 0;
}

static const struct secret_hash_wide hash = { UINT64_C(0x123456789abc0007), 99 };

/* A name that differs from another in any bit of its hash, or in its size, has no verdict. */
static void found_by_all_bits(void **state)
{
	struct verdicts *verdicts = *state;
	struct verdict fresh = { .text = 5, .domain = 3 };
	verdict_identify(&fresh, &hash, 20);
	assert_null(verdicts_find(verdicts, &hash, 20));
	struct verdict *kept = verdicts_keep(verdicts, &fresh);
	assert_ptr_equal(verdicts_find(verdicts, &hash, 20), kept);
	assert_int_equal(kept->text, 5);
	assert_int_equal(kept->domain, 3);
	assert_null(verdicts_find(verdicts, &hash, 21));
	for (unsigned bit = 0; bit < 64; bit++) {
		const struct secret_hash_wide low = { hash.low ^ UINT64_C(1) << bit, hash.high };
		assert_null(verdicts_find(verdicts, &low, 20));
	}
	for (unsigned bit = 0; bit < 32; bit++) {
		const struct secret_hash_wide high = { hash.low, hash.high ^ UINT64_C(1) << bit };
		assert_null(verdicts_find(verdicts, &high, 20));
	}
}

/* A place that is taken goes to a name that was seen before, and not to a new one. */
static void only_repeated_names_replace(void **state)
{
	struct verdicts *verdicts = *state;
	const struct secret_hash_wide other = { hash.low ^ UINT64_C(1) << 50, 1 };
	struct verdict first = { .text = 6 }, second = { .text = 7 };
	verdict_identify(&first, &hash, 20);
	verdict_identify(&second, &other, 30);
	const struct verdict *kept = verdicts_keep(verdicts, &first);
	assert_null(verdicts_keep(verdicts, &second));
	assert_ptr_equal(verdicts_find(verdicts, &hash, 20), kept);
	assert_null(verdicts_find(verdicts, &other, 30));
	assert_ptr_equal(verdicts_keep(verdicts, &second), kept);
	assert_ptr_equal(verdicts_find(verdicts, &other, 30), kept);
	assert_int_equal(kept->text, 7);
	assert_null(verdicts_find(verdicts, &hash, 20));
}

/* Matches are read as they were set, with the largest values of each field. */
static void matches_are_kept(void **state)
{
	(void)state;
	struct lookalike_matches set = { .count = LOOKALIKE_MATCHES_MAX }, got;
	struct verdict verdict = { 0 };
	for (uint32_t i = 0; i < LOOKALIKE_MATCHES_MAX; i++) {
		set.names[i] = (struct lookalike_match){
			.name = VERDICT_NAME_MAX - i,
			.how = i % LOOKALIKE_NOT,
			.near_suffix = i % 2 != 0,
		};
	}
	verdict_set_matches(&verdict, &set);
	verdict_get_matches(&verdict, &got);
	assert_int_equal(got.count, LOOKALIKE_MATCHES_MAX);
	for (uint32_t i = 0; i < LOOKALIKE_MATCHES_MAX; i++) {
		assert_int_equal(got.names[i].name, set.names[i].name);
		assert_int_equal(got.names[i].how, set.names[i].how);
		assert_int_equal(got.names[i].near_suffix, set.names[i].near_suffix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(found_by_all_bits, make, end),
		cmocka_unit_test_setup_teardown(only_repeated_names_replace, make, end),
		cmocka_unit_test(matches_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
