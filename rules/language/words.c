/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/words.h"

#include <stdint.h>

#include "base/ascii.h"
#include "base/utf8.h"

/*! \brief Printable ASCII octets at the beginning. Most lines have no others. */
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
		step = utf8_sequence(octets + at, size - at);
		if (step == 0) {
			return "not UTF-8; save the file with that encoding";
		}
		/* Texts of events are shown on terminals, which would obey control characters. */
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

static char take(struct words *words)
{
	char c = words->line[words->pos++];
	/* Continuation octets belong to the character before. */
	if (words->pos == words->size || !utf8_is_continuation(words->line[words->pos])) {
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
