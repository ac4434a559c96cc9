/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "rules/lookalike/outline.h"

#define SEED   UINT64_C(0x9e3779b97f4a7c15)
#define ROUNDS 200000

static uint32_t state_of_random = 1;

static uint32_t draw(uint32_t below)
{
	state_of_random = state_of_random * 1664525 + 1013904223;
	return (state_of_random >> 8) % below;
}

/* Characters whose skeletons are merged, others, and one that is not ASCII: U+00F6. */
static uint32_t draw_character(void)
{
	static const uint32_t CHARACTERS[] = { 'r', 'n', 'm', 'v', 'w', 'o', 'i', 'l',
		                               '0', '1', '7', '-', 'a', 'b', 'c', 0xf6 };
	return CHARACTERS[draw(sizeof(CHARACTERS) / sizeof(CHARACTERS[0]))];
}

static void draw_shape(struct shape *shape, uint32_t longest)
{
	shape->count = 1 + draw(longest);
	for (size_t i = 0; i < shape->count; i++) {
		shape->at[i] = draw_character();
	}
}

static void insert(struct shape *shape, size_t at, uint32_t c)
{
	memmove(shape->at + at + 1, shape->at + at, (shape->count - at) * sizeof(c));
	shape->at[at] = c;
	shape->count++;
}

static void drop(struct shape *shape, size_t at)
{
	shape->count--;
	memmove(shape->at + at, shape->at + at + 1, (shape->count - at) * sizeof(shape->at[0]));
}

/* Inserts, drops or changes a character, or swaps two. */
static void misspell(struct shape *shape)
{
	size_t at = draw((uint32_t)shape->count);
	switch (draw(4)) {
	case 0:
		insert(shape, at, draw_character());
		break;
	case 1:
		drop(shape, at);
		break;
	case 2:
		shape->at[at] = draw_character();
		break;
	default:
		if (at + 1 < shape->count) {
			uint32_t c = shape->at[at];
			shape->at[at] = shape->at[at + 1];
			shape->at[at + 1] = c;
		}
	}
}

/* However a label is misspelt, it keeps as many signs at one of its ends as is promised. */
static void misspelt_labels_keep_an_end(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct shape shape;
		struct outline before, after;
		draw_shape(&shape, 14);
		unsigned kept = outline_kept(outline_read_shape(&before, &shape));
		misspell(&shape);
		(void)outline_read_shape(&after, &shape);
		bool found = false;
		for (int back = 0; back < 2; back++) {
			found |= outline_key_end(SEED, &before, back, kept, 5) ==
			         outline_key_end(SEED, &after, back, kept, 5);
		}
		assert_true(found);
	}
}

/* Replaces characters by others of the same skeleton, and inserts hyphens. */
static void disguise(struct shape *shape)
{
	static const char SAME[][2] = { { 'o', '0' }, { 'i', 'l' }, { 'l', '1' }, { '1', 'i' } };
	size_t at = draw((uint32_t)shape->count);
	if (shape->at[at] == 'm' || shape->at[at] == 'w') {
		insert(shape, at + 1, shape->at[at] == 'm' ? 'n' : 'v');
		shape->at[at] = shape->at[at] == 'm' ? 'r' : 'v';
		return;
	}
	for (size_t i = 0; i < sizeof(SAME) / sizeof(SAME[0]); i++) {
		if (shape->at[at] == (uint32_t)SAME[i][0]) {
			shape->at[at] = (uint32_t)SAME[i][1];
			return;
		}
	}
	if (draw(4) == 0) {
		insert(shape, at, '-');
	}
}

static void equal_skeletons_have_equal_keys(void **state)
{
	(void)state;
	int equal = 0;
	for (int i = 0; i < ROUNDS; i++) {
		struct shape shape, one, other;
		struct outline before, after;
		draw_shape(&shape, 14);
		(void)outline_read_shape(&before, &shape);
		shape_skeleton(&one, &shape);
		for (int times = 0; times < 4; times++) {
			disguise(&shape);
		}
		(void)outline_read_shape(&after, &shape);
		shape_skeleton(&other, &shape);
		if (one.count != other.count ||
		    memcmp(one.at, other.at, one.count * sizeof(one.at[0])) != 0) {
			continue; /* `vv` before `v`, which is `w` first and then `v` */
		}
		equal++;
		assert_int_equal(outline_key_whole(SEED, &before), outline_key_whole(SEED, &after));
	}
	assert_in_range(equal, ROUNDS / 2, ROUNDS);
}

/* A label has the outline of its shape. */
static void labels(void **state)
{
	(void)state;
	static const char *const TESTS[] = {
		"",
		"a",
		"o0l1",
		"-",
		"---a---",
		"google",
		"cl0udf1are",
		"xn--1",
		"xn--p1",
		"xn--bcher-kva",
		"\xf6\xe4\xff",
		"rnrnvvw",
		"aaaaaaaaaaaaaaab",
	};
	for (size_t i = 0; i < sizeof(TESTS) / sizeof(TESTS[0]); i++) {
		struct shape shape;
		struct outline one, other;
		shape_read(&shape, (const uint8_t *)TESTS[i], strlen(TESTS[i]));
		(void)outline_read_shape(&one, &shape);
		outline_read(&other, (const uint8_t *)TESTS[i], strlen(TESTS[i]));
		assert_int_equal(one.front, other.front);
		assert_int_equal(one.back, other.back);
	}
}

/* Other signs, another suffix or another end have other keys. */
static void keys_differ(void **state)
{
	(void)state;
	static const char *const TESTS[] = { "google", "gauge", "abc", "abcd", "cba", "ab", "a" };
	uint32_t keys[64];
	size_t count = 0;
	for (size_t i = 0; i < sizeof(TESTS) / sizeof(TESTS[0]); i++) {
		struct outline outline;
		outline_read(&outline, (const uint8_t *)TESTS[i], strlen(TESTS[i]));
		keys[count++] = outline_key_whole(SEED, &outline);
		keys[count++] = outline_key_end(SEED, &outline, false, 3, i);
		keys[count++] = outline_key_end(SEED, &outline, true, 3, i);
		keys[count++] = outline_key_end(SEED + 2, &outline, true, 3, i);
		keys[count++] = outline_key_end(SEED, &outline, false, 2, i);
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			assert_int_not_equal(keys[i], keys[j]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(misspelt_labels_keep_an_end),
		cmocka_unit_test(equal_skeletons_have_equal_keys),
		cmocka_unit_test(labels),
		cmocka_unit_test(keys_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
