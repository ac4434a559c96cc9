/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "rules/lookalike/deletion_keys.h"

#define SEED   UINT64_C(0x9e3779b97f4a7c15)
#define SUFFIX UINT64_C(0x123456789abcdef)

static struct shape shape_of(const char *text)
{
	struct shape shape;
	shape_read(&shape, (const uint8_t *)text, strlen(text));
	return shape;
}

static uint32_t label(const char *text)
{
	struct shape shape = shape_of(text);
	return deletion_key_of_label(SEED, &shape, SUFFIX);
}

static size_t letters(const char *text, uint32_t deletion_keys[SHAPE_MAX + 1])
{
	struct shape shape = shape_of(text);
	return deletion_keys_of_letters(SEED, &shape, SUFFIX, deletion_keys);
}

/* With a digit in place of each number, `left` lists what is left of a label. */
static void letters_left_out(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *left[6];
		size_t count;
	} tests[] = {
		{ "", { "" }, 1 },
		{ "a", { "a", "" }, 2 },
		{ "abcd", { "abcd", "bcd", "acd", "abd", "abc" }, 5 },
		{ "ab12", { "ab1", "b1", "a1", "ab" }, 4 },
		{ "1234", { "1", "" }, 2 },
		/* two numbers become one when nothing is left between them */
		{ "1a23", { "1a1", "a1", "1", "1a" }, 4 },
		{ "x9a9y", { "x9a9y", "9a9y", "xa9y", "x9y", "x9ay", "x9a9" }, 6 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		uint32_t deletion_keys[SHAPE_MAX + 1];
		assert_int_equal(letters(tests[i].label, deletion_keys), tests[i].count);
		for (size_t at = 0; at < tests[i].count; at++) {
			if (deletion_keys[at] != label(tests[i].left[at])) {
				fail_msg("%s: not %s", tests[i].label, tests[i].left[at]);
			}
		}
	}
}

/* The longest label, each of its characters left out. */
static void longest_label(void **state)
{
	(void)state;
	char text[SHAPE_MAX + 1] = "";
	uint32_t deletion_keys[SHAPE_MAX + 1];
	for (size_t i = 0; i < SHAPE_MAX; i++) {
		text[i] = (char)('a' + i % 26);
	}
	assert_int_equal(letters(text, deletion_keys), SHAPE_MAX + 1);
	for (size_t i = 0; i < SHAPE_MAX; i++) {
		char left[SHAPE_MAX + 1];
		memcpy(left, text, i);
		memcpy(left + i, text + i + 1, SHAPE_MAX - i);
		assert_int_equal(deletion_keys[1 + i], label(left));
	}
}

static uint32_t text(const char *text)
{
	uint64_t hashes[DNS_NAME_MAX];
	deletion_key_hash_ends(SEED, (const uint8_t *)text, strlen(text), hashes);
	return deletion_key_of_text(hashes[0]);
}

/* Each end of a text has the hash of the same text alone; a run of digits is one character. */
static void ends_of_a_text(void **state)
{
	(void)state;
	static const char TEXT[] = "ns123example45com";
	uint64_t hashes[DNS_NAME_MAX];
	deletion_key_hash_ends(SEED, (const uint8_t *)TEXT, strlen(TEXT), hashes);
	for (size_t i = 0; i <= strlen(TEXT); i++) {
		assert_int_equal(deletion_key_of_text(hashes[i]), text(TEXT + i));
	}
	assert_int_equal(text("a1b"), text("a92b"));
	assert_int_not_equal(text("a1b"), text("ab"));
}

/* Keys of different texts differ, although their hashes are made in the same way. */
static void keys_differ(void **state)
{
	(void)state;
	static const char *const TEXTS[] = { "", "a", "b", "ab", "ba", "a1", "1a", "abc", "acb" };
	enum { COUNT = sizeof(TEXTS) / sizeof(TEXTS[0]) };
	uint32_t deletion_keys[1 + 4 * COUNT];
	size_t count = 0;
	deletion_keys[count++] = deletion_key_of_suffix(SUFFIX);
	for (size_t i = 0; i < COUNT; i++) {
		struct shape shape = shape_of(TEXTS[i]);
		deletion_keys[count++] = label(TEXTS[i]);
		deletion_keys_of_skeleton(SEED, &shape, SUFFIX, deletion_keys + count);
		count += 2;
		deletion_keys[count++] = text(TEXTS[i]);
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			assert_int_not_equal(deletion_keys[i], deletion_keys[j]);
		}
	}
}

/* Suffix and seed matter, save that of a skeleton anywhere the suffix does not. */
static void suffix_and_seed(void **state)
{
	(void)state;
	struct shape shape = shape_of("example");
	uint32_t a[2];
	uint32_t b[2];
	deletion_keys_of_skeleton(SEED, &shape, SUFFIX, a);
	deletion_keys_of_skeleton(SEED, &shape, SUFFIX + 1, b);
	assert_int_not_equal(a[0], b[0]);
	assert_int_equal(a[1], b[1]);
	deletion_keys_of_skeleton(SEED + 2, &shape, SUFFIX, b);
	assert_int_not_equal(a[0], b[0]);
	assert_int_not_equal(a[1], b[1]);
	assert_int_not_equal(label("example"), deletion_key_of_label(SEED, &shape, SUFFIX + 1));
	assert_int_not_equal(deletion_key_of_suffix(SUFFIX), deletion_key_of_suffix(SUFFIX + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_left_out), cmocka_unit_test(longest_label),
		cmocka_unit_test(ends_of_a_text),   cmocka_unit_test(keys_differ),
		cmocka_unit_test(suffix_and_seed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
