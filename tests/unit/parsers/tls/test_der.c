/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "parsers/tls/der.h"
#include "tests/unit/guard.h"

static void elements(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t size;
		bool is_element;
		uint8_t tag;
		size_t length;
		bool cut;
	} tests[] = {
#define BYTES(text) text, sizeof(text) - 1
		{ BYTES(""), false, 0, 0, false },
		{ BYTES("\x30"), false, 0, 0, false },
		{ BYTES("\x30\0"), true, 0x30, 0, false },
		{ BYTES("\x30\1x"), true, 0x30, 1, false },
		{ BYTES("\x30\2xyz"), true, 0x30, 2, false },
		{ BYTES("\x30\2x"), true, 0x30, 1, true },
		/* tags of several octets are not read */
		{ BYTES("\x1e\0"), true, 0x1e, 0, false },
		{ BYTES("\x1f\0"), false, 0, 0, false },
		{ BYTES("\x3f\0"), false, 0, 0, false },
		{ BYTES("\xbe\0"), true, 0xbe, 0, false },
		{ BYTES("\xbf\0"), false, 0, 0, false },
		/* lengths of several octets */
		{ BYTES("\x30\x7fx"), true, 0x30, 1, true },
		{ BYTES("\x30\x80x"), false, 0, 0, false },
		{ BYTES("\x30\x81\1xy"), true, 0x30, 1, false },
		{ BYTES("\x30\x82\0\1xy"), true, 0x30, 1, false },
		{ BYTES("\x30\x82\1\0x"), true, 0x30, 1, true },
		{ BYTES("\x30\x83\0\0\1xy"), true, 0x30, 1, false },
		{ BYTES("\x30\x84\0\0\0\1xy"), false, 0, 0, false },
		{ BYTES("\x30\x82\0"), false, 0, 0, false },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct der element;
		const uint8_t *bytes = guard_lay(&guard, tests[i].bytes, tests[i].size);
		struct cursor in = cursor_init(bytes, tests[i].size);
		bool is_element = der_next(&in, &element);
		if (is_element != tests[i].is_element ||
		    (is_element && (element.tag != tests[i].tag || element.cut != tests[i].cut ||
		                    cursor_left(&element.value) != tests[i].length))) {
			fail_msg("row %zu: %d, %zu octets", i, is_element,
			         cursor_left(&element.value));
		}
	}
	guard_close(&guard);
}

static void enters(void **state)
{
	(void)state;
	static const uint8_t bytes[] = { 0x30, 3, 4, 1, 'x', 0x31, 0 };
	struct cursor in = cursor_init(bytes, sizeof(bytes));
	struct cursor outer, inner;
	assert_true(der_enter(&in, DER_SEQUENCE, &outer));
	assert_int_equal(cursor_left(&in), 2);
	assert_false(der_enter(&in, DER_SEQUENCE, &inner));
	assert_int_equal(cursor_left(&in), 0);
	assert_false(der_enter(&in, DER_SET, &inner));
	assert_true(der_enter(&outer, DER_OCTET_STRING, &inner));
	assert_int_equal(cursor_left(&inner), 1);
	assert_int_equal(cursor_u8(&inner), 'x');
}

static void compares(void **state)
{
	(void)state;
	struct cursor value = cursor_init((const uint8_t *)"abc", 3);
	assert_true(der_is(&value, "abc", 3));
	assert_false(der_is(&value, "abd", 3));
	assert_false(der_is(&value, "ab", 2));
	assert_false(der_is(&value, "abcd", 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements),
		cmocka_unit_test(enters),
		cmocka_unit_test(compares),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
