/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/mail/iso_2022_jp.h"

/* Shift_JIS numbers the characters of JIS X 0208 in their order, 188 to a first octet. */
static void every_character(void **state)
{
	(void)state;
	unsigned number = 0;
	for (unsigned row = 0x21; row <= 0x7e; row++) {
		for (unsigned cell = 0x21; cell <= 0x7e; cell++, number++) {
			char text[] = { 0x1b, '$', 'B', (char)row, (char)cell };
			unsigned lead = 0x81 + number / 188;
			unsigned trail = 0x40 + number % 188;
			lead += lead > 0x9f ? 0x40 : 0;
			trail += trail > 0x7e;
			assert_int_equal(iso_2022_jp_to_shift_jis(text, sizeof(text)), 2);
			assert_int_equal((uint8_t)text[0], lead);
			assert_int_equal((uint8_t)text[1], trail);
		}
	}
}

static void escapes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *converted;
	} tests[] = {
		{ "", "" },
		{ "a~", "a~" },
		{ "\033$B!!\033(Ba", "\x81\x40"
		                     "a" },
		{ "\033$@!!\033(Ja", "\x81\x40"
		                     "a" },
		{ "\033(I!~\033(B!", "\xa1\xfe!" },
		/* JIS X 0212 is not read */
		{ "\033$(D!!\"\"", "\xfd\xfd" },
		/* what is no escape, or is cut, is text */
		{ "\033", "\033" },
		{ "\033(", "\033(" },
		{ "\033$", "\033$" },
		{ "\033(A", "\033(A" },
		{ "\033$A", "\033$A" },
		{ "\033$(", "\033$(" },
		{ "\033$(C", "\033$(C" },
		{ "\033-B", "\033-B" },
		/* octets that begin no character, or do not end one */
		{ "\033$B \x7f!!", " \x7f\x81\x40" },
		{ "\033$B! !\x7f!!", "\xfd\xfd\x81\x40" },
		{ "\033$B!", "\xfd" },
		{ "\033(I \x7f", " \x7f" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char text[32];
		size_t size = strlen(tests[i].text);
		memcpy(text, tests[i].text, size);
		size = iso_2022_jp_to_shift_jis(text, size);
		assert_int_equal(size, strlen(tests[i].converted));
		assert_memory_equal(text, tests[i].converted, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character),
		cmocka_unit_test(escapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
