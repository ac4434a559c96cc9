/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <endian.h>
#include <string.h>

#include "base/keyed_hash.h"

/* Key and octets are 0, 1, 2, ...; values of `openssl mac -macopt c-rounds:1 -macopt
 * d-rounds:3 -macopt size:8 ... SIPHASH`, whose octets come lowest first. */
static void values_of_another_implementation(void **state)
{
	(void)state;
	static const struct {
		size_t size;
		uint64_t value;
	} tests[] = {
		{ 0, 0xdcc40f055801acab },  { 1, 0x93ca577df39bf4c9 },  { 7, 0x4011b19b987d92d3 },
		{ 8, 0x8e9a298d11959036 },  { 15, 0x5699512a6dd820d3 }, { 16, 0x668b907d1add4fcc },
		{ 63, 0xa8b3bbb76290199d },
	};
	struct keyed_hash hash;
	uint8_t octets[64];
	for (size_t i = 0; i < sizeof(octets); i++) {
		octets[i] = (uint8_t)i;
	}
	memcpy(hash.key, octets, sizeof(hash.key));
	hash.key[0] = le64toh(hash.key[0]);
	hash.key[1] = le64toh(hash.key[1]);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		uint64_t value = be64toh(htole64(keyed_hash(&hash, octets, tests[i].size)));
		if (value != tests[i].value) {
			fail_msg("%zu octets: %016lx", tests[i].size, (unsigned long)value);
		}
	}
}

static void each_key_is_another(void **state)
{
	(void)state;
	struct keyed_hash one, other;
	assert_true(keyed_hash_init(&one));
	assert_true(keyed_hash_init(&other));
	assert_memory_not_equal(&one, &other, sizeof(one));
	assert_int_not_equal(keyed_hash(&one, "x", 1), keyed_hash(&other, "x", 1));
	assert_int_equal(keyed_hash(&one, "x", 1), keyed_hash(&one, "x", 1));
	assert_int_equal(keyed_hash(&one, NULL, 0), keyed_hash(&one, "", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_another_implementation),
		cmocka_unit_test(each_key_is_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
