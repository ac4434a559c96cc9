/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/utf8.h"

/* The bounds of the second octet are those of table 3-7 of the Unicode standard. */
size_t utf8_sequence(const uint8_t *bytes, size_t size)
{
	uint8_t lead = bytes[0];
	uint8_t low = 0x80;
	uint8_t high = 0xbf;
	size_t length;

	if (lead < 0x80) {
		return 1;
	}
	if (lead >= 0xc2 && lead <= 0xdf) {
		length = 2;
	} else if (lead >= 0xe0 && lead <= 0xef) {
		length = 3;
		low = lead == 0xe0 ? 0xa0 : low;
		high = lead == 0xed ? 0x9f : high;
	} else if (lead >= 0xf0 && lead <= 0xf4) {
		length = 4;
		low = lead == 0xf0 ? 0x90 : low;
		high = lead == 0xf4 ? 0x8f : high;
	} else {
		return 0;
	}
	if (size < length || bytes[1] < low || bytes[1] > high) {
		return 0;
	}
	for (size_t i = 2; i < length; i++) {
		if (!utf8_is_continuation((char)bytes[i])) {
			return 0;
		}
	}
	return length;
}

size_t utf8_decode(const char *text, size_t size, uint32_t *code)
{
	/* The bits of the code point in the first octet of a sequence, by the length of the
	 * sequence. */
	static const uint8_t LEAD[] = { [1] = 0x7f, [2] = 0x1f, [3] = 0x0f, [4] = 0x07 };
	const uint8_t *bytes = (const uint8_t *)text;
	size_t length = utf8_sequence(bytes, size);
	if (length == 0) {
		*code = UTF8_REPLACEMENT;
		return 0;
	}
	*code = bytes[0] & LEAD[length];
	for (size_t i = 1; i < length; i++) {
		*code = *code << 6 | (bytes[i] & 0x3f);
	}
	return length;
}
