/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/lists/csv.h"

#include <string.h>

struct field {
	char *text;
	size_t size;
	size_t room;
	bool quoted;
};

static bool is_end(char c)
{
	return c == '\0' || c == '\n';
}

static const char *put(struct field *field, char c)
{
	if (field->size == field->room) {
		return "a record has more than 65536 octets: is a closing quote missing?";
	}
	field->text[field->size++] = c;
	return NULL;
}

/*!
 * \brief Reads a quoted field. A quote inside the field is written as two quotes (RFC 4180 section
 *        2).
 */
static const char *take_quoted(struct csv *csv, struct field *field)
{
	csv->at++;
	for (;;) {
		char c = *csv->at;
		if (c == '\0') {
			return "the closing quote is missing";
		}
		csv->at++;
		if (c == '"' && *csv->at != '"') {
			return NULL;
		}
		csv->at += c == '"';
		csv->line += c == '\n';
		const char *why = put(field, c);
		if (why != NULL) {
			return why;
		}
	}
}

static const char *take_field(struct csv *csv, struct field *field)
{
	const char *why = NULL;
	while (*csv->at == ' ') {
		csv->at++;
	}
	if (*csv->at == '"') {
		field->quoted = true;
		why = take_quoted(csv, field);
		csv->at += strspn(csv->at, csv->delimiter == '\t' ? " \r" : " \t\r");
		if (why == NULL && !is_end(*csv->at) && *csv->at != csv->delimiter) {
			return "there is text after the closing quote of a field";
		}
	}
	while (why == NULL && !is_end(*csv->at) && *csv->at != csv->delimiter) {
		why = put(field, *csv->at++);
	}
	while (field->size > 0 && strchr(" \t\r", field->text[field->size - 1]) != NULL) {
		field->size--;
	}
	return why;
}

static const char *take_record(struct csv *csv, struct csv_record *record)
{
	size_t used = 0;
	record->count = 0;
	for (;;) {
		struct field field = { .text = record->buffer + used,
			               .room = CSV_RECORD_MAX + record->count - used };
		if (record->count == CSV_FIELDS_MAX) {
			return "a record has more than 256 fields";
		}
		const char *why = take_field(csv, &field);
		if (why != NULL) {
			return why;
		}
		field.text[field.size] = '\0';
		used += field.size + 1;
		record->fields[record->count++] = field.text;
		if (is_end(*csv->at)) {
			return NULL;
		}
		csv->at++;
	}
}

static void pass_line_end(struct csv *csv)
{
	csv->at += strcspn(csv->at, "\n");
	csv->line += *csv->at == '\n';
	csv->at += *csv->at == '\n';
}

int csv_next(struct csv *csv, struct csv_record *record, const char **why)
{
	const char *start = csv->at;
	record->line = csv->line;
	if (*start == '\0') {
		return 0;
	}
	*why = take_record(csv, record);
	if (*why != NULL) {
		/* The lines after an unclosed quote are read again as records. */
		csv->at = start;
		csv->line = record->line;
	}
	pass_line_end(csv);
	return *why == NULL ? 1 : -1;
}
