/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/flow_key.h"

static const struct flow_key KEY = {
	.src = { .s6_addr = { [10] = 0xff, 0xff, 192, 0, 2, 1 } },
	.dst = { .s6_addr = { [10] = 0xff, 0xff, 198, 51, 100, 2 } },
	.sport = 40000,
	.dport = 25,
	.protocol = IPPROTO_TCP,
	.network = 7,
};

static void each_end_has_two_names(void **state)
{
	(void)state;
	assert_ptr_equal(&KEY.src, &KEY.client);
	assert_ptr_equal(&KEY.dst, &KEY.server);
	assert_int_equal(KEY.client_port, 40000);
	assert_int_equal(KEY.server_port, 25);
}

static void reversed(void **state)
{
	(void)state;
	const struct flow_key other = flow_key_reverse(&KEY), same = flow_key_reverse(&other);
	assert_memory_equal(&other.src, &KEY.dst, sizeof(KEY.dst));
	assert_memory_equal(&other.dst, &KEY.src, sizeof(KEY.src));
	assert_int_equal(other.sport, KEY.dport);
	assert_int_equal(other.dport, KEY.sport);
	assert_memory_equal(&same, &KEY, sizeof(KEY));
	assert_true(flow_key_equal(&KEY, &KEY));
	assert_true(flow_key_is_reverse(&KEY, &other));
	assert_false(flow_key_equal(&KEY, &other));
	assert_false(flow_key_is_reverse(&KEY, &KEY));
}

/* A change of any member makes another key, in either direction. */
static void every_member_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct flow_key changed = KEY;
		changed.src.s6_addr[15] ^= i == 0;
		changed.dst.s6_addr[0] ^= i == 1;
		changed.sport ^= i == 2;
		changed.dport ^= i == 3;
		changed.protocol ^= i == 4;
		changed.network ^= i == 5;
		const struct flow_key other = flow_key_reverse(&changed);
		if (flow_key_equal(&KEY, &changed) || flow_key_is_reverse(&KEY, &other)) {
			fail_msg("member %zu is not compared", i);
		}
	}
}

static void sorted_is_the_same_for_both_directions(void **state)
{
	(void)state;
	struct flow_key keys[] = { KEY, KEY, KEY };
	keys[1].dst = keys[1].src; /* the ports decide */
	keys[2] = keys[1];
	keys[2].dport = keys[2].sport; /* both ends are the same */
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct flow_key other = flow_key_reverse(&keys[i]);
		const struct flow_key a = flow_key_sorted(&keys[i]), b = flow_key_sorted(&other);
		assert_memory_equal(&a, &b, sizeof(a));
		assert_true(flow_key_equal(&a, &keys[i]) || flow_key_is_reverse(&a, &keys[i]));
	}
	const struct flow_key by_address = flow_key_sorted(&keys[0]);
	const struct flow_key by_port = flow_key_sorted(&keys[1]);
	assert_memory_equal(&by_address, &KEY, sizeof(KEY));
	assert_int_equal(by_port.sport, 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_end_has_two_names),
		cmocka_unit_test(reversed),
		cmocka_unit_test(every_member_counts),
		cmocka_unit_test(sorted_is_the_same_for_both_directions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
