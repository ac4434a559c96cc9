/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/clean.h"

#include <stdbool.h>
#include <string.h>

#define REPLACEMENT 0xfffd

static const char ELLIPSIS[] = "\xe2\x80\xa6";

/*! \brief Octets of the sequence that a first octet announces, and its bits of the code point. */
static size_t announced(uint8_t first, uint32_t *code)
{
	if (first >= 0xc2 && first <= 0xdf) {
		*code = first & 0x1f;
		return 2;
	}
	if (first >= 0xe0 && first <= 0xef) {
		*code = first & 0x0f;
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		*code = first & 0x07;
		return 4;
	}
	return 0;
}

size_t clean_character(const char *at, size_t left, uint32_t *code)
{
	static const uint32_t LEAST[] = { [2] = 0x80, [3] = 0x800, [4] = 0x10000 };
	uint32_t value = 0;
	uint8_t first = (uint8_t)at[0];
	*code = first;
	if (first < 0x80) {
		return 1;
	}
	*code = REPLACEMENT;
	size_t size = announced(first, &value);
	if (size == 0 || size > left) {
		return 1;
	}
	for (size_t i = 1; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			return 1;
		}
		value = value << 6 | ((uint8_t)at[i] & 0x3f);
	}
	bool surrogate = value >= 0xd800 && value <= 0xdfff;
	if (value < LEAST[size] || value > 0x10ffff || surrogate) {
		return 1;
	}
	*code = value;
	return size;
}

/*! \brief What shows as nothing, or makes a line show as another than it is. */
static bool is_blank(uint32_t code)
{
	return code <= 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0x3000 || code == 0xfeff ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

size_t clean_text(const char *text, size_t size, char clean[CLEAN_SIZE])
{
	const size_t most = CLEAN_SIZE - sizeof(ELLIPSIS);
	size_t used = 0;
	bool gap = false;
	size_t step;
	for (size_t at = 0; at < size; at += step) {
		uint32_t code;
		const char *from = text + at;
		step = clean_character(from, size - at, &code);
		if (is_blank(code)) {
			gap = used > 0;
			continue;
		}
		bool broken = code == REPLACEMENT && step == 1;
		size_t octets = broken ? 3 : step;
		if (used + gap + octets > most) {
			memcpy(clean + used, ELLIPSIS, sizeof(ELLIPSIS));
			return used + sizeof(ELLIPSIS) - 1;
		}
		if (gap) {
			clean[used++] = ' ';
			gap = false;
		}
		memcpy(clean + used, broken ? "\xef\xbf\xbd" : from, octets);
		used += octets;
	}
	clean[used] = '\0';
	return used;
}
