/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/detect/network_numbers.h"

static void kinds_that_separate(void **state)
{
	(void)state;
	static const struct network_id none = { 0 }, tagged = { .vlans = 5 };
	static const struct network_id tunnel = { .tunnels = { 7 } };
	static const struct network_id both = { .vlans = 5, .tunnels = { 7 } };
	static const struct {
		unsigned kinds;
		uint16_t tagged, tunnel, both;
	} tests[] = {
		{ NETWORK_BY_VLAN, 1, 0, 1 },
		{ NETWORK_BY_TUNNEL, 0, 1, 1 },
		{ NETWORK_BY_VLAN | NETWORK_BY_TUNNEL, 1, 2, 3 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct network_numbers *numbers = network_numbers_new(tests[i].kinds);
		assert_non_null(numbers);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(network_numbers_find(numbers, &none), 0);
			assert_int_equal(network_numbers_find(numbers, &tagged), tests[i].tagged);
			assert_int_equal(network_numbers_find(numbers, &tunnel), tests[i].tunnel);
			assert_int_equal(network_numbers_find(numbers, &both), tests[i].both);
		}
		network_numbers_free(numbers);
	}
}

static void labels_of_a_number(void **state)
{
	(void)state;
	static const struct network_id both = { .vlans = 5, .tunnels = { 7, 8 } };
	struct network_numbers *numbers = network_numbers_new(NETWORK_BY_VLAN | NETWORK_BY_TUNNEL);
	assert_null(network_numbers_get(NULL, 0));
	assert_null(network_numbers_get(numbers, 0));
	uint16_t number = network_numbers_find(numbers, &both);
	assert_memory_equal(network_numbers_get(numbers, number), &both, sizeof(both));
	network_numbers_free(numbers);
	numbers = network_numbers_new(NETWORK_BY_VLAN);
	number = network_numbers_find(numbers, &both);
	assert_int_equal(network_numbers_get(numbers, number)->vlans, 5);
	assert_int_equal(network_numbers_get(numbers, number)->tunnels[0], 0);
	network_numbers_free(numbers);
}

/* Each network up to the limit has a number of its own; all others share one. */
static void beyond_the_limit(void **state)
{
	(void)state;
	struct network_numbers *numbers = network_numbers_new(NETWORK_BY_TUNNEL);
	for (uint32_t i = 1; i <= NETWORKS_MAX; i++) {
		const struct network_id id = { .tunnels = { i } };
		assert_int_equal(network_numbers_find(numbers, &id), i);
	}
	assert_int_equal(network_numbers_merged(numbers), 0);
	for (uint32_t i = 1; i <= 3; i++) {
		const struct network_id id = { .tunnels = { NETWORKS_MAX + i } };
		uint16_t number = network_numbers_find(numbers, &id);
		assert_int_equal(number, NETWORKS_MAX + 1);
		assert_true(network_numbers_get(numbers, number)->vlans == NETWORK_OTHERS);
		/* A datagram of which this is known again. */
		assert_int_equal(
		        network_numbers_find(numbers, network_numbers_get(numbers, number)),
		        number);
	}
	assert_int_equal(network_numbers_merged(numbers), 6);
	const struct network_id known = { .tunnels = { 4711 } };
	assert_int_equal(network_numbers_find(numbers, &known), 4711);
	network_numbers_free(numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_that_separate),
		cmocka_unit_test(labels_of_a_number),
		cmocka_unit_test(beyond_the_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
