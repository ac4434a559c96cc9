/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "rules/lookalike/matches.h"

static struct lookalike_match match(uint32_t name, enum lookalike_how how, bool near_suffix)
{
	return (struct lookalike_match){ .name = name, .how = how, .near_suffix = near_suffix };
}

static void assert_names(const struct lookalike_matches *matches, const uint32_t *names,
                         uint32_t count)
{
	assert_int_equal(matches->count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(matches->names[i].name, names[i]);
	}
}

/* First the smallest difference, then the same suffix, then the name that was added first. */
static void closest_first(void **state)
{
	static const uint32_t names[] = { 6, 4, 5, 1, 2, 3 };
	struct lookalike_matches matches = { 0 };
	(void)state;
	lookalike_matches_add(&matches, match(3, LOOKALIKE_STRICT, false));
	lookalike_matches_add(&matches, match(2, LOOKALIKE_LETTER, false));
	lookalike_matches_add(&matches, match(5, LOOKALIKE_LETTER, true));
	lookalike_matches_add(&matches, match(1, LOOKALIKE_LETTER, false));
	lookalike_matches_add(&matches, match(4, LOOKALIKE_LETTER, true));
	lookalike_matches_add(&matches, match(6, LOOKALIKE_NUMBER, false));
	assert_names(&matches, names, 6);
}

static void each_name_once(void **state)
{
	static const uint32_t names[] = { 2, 1, 3 };
	struct lookalike_matches matches = { 0 };
	(void)state;
	lookalike_matches_add(&matches, match(1, LOOKALIKE_DOT, false));
	lookalike_matches_add(&matches, match(2, LOOKALIKE_LETTER, false));
	lookalike_matches_add(&matches, match(3, LOOKALIKE_LETTER, false));
	/* a smaller difference moves the name, a greater or equal one changes nothing */
	lookalike_matches_add(&matches, match(2, LOOKALIKE_SHAPE, true));
	lookalike_matches_add(&matches, match(2, LOOKALIKE_SUFFIX, true));
	lookalike_matches_add(&matches, match(1, LOOKALIKE_DOT, false));
	assert_names(&matches, names, 3);
	assert_int_equal(matches.names[0].how, LOOKALIKE_SHAPE);
	assert_true(matches.names[0].near_suffix);
	assert_int_equal(matches.names[1].how, LOOKALIKE_DOT);
}

static void least_close_is_dropped(void **state)
{
	static const uint32_t names[LOOKALIKE_MATCHES_MAX] = { 20, 1, 2, 3, 4, 5, 6, 7 };
	struct lookalike_matches matches = { 0 };
	(void)state;
	for (uint32_t i = 1; i <= LOOKALIKE_MATCHES_MAX; i++) {
		lookalike_matches_add(&matches, match(i, LOOKALIKE_LETTER, false));
	}
	lookalike_matches_add(&matches, match(9, LOOKALIKE_LETTER, false));
	assert_int_equal(matches.names[LOOKALIKE_MATCHES_MAX - 1].name, LOOKALIKE_MATCHES_MAX);
	lookalike_matches_add(&matches, match(20, LOOKALIKE_NUMBER, false));
	assert_names(&matches, names, LOOKALIKE_MATCHES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closest_first),
		cmocka_unit_test(each_name_once),
		cmocka_unit_test(least_close_is_dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
