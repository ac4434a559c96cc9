/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/words.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

/*! \brief Returns true if each of eight octets is printable ASCII. */
static bool are_printable(const char *octets)
{
	static const uint64_t HIGH = UINT64_C(0x8080808080808080);
	uint64_t word;
	memcpy(&word, octets, sizeof(word));
	/* Bit 7 of an octet means that it is above 0x7f. Bit 7 of the sums means that the octet is
	 * 0x7f, or that it is at least 0x20. */
	uint64_t low = word & ~HIGH;
	uint64_t is_delete = (low + UINT64_C(0x0101010101010101)) & HIGH;
	uint64_t is_visible = (low + UINT64_C(0x6060606060606060)) & HIGH;
	return ((word & HIGH) | is_delete) == 0 && is_visible == HIGH;
}

/*!
 * \brief Returns the number of printable ASCII octets at the beginning. Most lines have no other
 *        octets.
 */
static size_t printable(const char *line, size_t size)
{
	size_t at = 0;
	while (size - at >= sizeof(uint64_t) && are_printable(line + at)) {
		at += sizeof(uint64_t);
	}
	while (at < size && line[at] >= 0x20 && line[at] < 0x7f) {
		at++;
	}
	return at;
}

const char *words_check(const char *line, size_t size, size_t *column)
{
	const uint8_t *octets = (const uint8_t *)line;
	size_t step;
	*column = 1;
	size_t plain = printable(line, size);
	*column += plain;
	for (size_t at = plain; at < size; at += step, (*column)++) {
		step = utf8_sequence(octets + at, size - at);
		if (step == 0) {
			return "this is not UTF-8: save the file in UTF-8";
		}
		/* Texts of events are shown on terminals, which control characters would affect. */
		if ((octets[at] < 0x20 && octets[at] != '\t') || octets[at] == 0x7f) {
			return "the line has a control character: is this a text file in UTF-8?";
		}
	}
	return NULL;
}

void words_begin(struct words *words, const char *line, size_t size)
{
	words->line = line;
	words->size = size;
	words->pos = 0;
	words->column = 1;
	words->used = 0;
}

static char take(struct words *words)
{
	char c = words->line[words->pos++];
	/* Continuation octets belong to the character before them. */
	if (words->pos == words->size || !utf8_is_continuation(words->line[words->pos])) {
		words->column++;
	}
	return c;
}

/*!
 * \brief The bits of characters that are copied unchanged: outside of quotes, and inside of quotes.
 */
enum { RUN_BARE = 1, RUN_QUOTED = 2 };

static const uint8_t RUNS[256] = {
	[' '] = RUN_QUOTED,
	['!'] = RUN_BARE | RUN_QUOTED,
	['#' ... '['] = RUN_BARE | RUN_QUOTED,
	['\\'] = RUN_BARE,
	[']' ... '~'] = RUN_BARE | RUN_QUOTED,
};

/*!
 * \brief Copies a run of characters except for the last one, whose column depends on the octet
 *        after it.
 */
static void take_run(struct words *words, uint8_t run)
{
	const uint8_t *from = (const uint8_t *)words->line + words->pos;
	const uint8_t *end = (const uint8_t *)words->line + words->size;
	const uint8_t *at = from;
	while (at < end && (RUNS[*at] & run) != 0) {
		at++;
	}
	size_t size = (size_t)(at - from);
	size -= size > 0;
	memcpy(words->buffer + words->used, from, size);
	words->used += size;
	words->pos += size;
	words->column += size;
}

static int take_quoted(struct words *words, struct word *word)
{
	size_t column = words->column - 1;
	while (words->pos < words->size) {
		take_run(words, RUN_QUOTED);
		char c = take(words);
		if (c == '"') {
			return 0;
		}
		bool more = words->pos < words->size;
		if (c == '\\' && more &&
		    (words->line[words->pos] == '"' || words->line[words->pos] == '\\')) {
			c = take(words);
		}
		words->buffer[words->used++] = c;
	}
	word->column = column;
	return -1;
}

int words_next(struct words *words, struct word *word)
{
	while (words->pos < words->size && ascii_is_blank(words->line[words->pos])) {
		take(words);
	}
	if (words->pos == words->size || words->line[words->pos] == '#') {
		return 0;
	}
	size_t start = words->pos;
	size_t text = words->used;
	word->column = words->column;
	word->quoted = words->line[start] == '"';
	while (words->pos < words->size && !ascii_is_blank(words->line[words->pos])) {
		take_run(words, RUN_BARE);
		char c = take(words);
		if (c != '"') {
			words->buffer[words->used++] = c;
		} else if (take_quoted(words, word) != 0) {
			return -1;
		}
	}
	word->raw = words->line + start;
	word->raw_size = words->pos - start;
	word->text = words->buffer + text;
	word->size = words->used - text;
	words->buffer[words->used++] = '\0';
	return 1;
}
