/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/secret_hash.h"
#include "rules/index/bloom.h"

/* The secret is the same in each run: with another one, other absent keys pass. */
static uint64_t hash_of(uint32_t number)
{
	static uint8_t secret[SECRET_HASH_SIZE];
	for (size_t i = 0; i < sizeof(secret); i++) {
		secret[i] = (uint8_t)(i * 151 + 7);
	}
	return secret_hash_with(&number, sizeof(number), secret);
}

static void empty_passes_all(void **state)
{
	(void)state;
	struct bloom bloom = { 0 };
	assert_true(bloom_passes(&bloom, 1, 2));
}

/* Numbers of keys around those where one line more is taken, each at home by itself. */
static void passes_what_was_added(void **state)
{
	(void)state;
	static const uint32_t TESTS[] = { 0, 1, 63, 64, 127, 128, 129, 100000 };
	for (size_t i = 0; i < sizeof(TESTS) / sizeof(TESTS[0]); i++) {
		struct bloom bloom;
		uint32_t passed = 0;
		assert_int_equal(bloom_init(&bloom, TESTS[i]), 0);
		for (uint32_t key = 0; key < TESTS[i]; key++) {
			bloom_add(&bloom, hash_of(key), hash_of(key));
		}
		for (uint32_t key = 0; key < TESTS[i]; key++) {
			assert_true(bloom_passes(&bloom, hash_of(key), hash_of(key)));
		}
		/* At most a tenth of as many absent keys passes. */
		for (uint32_t key = TESTS[i]; key < 2 * TESTS[i]; key++) {
			passed += bloom_passes(&bloom, hash_of(key), hash_of(key));
		}
		assert_in_range(passed, 0, TESTS[i] / 10);
		bloom_free(&bloom);
	}
}

/* A home that very many share lets everything pass there, and nothing elsewhere. */
static void crowded_home(void **state)
{
	(void)state;
	struct bloom bloom;
	uint32_t passed = 0;
	assert_int_equal(bloom_init(&bloom, 100000), 0);
	for (uint32_t key = 0; key < 100000; key++) {
		bloom_add(&bloom, hash_of(1), hash_of(key));
	}
	for (uint32_t key = 0; key < 100000; key++) {
		assert_true(bloom_passes(&bloom, hash_of(1), hash_of(key)));
		passed += bloom_passes(&bloom, hash_of(2), hash_of(key));
	}
	assert_int_equal(passed, 0);
	bloom_free(&bloom);
}

/* Any number of questions at once, and the one that passes at any place. */
static void questions_together(void **state)
{
	(void)state;
	enum { MOST = 3 * BLOOM_QUESTIONS_MAX };
	struct bloom bloom;
	assert_int_equal(bloom_init(&bloom, 100000), 0);
	bloom_add(&bloom, hash_of(1), hash_of(1));
	for (uint32_t count = 0; count <= MOST; count++) {
		for (uint32_t at = 0; at <= count; at++) {
			struct bloom_questions questions;
			bloom_questions_begin(&questions);
			for (uint32_t i = 0; i < count; i++) {
				uint32_t key = i == at ? 1 : 2;
				bloom_ask(&questions, &bloom, hash_of(key), hash_of(key));
			}
			assert_int_equal(bloom_answer(&questions), at < count);
			assert_int_equal(bloom_answer(&questions), at < count);
		}
	}
	bloom_free(&bloom);
	struct bloom_questions questions;
	bloom_questions_begin(&questions);
	bloom_ask(&questions, &(struct bloom){ 0 }, 1, 2);
	assert_true(bloom_answer(&questions));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_passes_all),
		cmocka_unit_test(passes_what_was_added),
		cmocka_unit_test(crowded_home),
		cmocka_unit_test(questions_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
