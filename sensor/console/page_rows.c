/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/page_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_ns.h"
#include "history/query.h"
#include "history/rows/batch.h"
#include "history/rows/cof.h"
#include "history/rows/mail_text.h"
#include "parsers/dns/dns_codes.h"
#include "sensor/console/page.h"
#include "sensor/console/page_timeline.h"
#include "sensor/report/html/html.h"

/* Room for any text of a row of mail. */
#define MAIL_TEXT_MAX (HISTORY_LOCAL_MAX + 1 + DNS_NAME_TEXT_MAX)

static const char *const CAPTIONS[] = {
	[HISTORY_KEY_OWNER] = "Records of the name",
	[HISTORY_KEY_FOLDED] = "Names that were seen once, combined into one row for their zone",
	[HISTORY_KEY_TARGET] = "In the data of records",
	[HISTORY_KEY_ADDRESS] = "Records with the address",
	[HISTORY_KEY_SERVER] = "Mail servers",
	[HISTORY_KEY_MAIL] = "Servers that took mail for the domain",
	[HISTORY_KEY_MAIL_SERVER] = "Domains for which mail servers took mail",
	[HISTORY_KEY_RECIPIENT] = "Mails to the domain or mailbox",
	[HISTORY_KEY_SENDER] = "Mails from the domain or mailbox",
};

struct rows {
	struct lookup *lookup;
	FILE *out;
	struct history_reading reading;
	struct timeline_rows *timeline; /* NULL: there is none */
	uint64_t found;
	bool failed;
};

/* A text that can be looked up itself. */
static void put_link(FILE *out, const char *text, size_t size)
{
	struct report_text value = { text, size };
	struct history_query query;
	bool link = size < CONSOLE_TEXT_MAX && memchr(text, '\0', size) == NULL;
	char whole[CONSOLE_TEXT_MAX];
	if (link) {
		memcpy(whole, text, size);
		whole[size] = '\0';
		link = history_query_read(&query, whole) == NULL;
	}
	if (!link) {
		html_value(out, &value);
		return;
	}
	html_put(out, "<a href=\"/lookup?q=");
	page_put_target(out, text, size);
	html_put(out, "\">");
	html_value(out, &value);
	html_put(out, "</a>");
}

static bool has_name_alone(uint16_t type)
{
	return type == DNS_TYPE_NS || type == DNS_TYPE_CNAME || type == DNS_TYPE_PTR ||
	       type == DNS_TYPE_A || type == DNS_TYPE_AAAA || type == DNS_TYPE_DNAME;
}

static void put_record(FILE *out, const struct history_row *row)
{
	char data[HISTORY_DATA_TEXT_MAX], name[DNS_NAME_TEXT_MAX], room[DNS_CODE_TEXT_MAX];
	(void)fprintf(out, "<td data-h=\"origin\"><span>%s</span></td>",
	              history_origin_text(row->origin));
	html_put(out, "<td class=\"mono\" data-h=\"name\">");
	put_link(out, name, dns_name_text(row->owner, name));
	(void)fprintf(
	        out,
	        "</td><td data-h=\"type\"><span>%s</span></td><td class=\"mono\" data-h=\"data\">",
	        dns_type_text(row->type, room));
	size_t size = history_data_text(row, data);
	if (!row->is_code && has_name_alone(row->type)) {
		put_link(out, data, size);
	} else {
		html_value(out, &(struct report_text){ data, size });
	}
	html_put(out, "</td>");
}

/* A mail has a sender, other rows are of mail. */
static void put_mail_origin(FILE *out, const struct history_record *record)
{
	char text[MAIL_TEXT_MAX];
	struct writer w;
	html_put(out, "<td data-h=\"origin\"><span>");
	if (record->kind == HISTORY_KEY_RECIPIENT) {
		writer_init(&w, text, sizeof(text));
		history_mailbox_text(&record->mail.sender, &w);
		html_put(out, "from ");
		html_value(out, &(struct report_text){ text, writer_size(&w) });
	} else {
		html_put(out, record->kind == HISTORY_KEY_FOLDED ? "folded" : "mail");
	}
	html_put(out, "</span></td>");
}

static void put_mail(FILE *out, const struct history_record *record)
{
	char text[MAIL_TEXT_MAX];
	struct writer w;
	writer_init(&w, text, sizeof(text));
	history_mail_owner_text(record, &w);
	put_mail_origin(out, record);
	html_put(out, "<td class=\"mono\" data-h=\"name\">");
	put_link(out, text, writer_size(&w));
	(void)fprintf(out,
	              "</td><td data-h=\"type\"><span>%s</span></td><td class=\"mono\" "
	              "data-h=\"data\">",
	              history_mail_type_text(record));
	writer_restart(&w);
	history_mail_data_text(record, &w);
	if (record->kind == HISTORY_KEY_SERVER) { /* "not offered" */
		html_value(out, &(struct report_text){ text, writer_size(&w) });
	} else {
		put_link(out, text, writer_size(&w));
	}
	html_put(out, "</td>");
}

static void put_time(FILE *out, const char *head, uint64_t time_s)
{
	const uint64_t latest = INT64_MAX / NS_PER_S;
	(void)fprintf(out, "<td class=\"time\" data-h=\"%s\">", head);
	html_time(out, (int64_t)(time_s < latest ? time_s : latest) * NS_PER_S, HTML_TO_SECOND);
	html_put(out, "</td>");
}

static void put_row(struct rows *rows, const struct history_record *record)
{
	html_put(rows->out, "<tr>");
	put_time(rows->out, "first seen", record->seen.first);
	put_time(rows->out, "last seen", record->seen.last);
	html_put(rows->out, "<td class=\"number\" data-h=\"count\"><span>");
	html_number(rows->out, record->seen.count);
	html_put(rows->out, "</span></td>");
	if (record->kind == HISTORY_KEY_OWNER) {
		put_record(rows->out, &record->row);
	} else {
		put_mail(rows->out, record);
	}
	html_put(rows->out, "</tr>\n");
}

/* The rows of the name itself become the timeline. */
static void put_timeline(struct rows *rows, struct cursor answer)
{
	struct history_record record;
	const uint8_t *key;
	size_t size;
	while (history_batch_next(&answer, &key, &size, &record) == 1) {
		if (record.kind == HISTORY_KEY_OWNER) {
			page_timeline_add(rows->timeline, &record);
		}
	}
	page_timeline_put(rows->out, rows->timeline);
}

static void put_part(struct rows *rows, enum history_key_kind kind, struct history_answer *answer)
{
	struct history_record record;
	const uint8_t *key;
	size_t size;
	if (cursor_left(&answer->rows) == 0) {
		return;
	}
	if (kind == HISTORY_KEY_OWNER && rows->timeline != NULL) {
		put_timeline(rows, answer->rows);
	}
	html_put(rows->out, "<section class=\"rows\">");
	html_table(rows->out, CAPTIONS[kind], "first seen|last seen|count|origin|name|type|data|");
	while (history_batch_next(&answer->rows, &key, &size, &record) == 1) {
		put_row(rows, &record);
		rows->found++;
	}
	html_table_end(rows->out);
	html_omitted(rows->out, answer->left_out, "older rows");
	html_put(rows->out, "</section>\n");
}

static void put_parts(struct rows *rows, struct history_query *query)
{
	enum history_key_kind parts[HISTORY_PARTS_MAX];
	size_t count = history_query_parts(query, parts);
	for (size_t i = 0; i < count && !rows->failed; i++) {
		struct history_answer answer;
		query->kind = parts[i];
		int ret = history_ask(&rows->reading, query, &answer);
		if (ret == 0) {
			put_part(rows, parts[i], &answer);
		} else {
			history_report_failure(rows->lookup->history, ret);
			rows->failed = true;
		}
		history_answer_free(&answer);
	}
}

static void put_form(FILE *out, const char *text)
{
	html_put(out, "<form class=\"ask\" action=\"/lookup\"><label>Name, *.name, .name, name.*, "
	              "address, network, @domain or mailbox<input name=\"q\" maxlength=\"1000\" "
	              "autocapitalize=\"none\" autocorrect=\"off\" spellcheck=\"false\" value=\"");
	html_text(out, text, strlen(text));
	html_put(out, "\"></label> <button>Look up</button></form>\n");
}

static void put_answer(struct rows *rows, const char *text)
{
	struct history_query query = { .until_s = UINT64_MAX, .limit = PAGE_ROWS_MAX };
	const char *wrong = history_query_read(&query, text);
	if (wrong != NULL) {
		html_put(rows->out, "<p role=\"alert\">This cannot be looked up: ");
		html_text(rows->out, wrong, strlen(wrong));
		html_put(rows->out, ".</p>\n");
		return;
	}
	rows->lookup->damaged = false;
	int ret = history_reading_open(&rows->reading, rows->lookup->history, lookup_note_damage,
	                               rows->lookup);
	if (ret != 0) {
		history_report_failure(rows->lookup->history, ret);
		rows->failed = true;
		return;
	}
	struct timeline_rows *timeline = calloc(1, sizeof(*timeline));
	rows->timeline = query.question == HISTORY_ASK_NAME && !query.mail ? timeline : NULL;
	put_parts(rows, &query);
	free(timeline);
	history_reading_close(&rows->reading);
	if (rows->found == 0 && !rows->failed) {
		html_put(rows->out, "<p>The history has no such rows.</p>\n");
	}
	if (rows->lookup->damaged) {
		html_put(rows->out,
		         "<p role=\"alert\">A file of the history is damaged, so rows may be "
		         "missing.</p>\n");
	}
}

void page_rows_answer(struct lookup *lookup, const struct console_request *request,
                      struct console_answer *answer)
{
	struct page page;
	struct rows rows = { .lookup = lookup };
	if (lookup->history == NULL) {
		page_sentence(answer, 404, PAGE_LOOKUP, request, "Look-up",
		              "The console has no history: start it with --history.");
		return;
	}
	struct html_frame frame = page_frame(
	        PAGE_LOOKUP, request, request->text[0] != '\0' ? request->text : "Look-up", 0);
	page_open(&page);
	rows.out = page.out;
	if (page.out != NULL) {
		html_page_begin(page.out, &frame);
		html_page_mast(page.out, "look-up");
		put_form(page.out, request->text);
		if (request->text[0] != '\0') {
			put_answer(&rows, request->text);
		}
		html_put(page.out, rows.failed ? "<p role=\"alert\">The history could not be read."
		                                 "</p>\n"
		                               : "");
		html_page_end(page.out);
	}
	page_close(&page, answer, rows.failed ? 500 : 200);
}
