/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_SIZE 640

void reader_complain(struct reader *r, size_t column, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	r->faulty = true;
	r->sink->complain(r->sink->ctx, r->file, r->lines.number, column, message);
}

bool reader_next(struct reader *r, struct word *word)
{
	int ret = words_next(&r->words, word);
	if (ret < 0) {
		reader_complain(r, word->column, "this quote has no end: add a closing \"");
	}
	if (ret <= 0) {
		return false;
	}
	if (r->text_size > 0) {
		r->text[r->text_size++] = ' ';
	}
	memcpy(r->text + r->text_size, word->raw, word->raw_size);
	r->text_size += word->raw_size;
	return true;
}
