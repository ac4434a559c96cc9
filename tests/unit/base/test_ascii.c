/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <ctype.h>

#include "base/ascii.h"

/* The program never calls setlocale(): the classes of <ctype.h> are those of ASCII. */
static void every_octet(void **state)
{
	(void)state;
	for (int octet = 0; octet < 256; octet++) {
		char c = (char)octet;
		assert_int_equal(ascii_is_lower(c), islower(octet) != 0);
		assert_int_equal(ascii_is_upper(c), isupper(octet) != 0);
		assert_int_equal(ascii_is_letter(c), isalpha(octet) != 0);
		assert_int_equal(ascii_is_digit(c), isdigit(octet) != 0);
		assert_int_equal(ascii_is_alphanumeric(c), isalnum(octet) != 0);
		assert_int_equal(ascii_is_blank(c), isblank(octet) != 0);
		assert_int_equal((unsigned char)ascii_lower(c), tolower(octet));
		assert_int_equal(ascii_hex_value(c) >= 0, isxdigit(octet) != 0);
	}
}

static void line_ends_are_space(void **state)
{
	(void)state;
	assert_true(ascii_is_space(' ') && ascii_is_space('\t'));
	assert_true(ascii_is_space('\r') && ascii_is_space('\n'));
	assert_false(ascii_is_space('\v') || ascii_is_space('\f') || ascii_is_space('\0'));
}

static void hex_values(void **state)
{
	(void)state;
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	for (int i = 0; i < 16; i++) {
		assert_int_equal(ascii_hex_value(lower[i]), i);
		assert_int_equal(ascii_hex_value(upper[i]), i);
	}
}

static void spans(void **state)
{
	(void)state;
	assert_int_equal(ascii_span("123a", ascii_is_digit), 3);
	assert_int_equal(ascii_span("123", ascii_is_digit), 3);
	assert_int_equal(ascii_span("a1", ascii_is_digit), 0);
	assert_int_equal(ascii_span("", ascii_is_digit), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_octet),
		cmocka_unit_test(line_ends_are_space),
		cmocka_unit_test(hex_values),
		cmocka_unit_test(spans),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
