/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/utf8.h"
#include "sensor/outputs/event_line.h"

#define TEXT_MAX ((size_t)1 << 20)
/* The columns of a table: a name, and its values. */
#define NAME_COLUMN  4
#define VALUE_COLUMN 15
#define INDENT       4
/* Values of a list, and mails; further ones are counted. */
#define VALUES_MAX 8
#define MAILS_MAX  6

unsigned terminal_width(int fd)
{
	struct winsize size = { .ws_col = 0 };
	const char *columns = getenv("COLUMNS");
	unsigned long width = columns != NULL ? strtoul(columns, NULL, 10) : 0;
	if (isatty(fd) == 0) {
		return 0;
	}
	if ((width == 0 || width > UINT16_MAX) && ioctl(fd, TIOCGWINSZ, &size) == 0) {
		width = size.ws_col;
	}
	return width == 0 || width > UINT16_MAX ? TERMINAL_WIDTH
	                                        : MAX((unsigned)width, TERMINAL_WIDTH_MIN);
}

/* A line that is being filled. */
struct line {
	struct writer *out;
	unsigned column, indent, width;
};

static void break_line(struct line *line)
{
	writer_char(line->out, '\n');
	for (unsigned i = 0; i < line->indent; i++) {
		writer_char(line->out, ' ');
	}
	line->column = line->indent;
}

/* Characters of East Asia are two columns wide; so many are taken for each that may be. */
static unsigned columns_of(const char *text, size_t size, size_t *used)
{
	uint32_t code;
	*used = MAX(utf8_decode(text, size, &code), 1);
	return code >= 0x1100 ? 2 : 1;
}

static unsigned word_columns(const char *word, size_t size)
{
	unsigned columns = 0;
	for (size_t at = 0, used; at < size; at += used) {
		columns += columns_of(word + at, size - at, &used);
	}
	return columns;
}

/* A word that is longer than a line is continued in the next one. */
static void put_word(struct line *line, const char *word, size_t size)
{
	for (size_t at = 0, used; at < size; at += used) {
		unsigned columns = columns_of(word + at, size - at, &used);
		if (line->column + columns > line->width && line->column > line->indent) {
			break_line(line);
		}
		writer_put(line->out, word + at, used);
		line->column += columns;
	}
}

/* Breaks lines between the words of an escaped text. */
static void put_text(struct line *line, const char *text, size_t size)
{
	for (size_t at = 0; at < size;) {
		const char *blank = memchr(text + at, ' ', size - at);
		size_t word = blank != NULL ? (size_t)(blank - text) - at : size - at;
		unsigned columns = word_columns(text + at, word);
		bool fits = line->column + (at > 0) + columns <= line->width;
		if (at > 0 && !fits && line->column > line->indent) {
			break_line(line);
		} else if (at > 0) {
			writer_char(line->out, ' ');
			line->column++;
		}
		put_word(line, text + at, word);
		at += word + 1;
	}
}

/* "2020-05-30T15:05:12.025846Z" becomes "2020-05-30 15:05:12Z". */
static void put_time(struct writer *out, const char *time)
{
	static const size_t seconds = sizeof("2020-05-30T15:05:12") - 1;
	size_t size = strlen(time);
	if (size <= seconds || time[10] != 'T') {
		printable_put(out, time, size);
		return;
	}
	printable_put(out, time, 10);
	writer_char(out, ' ');
	printable_put(out, time + 11, seconds - 11);
	writer_char(out, 'Z');
}

/* Time and severity; the columns that they take. */
static unsigned put_start(struct writer *out, const char *time, unsigned severity, bool coloured)
{
	size_t start = writer_size(out);
	put_time(out, time);
	writer_literal(out, "  ");
	unsigned columns = word_columns(out->start + start, writer_size(out) - start);
	event_line_put_severity(out, severity, coloured);
	writer_literal(out, "  ");
	return columns + EVENT_LINE_SEVERITY + 2;
}

void terminal_put_event(struct writer *out, const char *time, unsigned severity, const char *reason,
                        size_t reason_size, unsigned width, bool coloured)
{
	struct writer text;
	struct line line = { .out = out, .indent = INDENT, .width = width };
	writer_init_growing(&text, TEXT_MAX * PRINTABLE_MAX);
	printable_put(&text, reason, reason_size);
	line.column = put_start(out, time, severity, coloured);
	if (text.failed) {
		writer_fail(out);
	} else if (writer_size(&text) > 0) {
		put_text(&line, text.start, writer_size(&text));
	}
	writer_char(out, '\n');
	writer_free(&text);
}

/* Values of an incident, which may be of any type. */

static void put_string(struct writer *text, const json_t *value)
{
	if (json_is_string(value) && json_string_length(value) > 0) {
		printable_put(text, json_string_value(value), json_string_length(value));
	} else {
		writer_char(text, '-');
	}
}

static void put_time_of(struct writer *text, const json_t *object, const char *key)
{
	const char *time = json_string_value(json_object_get(object, key));
	put_time(text, time != NULL ? time : "-");
}

static uint64_t number_of(const json_t *object, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(object, key));
	return number > 0 ? (uint64_t)number : 0;
}

static void put_count(struct writer *text, uint64_t count, const char *noun)
{
	writer_number(text, count);
	writer_char(text, ' ');
	writer_string(text, noun);
	writer_string(text, count == 1 ? "" : "s");
}

static void put_more(struct writer *text, uint64_t all, size_t shown)
{
	if (all > shown) {
		writer_literal(text, " and ");
		writer_number(text, all - shown);
		writer_literal(text, " more");
	}
}

/* `all` is the number of values, of which the list may have only the first. */
static void put_list(struct writer *text, const json_t *list, uint64_t all, size_t most)
{
	size_t size = MIN(json_array_size(list), most);
	for (size_t i = 0; i < size; i++) {
		writer_string(text, i > 0 ? ", " : "");
		put_string(text, json_array_get(list, i));
	}
	put_more(text, MAX(all, json_array_size(list)), size);
}

struct table {
	struct writer *out;
	struct writer text; /* of the value */
	unsigned width;
};

/* Writes a row with the text. Without a text there is no row. */
static void put_row(struct table *table, const char *name)
{
	struct line line = { table->out, VALUE_COLUMN, VALUE_COLUMN, table->width };
	size_t size = writer_size(&table->text);
	if (table->text.failed) {
		writer_fail(table->out);
	} else if (size > 0) {
		for (unsigned i = 0; i < NAME_COLUMN; i++) {
			writer_char(table->out, ' ');
		}
		writer_string(table->out, name);
		for (size_t i = NAME_COLUMN + strlen(name); i < VALUE_COLUMN; i++) {
			writer_char(table->out, ' ');
		}
		put_text(&line, table->text.start, size);
		writer_char(table->out, '\n');
	}
	writer_restart(&table->text);
}

static void put_list_row(struct table *table, const char *name, const json_t *list)
{
	put_list(&table->text, list, 0, VALUES_MAX);
	put_row(table, name);
}

static void put_clients(struct table *table, const json_t *incident)
{
	const json_t *clients = json_object_get(incident, "clients");
	uint64_t count = number_of(incident, "clients_count");
	put_list(&table->text, clients, count, VALUES_MAX);
	put_row(table, count == 1 ? "client" : "clients");
}

static void put_resolvers(struct table *table, const json_t *incident)
{
	const json_t *list = json_object_get(incident, "resolvers");
	size_t size = MIN(json_array_size(list), VALUES_MAX);
	for (size_t i = 0; i < size; i++) {
		const json_t *resolver = json_array_get(list, i);
		writer_string(&table->text, i > 0 ? ", " : "");
		put_string(&table->text, json_object_get(resolver, "ip"));
		writer_literal(&table->text, " until ");
		put_time_of(&table->text, resolver, "cached_until");
	}
	put_more(&table->text, json_array_size(list), size);
	put_row(table, "cached by");
}

static void put_mail(struct table *table, const json_t *mail, const char *name)
{
	struct writer *text = &table->text;
	const json_t *rcpt = json_object_get(mail, "rcpt");
	put_time_of(text, mail, "time");
	writer_literal(text, " from ");
	put_string(text, json_object_get(mail, "from"));
	writer_literal(text, " to ");
	put_list(text, rcpt, 0, VALUES_MAX);
	writer_string(text, json_array_size(rcpt) == 0 ? "recipients that were not seen" : "");
	writer_string(text, json_is_true(json_object_get(mail, "accepted")) ? ", accepted" : "");
	writer_string(text, json_is_true(json_object_get(mail, "content")) ? ", transferred" : "");
	writer_string(text, json_is_true(json_object_get(mail, "tls")) ? ", TLS" : "");
	put_row(table, name);
}

static void put_mails(struct table *table, const json_t *incident)
{
	const json_t *mails = json_object_get(incident, "mails");
	size_t count = json_array_size(mails);
	uint64_t sessions = number_of(incident, "mail_sessions");
	if (count == 0 && sessions == 0) {
		return;
	}
	if (sessions > 0) {
		put_count(&table->text, sessions, "session");
		writer_string(&table->text, count > 0 ? ", " : "");
	}
	if (count > 0) {
		put_count(&table->text, count, "mail");
	}
	put_row(table, "mail");
	for (size_t i = 0; i < MIN(count, MAILS_MAX); i++) {
		put_mail(table, json_array_get(mails, i), "");
	}
	if (count > MAILS_MAX) {
		writer_literal(&table->text, "...");
		put_more(&table->text, count, MAILS_MAX);
		put_row(table, "");
	}
}

/* When it lasted longer than a second. */
static void put_times(struct table *table, const json_t *incident)
{
	put_time_of(&table->text, incident, "first");
	size_t half = writer_size(&table->text);
	writer_literal(&table->text, " to ");
	put_time_of(&table->text, incident, "last");
	const char *text = table->text.start;
	if (!table->text.failed && writer_size(&table->text) == 2 * half + 4 &&
	    memcmp(text, text + half + 4, half) == 0) {
		writer_restart(&table->text);
	}
	put_row(table, "time");
}

/* The hijacked name, or the rule. */
static void put_subject(struct writer *text, const json_t *incident)
{
	const json_t *owner = json_object_get(incident, "owner");
	if (!json_is_string(owner)) {
		writer_literal(text, "rule ");
		owner = json_array_get(json_object_get(incident, "rules"), 0);
	}
	put_string(text, owner);
}

static void put_headline(struct table *table, const json_t *event, const json_t *incident,
                         const char *state, bool coloured)
{
	const char *time = json_string_value(json_object_get(event, "@timestamp"));
	struct line line = { .out = table->out, .indent = INDENT, .width = table->width };
	struct writer *text = &table->text;
	line.column = put_start(table->out, time != NULL ? time : "-",
	                        (unsigned)number_of(incident, "severity"), coloured);
	put_subject(text, incident);
	writer_literal(text, ": ");
	if (strcmp(state, "open") == 0) {
		writer_literal(text, "new incident");
	} else {
		writer_either(text, strcmp(state, "closed") == 0, "incident has ended, ",
		              "incident grows, ");
		put_count(text, number_of(incident, "hits"), "hit");
	}
	writer_string(table->out, coloured ? "\033[1m" : "");
	if (!text->failed) {
		put_text(&line, text->start, writer_size(text));
	}
	writer_string(table->out, coloured ? "\033[0m" : "");
	writer_char(table->out, '\n');
	writer_restart(text);
}

static void put_news(struct table *table, const json_t *incident)
{
	put_list_row(table, "seen", json_object_get(incident, "seen"));
	put_list_row(table, "expected", json_object_get(incident, "expected"));
	put_clients(table, incident);
	put_list_row(table, "rules", json_object_get(incident, "rules"));
}

static void put_all(struct table *table, const json_t *incident)
{
	put_times(table, incident);
	put_list_row(table, "seen", json_object_get(incident, "seen"));
	put_list_row(table, "expected", json_object_get(incident, "expected"));
	put_clients(table, incident);
	put_resolvers(table, incident);
	put_mails(table, incident);
	put_list_row(table, "reasons", json_object_get(incident, "reasons"));
	put_list_row(table, "rules", json_object_get(incident, "rules"));
}

bool terminal_put_incident(struct writer *out, const json_t *event, unsigned width, bool coloured)
{
	const json_t *incident = json_object_get(json_object_get(event, "nsmx"), "incident");
	const char *state = json_string_value(json_object_get(incident, "state"));
	if (state == NULL) {
		return false; /* a hit has only the id of its incident */
	}
	struct table table = { .out = out, .width = width };
	writer_init_growing(&table.text, TEXT_MAX);
	put_headline(&table, event, incident, state, coloured);
	if (strcmp(state, "open") == 0) {
		put_news(&table, incident);
	} else if (strcmp(state, "closed") != 0 || number_of(incident, "hits") > 1) {
		put_all(&table, incident);
	}
	writer_free(&table.text);
	return true;
}
