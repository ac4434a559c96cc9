/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/utf8.h"
#include "rules/lookalike/shape.h"

/*! \brief Reads a label of UTF-8 as its characters. */
static struct shape read_label(const char *text)
{
	struct shape shape = { .count = 0 };
	size_t size = strlen(text);
	for (size_t at = 0, step; at < size; at += step) {
		step = utf8_decode(text + at, size - at, &shape.at[shape.count++]);
		assert_true(step > 0);
	}
	return shape;
}

static void equal_skeletons(void **state)
{
	static const char *const tests[][2] = {
		/* ASCII */
		{ "google", "g00gle" },
		{ "mail", "rna1l" },
		{ "www", "vvvvvv" },
		{ "paypal", "paypai" },
		{ "aws-dns", "awsdns" },
		/* scripts that have letters of Latin shape */
		{ "paypal", "раураӏ" },
		{ "google", "gοοgle" },
		{ "uno", "սոօ" },
		{ "apple", "ꓮꓑꓑꓡꓰ" },
		{ "yahoo", "γah໐०" },
		/* marks, whether composed or not; hooks and strokes, which do not decompose */
		{ "cafe", "çáƒé" },
		{ "cafe", "cafe\xcc\x81" },
		{ "boat", "ɓøąŧ" },
		{ "ring", "ʀɪɴɢ" },
		{ "mww", "мшщ" },
		/* compatibility forms */
		{ "example", "ｅｘａｍｐｌｅ" },
		{ "bank", "𝓫𝓪𝓷𝓴" },
		{ "bank1", "ⓑⓐⓝⓚ①" },
		/* hyphens */
		{ "aws-dns", "aws\xe2\x80\x90"
		             "dns" },
		{ "aws-dns", "aws\xe3\x83\xbc"
		             "dns" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct shape skeletons[2];
		for (int j = 0; j < 2; j++) {
			struct shape shape = read_label(tests[i][j]);
			shape_skeleton(&skeletons[j], &shape);
		}
		if (skeletons[0].count != skeletons[1].count ||
		    memcmp(skeletons[0].at, skeletons[1].at,
		           skeletons[0].count * sizeof(skeletons[0].at[0])) != 0) {
			fail_msg("%s and %s differ", tests[i][0], tests[i][1]);
		}
	}
}

/*! \brief The borders of the table: nothing before, between and after its runs is changed. */
static void other_characters_stay(void **state)
{
	static const uint32_t tests[] = { '!', 0x7f, 0x80, 0xa1, 0x00a3, 0x4e00, 0xac00, 0x10ffff };
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct shape shape = { .count = 1, .at = { tests[i] } };
		struct shape skeleton;
		shape_skeleton(&skeleton, &shape);
		assert_int_equal(skeleton.count, 1);
		assert_int_equal(skeleton.at[0], tests[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_skeletons),
		cmocka_unit_test(other_characters_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
