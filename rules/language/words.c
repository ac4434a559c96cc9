/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/words.h"

#include <stdint.h>

/*! \brief Octets of the UTF-8 character at `at`; 0 when there is none (RFC 3629 section 4). */
static size_t character(const uint8_t *at, size_t left)
{
	uint8_t low = 0x80;
	uint8_t high = 0xbf;
	size_t size;
	if (at[0] < 0x80) {
		return 1;
	}
	if (at[0] >= 0xc2 && at[0] <= 0xdf) {
		size = 2;
	} else if (at[0] >= 0xe0 && at[0] <= 0xef) {
		size = 3;
		low = at[0] == 0xe0 ? 0xa0 : low;
		high = at[0] == 0xed ? 0x9f : high;
	} else if (at[0] >= 0xf0 && at[0] <= 0xf4) {
		size = 4;
		low = at[0] == 0xf0 ? 0x90 : low;
		high = at[0] == 0xf4 ? 0x8f : high;
	} else {
		return 0;
	}
	if (size > left || at[1] < low || at[1] > high) {
		return 0;
	}
	for (size_t i = 2; i < size; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return size;
}

/*! \brief Printable ASCII octets at the beginning: most lines are nothing else. */
static size_t printable(const char *line, size_t size)
{
	size_t at = 0;
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
		step = character(octets + at, size - at);
		if (step == 0) {
			return "not UTF-8; save the file with that encoding";
		}
		/* Event texts end up on terminals, where controls would act. */
		if ((octets[at] < 0x20 && octets[at] != '\t') || octets[at] == 0x7f) {
			return "a control character; is this a text file in UTF-8?";
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

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char take(struct words *words)
{
	char c = words->line[words->pos++];
	/* Continuation octets belong to the character before. */
	if (words->pos == words->size || (words->line[words->pos] & 0xc0) != 0x80) {
		words->column++;
	}
	return c;
}

static int take_quoted(struct words *words, struct word *word)
{
	size_t column = words->column - 1;
	while (words->pos < words->size) {
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
	while (words->pos < words->size && is_blank(words->line[words->pos])) {
		take(words);
	}
	if (words->pos == words->size || words->line[words->pos] == '#') {
		return 0;
	}
	size_t start = words->pos;
	size_t text = words->used;
	word->column = words->column;
	word->quoted = words->line[start] == '"';
	while (words->pos < words->size && !is_blank(words->line[words->pos])) {
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
