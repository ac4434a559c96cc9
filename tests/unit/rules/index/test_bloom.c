/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "rules/index/bloom.h"
#include "rules/index/intern.h"

static uint64_t hash_of(uint32_t number)
{
	return intern_hash(&number, sizeof(number));
}

static void empty_lets_everything_pass(void **state)
{
	(void)state;
	struct sieve sieve = { 0 };
	assert_true(sieve_passes(&sieve, 1, 2));
}

/* Numbers of keys around those where one line more is taken, each at home by itself. */
static void passes_what_was_added(void **state)
{
	(void)state;
	static const uint32_t TESTS[] = { 0, 1, 63, 64, 127, 128, 129, 100000 };
	for (size_t i = 0; i < sizeof(TESTS) / sizeof(TESTS[0]); i++) {
		struct sieve sieve;
		uint32_t passed = 0;
		assert_int_equal(sieve_init(&sieve, TESTS[i]), 0);
		for (uint32_t key = 0; key < TESTS[i]; key++) {
			sieve_add(&sieve, hash_of(key), hash_of(key));
		}
		for (uint32_t key = 0; key < TESTS[i]; key++) {
			assert_true(sieve_passes(&sieve, hash_of(key), hash_of(key)));
		}
		/* Of as many others next to none. */
		for (uint32_t key = TESTS[i]; key < 2 * TESTS[i]; key++) {
			passed += sieve_passes(&sieve, hash_of(key), hash_of(key));
		}
		assert_in_range(passed, 0, TESTS[i] / 10);
		sieve_free(&sieve);
	}
}

/* A home that very many share lets everything pass there, and nothing elsewhere. */
static void crowded_home(void **state)
{
	(void)state;
	struct sieve sieve;
	uint32_t passed = 0;
	assert_int_equal(sieve_init(&sieve, 100000), 0);
	for (uint32_t key = 0; key < 100000; key++) {
		sieve_add(&sieve, hash_of(1), hash_of(key));
	}
	for (uint32_t key = 0; key < 100000; key++) {
		assert_true(sieve_passes(&sieve, hash_of(1), hash_of(key)));
		passed += sieve_passes(&sieve, hash_of(2), hash_of(key));
	}
	assert_int_equal(passed, 0);
	sieve_free(&sieve);
}

/* However many are asked for at once, and wherever the one that passes stands. */
static void questions_together(void **state)
{
	(void)state;
	enum { MOST = 3 * SIEVE_QUESTIONS_MAX };
	struct sieve sieve;
	assert_int_equal(sieve_init(&sieve, 100000), 0);
	sieve_add(&sieve, hash_of(1), hash_of(1));
	for (uint32_t count = 0; count <= MOST; count++) {
		for (uint32_t at = 0; at <= count; at++) {
			struct sieve_questions questions;
			sieve_questions_begin(&questions);
			for (uint32_t i = 0; i < count; i++) {
				uint32_t key = i == at ? 1 : 2;
				sieve_ask(&questions, &sieve, hash_of(key), hash_of(key));
			}
			assert_int_equal(sieve_answer(&questions), at < count);
			assert_int_equal(sieve_answer(&questions), at < count);
		}
	}
	sieve_free(&sieve);
	struct sieve_questions questions;
	sieve_questions_begin(&questions);
	sieve_ask(&questions, &(struct sieve){ 0 }, 1, 2);
	assert_true(sieve_answer(&questions));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_lets_everything_pass),
		cmocka_unit_test(passes_what_was_added),
		cmocka_unit_test(crowded_home),
		cmocka_unit_test(questions_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
