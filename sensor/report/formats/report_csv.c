/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One table (RFC 4180): a row for each answer, resolver, hit and recipient. Spreadsheets run a cell
 * that begins like a formula, so an apostrophe is written before it. Control characters and those
 * that change the direction of text are escaped, so that each row is one line.
 */
#include <sys/param.h>

#include "base/printable.h"
#include "base/utf8.h"
#include "sensor/report/formats/formats.h"
#include "sensor/report/formats/report_out.h"

/* The columns in their order. */
#define COLUMNS(X)                                                                                 \
	X(TIME, "time")                                                                            \
	X(LAST, "last")                                                                            \
	X(KIND, "kind")                                                                            \
	X(INCIDENT, "incident")                                                                    \
	X(NETWORK, "network")                                                                      \
	X(SEVERITY, "severity")                                                                    \
	X(OWNER, "owner")                                                                          \
	X(OBSERVED, "what")                                                                        \
	X(TYPE, "type")                                                                            \
	X(VALUE, "value")                                                                          \
	X(QUESTION, "question")                                                                    \
	X(CLIENT, "client")                                                                        \
	X(CLIENT_PORT, "client_port")                                                              \
	X(SERVER, "server")                                                                        \
	X(SERVER_PORT, "server_port")                                                              \
	X(HELO, "helo")                                                                            \
	X(SENDER, "sender")                                                                        \
	X(RECIPIENT, "recipient")                                                                  \
	X(REPLY_CODE, "reply_code")                                                                \
	X(ACCEPTED, "accepted")                                                                    \
	X(CONTENT, "content")                                                                      \
	X(TLS, "tls")                                                                              \
	X(SUBJECT, "subject")                                                                      \
	X(MESSAGE_ID, "message_id")                                                                \
	X(CACHED_UNTIL, "cached_until")                                                            \
	X(COUNT, "count")                                                                          \
	X(ACTION, "action")                                                                        \
	X(RULE, "rule")                                                                            \
	X(REASON, "reason")                                                                        \
	X(EVENT_ID, "event_id")                                                                    \
	X(EVIDENCE, "evidence")

#define X(column, name) COLUMN_##column,
enum column { COLUMNS(X) COLUMNS_END };
#undef X

static const char *const NAMES[] = {
#define X(column, name) name,
	COLUMNS(X)
#undef X
};

/* The largest number of octets of a cell; further octets of a text are left out. */
#define CELL_MAX ((size_t)1 << 20)

struct table {
	FILE *file;
	struct writer cell; /* A text, escaped and without quotes. */
	enum column next;   /* The column that is written next in the row. */
	bool failed;
};

static void write_cell(struct table *table)
{
	const char *text = writer_text(&table->cell);
	table->failed |= text == NULL;
	(void)fputc('"', table->file);
	for (; text != NULL && *text != '\0'; text++) {
		if (*text == '"') {
			(void)fputc('"', table->file);
		}
		(void)fputc(*text, table->file);
	}
	(void)fputc('"', table->file);
}

/* Moves to a column. The cells up to it are empty. */
static void skip_to(struct table *table, enum column column)
{
	for (; table->next < column; table->next++) {
		(void)fputc(',', table->file);
	}
}

static void end_row(struct table *table)
{
	skip_to(table, COLUMNS_END - 1);
	(void)fputs("\r\n", table->file);
	table->next = 0;
}

/* Returns true if a spreadsheet takes the text for a formula. Some also take full-width signs, and
 * skip blanks. A control character before the sign is escaped, so that it is visible. */
static bool is_formula(const struct report_text *text)
{
	uint32_t code = 0;
	for (size_t at = 0, used; at < text->size; at += used) {
		used = MAX(utf8_decode(text->text + at, text->size - at, &code), 1);
		if (code != ' ' && code != 0xa0 && code != 0x3000) {
			break;
		}
	}
	switch (code) {
	case '=':
	case '+':
	case '-':
	case '@':
	case 0xff1d:
	case 0xff0b:
	case 0xff0d:
	case 0xff20:
		return true;
	default:
		return false;
	}
}

static void put_text(struct table *table, enum column column, const struct report_text *text)
{
	if (!report_text_is_set(text)) {
		return;
	}
	skip_to(table, column);
	writer_restart(&table->cell);
	if (is_formula(text)) {
		writer_char(&table->cell, '\'');
	}
	printable_put(&table->cell, text->text, MIN(text->size, CELL_MAX));
	write_cell(table);
}

static void put_word(struct table *table, enum column column, const char *word)
{
	skip_to(table, column);
	(void)fputs(word, table->file);
}

static void put_time(struct table *table, enum column column, int64_t time_ns)
{
	if (time_ns == 0) {
		return;
	}
	writer_restart(&table->cell);
	writer_time(&table->cell, time_ns);
	put_word(table, column, writer_text(&table->cell));
}

static void put_number(struct table *table, enum column column, uint64_t number)
{
	writer_restart(&table->cell);
	writer_number(&table->cell, number);
	put_word(table, column, writer_text(&table->cell));
}

static void put_set_number(struct table *table, enum column column, uint64_t number)
{
	if (number != 0) {
		put_number(table, column, number);
	}
}

static void put_yes_no(struct table *table, enum column column, bool value)
{
	put_word(table, column, value ? "yes" : "no");
}

static void begin_row(struct table *table, const struct report_incident *incident, int64_t time_ns,
                      int64_t last_ns, const char *kind)
{
	put_time(table, COLUMN_TIME, time_ns);
	put_time(table, COLUMN_LAST, last_ns);
	put_word(table, COLUMN_KIND, kind);
	put_text(table, COLUMN_INCIDENT, &incident->id);
	put_text(table, COLUMN_NETWORK, &incident->network);
}

static void put_answer(struct table *table, const struct report_incident *incident,
                       const struct report_answer *answer)
{
	bool expected = answer->kind == REPORT_EXPECTED;
	begin_row(table, incident, answer->first_ns, answer->last_ns,
	          expected ? "expected answer" : "rogue answer");
	put_text(table, COLUMN_OWNER, &answer->owner);
	put_text(table, COLUMN_TYPE, &answer->type);
	put_text(table, COLUMN_VALUE, &answer->value);
	put_time(table, COLUMN_CACHED_UNTIL, answer->cached_until_ns);
	put_set_number(table, COLUMN_COUNT, answer->count);
	end_row(table);
}

static void put_resolver(struct table *table, const struct report_incident *incident,
                         const struct report_resolver *resolver)
{
	begin_row(table, incident, resolver->first_ns, 0, "resolver");
	put_text(table, COLUMN_OWNER, &incident->owner);
	put_text(table, COLUMN_VALUE, &resolver->ip);
	put_time(table, COLUMN_CACHED_UNTIL, resolver->cached_until_ns);
	end_row(table);
}

static void put_hit(struct table *table, const struct report_incident *incident,
                    const struct report_hit *hit)
{
	begin_row(table, incident, hit->time_ns, 0, "hit");
	put_word(table, COLUMN_SEVERITY, report_severity_word(hit->severity));
	put_text(table, COLUMN_OWNER, &hit->owner);
	put_text(table, COLUMN_OBSERVED, &hit->kind);
	put_text(table, COLUMN_TYPE, &hit->type);
	put_text(table, COLUMN_VALUE, &hit->value);
	put_text(table, COLUMN_QUESTION, &hit->question);
	put_text(table, COLUMN_CLIENT, &hit->client);
	put_set_number(table, COLUMN_CLIENT_PORT, hit->client_port);
	put_text(table, COLUMN_SERVER, &hit->server);
	put_set_number(table, COLUMN_SERVER_PORT, hit->server_port);
	put_time(table, COLUMN_CACHED_UNTIL, hit->cached_until_ns);
	put_number(table, COLUMN_COUNT, hit->count);
	put_text(table, COLUMN_ACTION, &hit->action);
	put_text(table, COLUMN_RULE, &hit->rule_id);
	put_text(table, COLUMN_REASON, &hit->reason);
	put_text(table, COLUMN_EVENT_ID, &hit->event_id);
	put_text(table, COLUMN_EVIDENCE, &hit->evidence);
	end_row(table);
}

/* A mail without a recipient that was seen has one row with `rcpt` NULL. */
static void put_recipient(struct table *table, const struct report_incident *incident,
                          const struct report_mail *mail, const struct report_rcpt *rcpt)
{
	begin_row(table, incident, mail->time_ns, 0, "mail");
	put_text(table, COLUMN_OWNER, &incident->owner);
	put_text(table, COLUMN_CLIENT, &mail->client);
	put_text(table, COLUMN_SERVER, &mail->server);
	put_text(table, COLUMN_HELO, &mail->helo);
	put_text(table, COLUMN_SENDER, &mail->from);
	if (rcpt != NULL) {
		put_text(table, COLUMN_RECIPIENT, &rcpt->address);
		put_set_number(table, COLUMN_REPLY_CODE, rcpt->reply_code);
		put_yes_no(table, COLUMN_ACCEPTED, rcpt->accepted);
	}
	put_yes_no(table, COLUMN_CONTENT, mail->content);
	put_yes_no(table, COLUMN_TLS, mail->tls);
	put_text(table, COLUMN_SUBJECT, &mail->subject);
	put_text(table, COLUMN_MESSAGE_ID, &mail->message_id);
	put_text(table, COLUMN_EVENT_ID, &mail->event_id);
	put_text(table, COLUMN_EVIDENCE, &mail->evidence);
	end_row(table);
}

static void put_incident(struct table *table, const struct report_incident *incident)
{
	for (size_t i = 0; i < incident->answer_count; i++) {
		put_answer(table, incident, &incident->answers[i]);
	}
	for (size_t i = 0; i < incident->resolver_count; i++) {
		put_resolver(table, incident, &incident->resolvers[i]);
	}
	for (size_t i = 0; i < incident->hits_listed; i++) {
		put_hit(table, incident, &incident->hits[i]);
	}
	for (size_t i = 0; i < incident->mail_count; i++) {
		const struct report_mail *mail = &incident->mails[i];
		for (size_t j = 0; j < mail->rcpt_count; j++) {
			put_recipient(table, incident, mail, &mail->rcpts[j]);
		}
		if (mail->rcpt_count == 0) {
			put_recipient(table, incident, mail, NULL);
		}
	}
}

bool report_write_csv(const struct report *report, FILE *file)
{
	struct table table = { .file = file };
	writer_init_growing(&table.cell, PRINTABLE_MAX * CELL_MAX);
	for (enum column i = 0; i < COLUMNS_END; i++) {
		put_word(&table, i, NAMES[i]);
	}
	end_row(&table);
	for (size_t i = 0; i < report->incident_count; i++) {
		put_incident(&table, &report->incidents[i]);
	}
	writer_free(&table.cell);
	return !table.failed && fflush(file) == 0 && !ferror(file);
}
