/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "rules/index/names.h"

#define WIRE(text) (const uint8_t *)(text), sizeof(text)

/* Before and after all names are known to be there, the same is found. */
static void walks_from_the_longest(void **state)
{
	(void)state;
	struct names names = { .sizes = { 0 } };
	assert_int_equal(names_add(&names, WIRE("\3com")), 0);
	assert_int_equal(names_add(&names, WIRE("\7example\3com")), 1);
	assert_int_equal(names_add(&names, WIRE("\1a\1b\7example\3com")), 2);
	static const struct {
		const char *wire;
		size_t size;
		uint32_t found[4];
		bool whole;
	} tests[] = {
		{ "\1a\1b\7example\3com", 17, { 2, 1, 0, INTERN_NONE }, true },
		{ "\1b\7example\3com", 15, { 1, 0, INTERN_NONE }, false },
		{ "\7example\3com", 13, { 1, 0, INTERN_NONE }, true },
		{ "\3org", 5, { INTERN_NONE }, false },
		/* label borders */
		{ "\10xexample\3com", 14, { 0, INTERN_NONE }, false },
		{ "\7example\3com\1x", 15, { INTERN_NONE }, false },
		{ "\13example.com", 13, { INTERN_NONE }, false },
		/* the root, and what is no name */
		{ "", 1, { INTERN_NONE }, false }, /* although it is stored */
		{ "", 0, { INTERN_NONE }, false },
		{ "\7example\3com", 12, { INTERN_NONE }, false },
		{ "\7example\3com\0", 14, { INTERN_NONE }, false },
		{ "\77example\3com", 13, { INTERN_NONE }, false },
		{ "\300\14", 3, { INTERN_NONE }, false },
	};
	const size_t count = sizeof(tests) / sizeof(tests[0]);
	for (size_t round = 0; round < 2 * count; round++) {
		size_t i = round % count;
		if (round == count) {
			assert_int_equal(names_close(&names, NULL, NULL), 0);
		}
		struct names_walk walk = names_walk_init(&names, (const uint8_t *)tests[i].wire,
		                                         tests[i].size, NULL);
		size_t at = 0;
		if (tests[i].found[0] != INTERN_NONE) {
			assert_true(names_may_know(&names, walk.wire, walk.size, NULL));
		}
		do {
			uint32_t found = names_walk_next(&walk);
			if (found != tests[i].found[at]) {
				fail_msg("row %zu: %u is number %zu", i, found, at);
			}
			if (at == 0 && found != INTERN_NONE) {
				assert_int_equal(walk.whole, tests[i].whole);
			} else if (found != INTERN_NONE) {
				assert_false(walk.whole);
			}
		} while (tests[i].found[at++] != INTERN_NONE);
	}
	names_free(&names);
}

/* Names with a home of two labels, of three, and of fewer. */
static void found_below_anything(void **state)
{
	(void)state;
	static const struct {
		const char *name, *below;
		size_t size, below_size;
	} tests[] = {
#define ROW(name, front) { name, front name, sizeof(name), sizeof(front name) }
		ROW("\3com", "\1a"),
		ROW("\2uk", "\2co"),
		ROW("\2co\2uk", "\1a"),
		ROW("\2co\2uk", "\1a\1b\1c"),
		ROW("\1a\2co\2uk", "\1b"),
		ROW("\1b\1a\2co\2uk", "\1c\1d"),
		ROW("\4four\2de", "\3www"),
		ROW("\3www\4four\2de", "\1a"),
		ROW("\3www\3abc\3com", "\1a\1b\1c\1d"),
#undef ROW
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct names names = { .sizes = { 0 } };
		const uint8_t *name = (const uint8_t *)tests[i].name;
		const uint8_t *below = (const uint8_t *)tests[i].below;
		assert_int_equal(names_add(&names, name, tests[i].size), 0);
		assert_int_equal(names_close(&names, NULL, NULL), 0);
		struct names_walk walk = names_walk_init(&names, name, tests[i].size, NULL);
		assert_true(names_may_know(&names, name, tests[i].size, NULL));
		assert_true(names_may_know(&names, below, tests[i].below_size, NULL));
		assert_int_equal(names_walk_next(&walk), 0);
		assert_true(walk.whole);
		walk = names_walk_init(&names, below, tests[i].below_size, NULL);
		assert_int_equal(names_walk_next(&walk), 0);
		assert_false(walk.whole);
		names_free(&names);
	}
}

/* Of a thousand domains only that of the one known name may be known; the root and
 * invalid names never are. */
static void most_are_not_known(void **state)
{
	(void)state;
	struct names names = { .sizes = { 0 } };
	char wire[] = "\3www\10dom00000\3com";
	const uint8_t *bytes = (const uint8_t *)wire;
	unsigned known = 0;
	assert_int_equal(names_add(&names, bytes, sizeof(wire)), 0);
	assert_int_equal(names_add(&names, WIRE("\11localhost")), 1);
	assert_int_equal(names_close(&names, NULL, NULL), 0);
	for (unsigned i = 0; i < 1000; i++) {
		(void)sprintf(wire + 8, "%05u", i);
		wire[13] = 3;
		known += names_may_know(&names, bytes, sizeof(wire), NULL);
	}
	assert_in_range(known, 1, 3);
	assert_false(names_may_know(&names, WIRE(""), NULL));
	assert_false(names_may_know(&names, bytes, sizeof(wire) - 1, NULL));
	names_free(&names);
}

static void longest_name(void **state)
{
	(void)state;
	struct names names = { .sizes = { 0 } };
	uint8_t wire[DNS_NAME_MAX + 2] = { 0 };
	/* 127 labels of one octet are 255 octets. */
	for (size_t i = 0; i < DNS_NAME_LABELS_MAX; i++) {
		wire[2 * i] = 1;
		wire[2 * i + 1] = 'a';
	}
	assert_int_equal(names_add(&names, wire, DNS_NAME_MAX), 0);
	assert_int_equal(names_close(&names, NULL, NULL), 0);
	struct names_walk walk = names_walk_init(&names, wire, DNS_NAME_MAX, NULL);
	assert_int_equal(names_walk_next(&walk), 0);
	assert_int_equal(names_walk_next(&walk), INTERN_NONE);
	/* 256 octets */
	wire[0] = 2;
	memmove(wire + 2, wire + 1, DNS_NAME_MAX - 1);
	walk = names_walk_init(&names, wire, DNS_NAME_MAX + 1, NULL);
	assert_int_equal(names_walk_next(&walk), INTERN_NONE);
	assert_int_equal(names_add(&names, wire, DNS_NAME_MAX + 1), INTERN_NONE);
	names_free(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_from_the_longest),
		cmocka_unit_test(found_below_anything),
		cmocka_unit_test(most_are_not_known),
		cmocka_unit_test(longest_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
