/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/import/clean.h"

#include <stdbool.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"

static const char ELLIPSIS[] = "\xe2\x80\xa6";

size_t clean_character(const char *at, size_t left, uint32_t *code)
{
	size_t size = utf8_decode(at, left, code);
	return size > 0 ? size : 1;
}

/*! \brief Characters that are invisible, or change how a line is displayed. */
static bool is_blank(uint32_t code)
{
	return code == 0x20 || code == 0xa0 || code == 0x3000 || !printable_is(code);
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
		size_t length = utf8_decode(from, size - at, &code);
		step = length > 0 ? length : 1;
		if (is_blank(code)) {
			gap = used > 0;
			continue;
		}
		const char *shown = length > 0 ? from : UTF8_REPLACEMENT_TEXT;
		size_t octets = length > 0 ? length : sizeof(UTF8_REPLACEMENT_TEXT) - 1;
		if (used + gap + octets > most) {
			memcpy(clean + used, ELLIPSIS, sizeof(ELLIPSIS));
			return used + sizeof(ELLIPSIS) - 1;
		}
		if (gap) {
			clean[used++] = ' ';
			gap = false;
		}
		memcpy(clean + used, shown, octets);
		used += octets;
	}
	clean[used] = '\0';
	return used;
}
