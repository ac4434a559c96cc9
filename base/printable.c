/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/printable.h"

#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

struct range {
	uint32_t first, last;
};

/* Characters that are escaped, in order. In Unicode 15 these are the categories Cc and Cf, the
 * separators Zl and Zp, Default_Ignorable_Code_Point, and code points that are not characters. */
static const struct range HIDDEN[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f },    { 0x00ad, 0x00ad },   { 0x034f, 0x034f },
	{ 0x0600, 0x0605 },   { 0x061c, 0x061c },    { 0x06dd, 0x06dd },   { 0x070f, 0x070f },
	{ 0x0890, 0x0891 },   { 0x08e2, 0x08e2 },    { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },   { 0x200b, 0x200f },    { 0x2028, 0x202e },   { 0x2060, 0x206f },
	{ 0x3164, 0x3164 },   { 0xfdd0, 0xfdef },    { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },    { 0xfffe, 0xffff },   { 0x110bd, 0x110bd },
	{ 0x110cd, 0x110cd }, { 0x13430, 0x1343f },  { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff }, { 0xf0000, 0x10ffff },
};

bool printable_is(uint32_t code)
{
	size_t low = 0, high = sizeof(HIDDEN) / sizeof(HIDDEN[0]);
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (code > HIDDEN[middle].last) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low == sizeof(HIDDEN) / sizeof(HIDDEN[0]) || code < HIDDEN[low].first;
}

/* Writes a number of four to six hex digits. */
static char *put_code(char *at, uint32_t code)
{
	static const char digits[] = "0123456789abcdef";
	for (int shift = code > 0xfffff ? 20 : code > 0xffff ? 16 : 12; shift >= 0; shift -= 4) {
		*at++ = digits[code >> shift & 0xf];
	}
	return at;
}

static size_t show_octet(char *shown, uint8_t octet)
{
	shown[0] = '\\';
	shown[1] = 'x';
	return (size_t)(text_hex(shown + 2, &octet, 1) - shown);
}

size_t printable_next(const char *text, size_t size, char shown[PRINTABLE_MAX], size_t *used)
{
	uint32_t code;
	*used = utf8_decode(text, size, &code);
	if (*used <= 1 && (*used == 0 || !printable_is(code))) {
		*used = 1;
		return show_octet(shown, (uint8_t)*text);
	}
	if (printable_is(code)) {
		memcpy(shown, text, *used);
		return *used;
	}
	memcpy(shown, "\\u{", 3);
	char *at = put_code(shown + 3, code);
	*at++ = '}';
	return (size_t)(at - shown);
}

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f;
}

/* Returns the number of ASCII octets at the start that need no escape. */
static size_t plain_size(const char *text, size_t size)
{
	size_t plain = 0;
	while (plain < size && is_plain(text[plain])) {
		plain++;
	}
	return plain;
}

void printable_put(struct writer *out, const char *text, size_t size)
{
	char shown[PRINTABLE_MAX];
	size_t used;
	for (size_t at = 0; at < size;) {
		size_t plain = plain_size(text + at, size - at);
		writer_put(out, text + at, plain);
		at += plain;
		if (at < size) {
			writer_put(out, shown, printable_next(text + at, size - at, shown, &used));
			at += used;
		}
	}
}

/* A character beyond U+FFFF becomes a surrogate pair (RFC 8259 section 7). */
static void put_json_escape(struct writer *out, uint32_t code)
{
	char escape[12] = "\\u";
	char *at = escape + 2;
	if (code > 0xffff) {
		at = put_code(at, 0xd800 + ((code - 0x10000) >> 10));
		*at++ = '\\';
		*at++ = 'u';
		code = 0xdc00 + ((code - 0x10000) & 0x3ff);
	}
	at = put_code(at, code);
	writer_put(out, escape, (size_t)(at - escape));
}

/* C0 control characters can only be blanks between tokens, because JSON requires escapes for all
 * others. */
static size_t put_json_character(struct writer *out, const char *json, size_t size)
{
	uint32_t code;
	size_t used = utf8_decode(json, size, &code);
	if (used > 0 && printable_is(code)) {
		writer_put(out, json, used);
	} else if (used > 0 && code < 0x20) {
		writer_char(out, ' ');
	} else {
		put_json_escape(out, code);
	}
	return used > 0 ? used : 1;
}

void printable_put_json(struct writer *out, const char *json, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t plain = plain_size(json + at, size - at);
		writer_put(out, json + at, plain);
		at += plain;
		if (at < size) {
			at += put_json_character(out, json + at, size - at);
		}
	}
}
