/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/secret_hash.h"

static void fill(uint8_t *octets, size_t size, unsigned first)
{
	for (size_t i = 0; i < size; i++) {
		octets[i] = (uint8_t)(first + 7 * i);
	}
}

/* Values of the shared library, of every size up to where XXH3 reads in stripes. */
static void values_of_the_library(void **state)
{
	(void)state;
	uint8_t secret[SECRET_HASH_SIZE];
	uint8_t octets[600];
	fill(secret, sizeof(secret), 3);
	fill(octets, sizeof(octets), 1);
	for (size_t size = 0; size <= sizeof(octets); size++) {
		assert_int_equal(secret_hash_with(octets, size, secret),
		                 XXH3_64bits_withSecret(octets, size, secret, sizeof(secret)));
	}
	/* XXH3 of 0, 1, 7, 16, 17 and 255 of these octets with that secret, by xxhash 0.8.1 */
	static const struct {
		size_t size;
		uint64_t value;
	} tests[] = {
		{ 0, 0x1d72a04b493e44e4 },  { 1, 0x361650fb25428c5f },  { 7, 0x6a93fb95561ffabb },
		{ 16, 0xa4029aa0d8455c08 }, { 17, 0xf3404fe09a5bfb92 }, { 255, 0xb9dfa34b124730ff },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		uint64_t value = secret_hash_with(octets, tests[i].size, secret);
		if (value != tests[i].value) {
			fail_msg("%zu octets: %016lx", tests[i].size, (unsigned long)value);
		}
	}
}

/* Each half of the wide hash depends on each octet, and on the secret of the process. */
static void wide_hash(void **state)
{
	(void)state;
	uint8_t octets[300];
	for (size_t size = 1; size <= sizeof(octets); size += 13) {
		fill(octets, sizeof(octets), 1);
		const struct secret_hash_wide before = secret_hash_wide(octets, size);
		XXH128_hash_t unkeyed = XXH3_128bits(octets, size);
		assert_true(before.low != unkeyed.low64 && before.high != unkeyed.high64);
		for (size_t i = 0; i < size; i++) {
			octets[i] ^= 1;
			const struct secret_hash_wide after = secret_hash_wide(octets, size);
			assert_true(before.low != after.low && before.high != after.high);
			octets[i] ^= 1;
		}
	}
}

/* Another process that is started has another secret, one that is forked has the same. */
static void the_secret_is_of_the_process(void **state)
{
	(void)state;
	uint8_t zeros[SECRET_HASH_SIZE] = { 0 };
	uint64_t value = secret_hash("example", 7);
	assert_int_equal(value, secret_hash("example", 7));
	assert_int_not_equal(value, secret_hash_with("example", 7, zeros));
	assert_int_not_equal(secret_hash_numbers[0], secret_hash_numbers[1]);
	pid_t child = fork();
	if (child == 0) {
		_exit(secret_hash("example", 7) == value ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Seldom equal in their low and in their high bits: as many as chance gives. */
static void bits_are_spread(void **state)
{
	(void)state;
	enum { BUCKETS = 4096, KEYS = 40960 };
	static unsigned low[BUCKETS], high[BUCKETS];
	unsigned most = 0;
	for (uint32_t key = 0; key < KEYS; key++) {
		uint64_t hash = secret_hash(&key, sizeof(key));
		unsigned a = ++low[hash % BUCKETS], b = ++high[hash >> 52];
		most = a > most ? a : most;
		most = b > most ? b : most;
	}
	/* Ten on average; 40 has a probability of 1e-11 each. */
	assert_in_range(most, 11, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_the_library),
		cmocka_unit_test(wide_hash),
		cmocka_unit_test(the_secret_is_of_the_process),
		cmocka_unit_test(bits_are_spread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
