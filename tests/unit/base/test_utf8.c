/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>

#include "base/utf8.h"
#include "tests/unit/guard.h"

static void sequences(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t size;
		size_t length;
	} tests[] = {
		/* first and last of each length */
		{ "\0", 1, 1 },
		{ "\x7f", 1, 1 },
		{ "\xc2\x80", 2, 2 },
		{ "\xdf\xbf", 2, 2 },
		{ "\xe0\xa0\x80", 3, 3 },
		{ "\xef\xbf\xbf", 3, 3 },
		{ "\xf0\x90\x80\x80", 4, 4 },
		{ "\xf4\x8f\xbf\xbf", 4, 4 },
		/* around the surrogates */
		{ "\xed\x9f\xbf", 3, 3 },
		{ "\xed\xa0\x80", 3, 0 },
		{ "\xed\xbf\xbf", 3, 0 },
		{ "\xee\x80\x80", 3, 3 },
		/* overlong */
		{ "\xc0\x80", 2, 0 },
		{ "\xc1\xbf", 2, 0 },
		{ "\xe0\x9f\xbf", 3, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0 },
		/* past U+10FFFF */
		{ "\xf4\x90\x80\x80", 4, 0 },
		{ "\xf5\x80\x80\x80", 4, 0 },
		{ "\xff", 1, 0 },
		/* a continuation octet first, or another octet in its place */
		{ "\x80", 1, 0 },
		{ "\xbf\x80", 2, 0 },
		{ "\xc3\x28", 2, 0 },
		{ "\xe2\x82\x28", 3, 0 },
		{ "\xe2\x82\xc0", 3, 0 },
		{ "\xf0\x9f\x92\x28", 4, 0 },
		/* cut */
		{ "\xc3", 1, 0 },
		{ "\xe2\x82", 2, 0 },
		{ "\xf0\x9f\x92", 3, 0 },
		/* octets after it */
		{ "\xc3\xa9\xff", 3, 2 },
		{ "a\xff", 2, 1 },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const uint8_t *bytes = guard_lay(&guard, tests[i].bytes, tests[i].size);
		size_t length = utf8_sequence(bytes, tests[i].size);
		if (length != tests[i].length) {
			fail_msg("row %zu: %zu", i, length);
		}
		uint32_t code;
		assert_int_equal(utf8_decode((const char *)bytes, tests[i].size, &code), length);
		if (length == 0) {
			assert_int_equal(code, UTF8_REPLACEMENT);
		}
	}
	guard_close(&guard);
}

/* Encodes a code point by the definition, RFC 3629 section 3. */
static size_t encode(uint32_t point, uint8_t bytes[4])
{
	static const uint8_t leads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--) {
		bytes[i] = (uint8_t)(0x80 | (point & 0x3f));
		point >>= 6;
	}
	bytes[0] = (uint8_t)(leads[length] | point);
	return length;
}

static void every_code_point(void **state)
{
	(void)state;
	for (uint32_t point = 0; point < 0x110400; point++) {
		uint8_t bytes[4];
		size_t length = encode(point, bytes);
		bool none = point > 0x10ffff || (point >= 0xd800 && point < 0xe000);
		if (utf8_sequence(bytes, length) != (none ? 0 : length)) {
			fail_msg("U+%04X", point);
		}
		uint32_t code;
		(void)utf8_decode((const char *)bytes, length, &code);
		if (code != (none ? UTF8_REPLACEMENT : point)) {
			fail_msg("U+%04X: U+%04X", point, code);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequences),
		cmocka_unit_test(every_code_point),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
