/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/lookup.h"

#include <string.h>

#include "history/query.h"
#include "history/rows/batch.h"
#include "history/rows/cof.h"
#include "history/rows/mail_text.h"
#include "parsers/dns/dns_codes.h"

/* Room for any row, and for the end of the answer. */
#define ROW_ROOM ((size_t)6 * HISTORY_DATA_TEXT_MAX)
/* Room for any text of a row of mail. */
#define MAIL_TEXT_MAX (HISTORY_LOCAL_MAX + 1 + DNS_NAME_TEXT_MAX)

struct work {
	struct lookup *lookup;
	const struct console_request *request;
	struct writer *body;
	struct json json;
	struct history_reading reading;
	uint64_t skip; /* rows that are left out before the first */
	uint64_t rows;
	bool limited; /* there are more rows than the answer has */
	/* What summarize adds up. */
	uint64_t count;
	uint64_t first_s, last_s;
};

void lookup_note_damage(void *ctx, const char *name)
{
	struct lookup *lookup = ctx;
	lookup->damaged = true;
	history_report_file_once(&lookup->reported, lookup->history, name);
}

void lookup_refuse(struct console_answer *answer, unsigned status, const char *reason)
{
	answer->status = status;
	answer->type = CONSOLE_TEXT;
	writer_restart(&answer->body);
	writer_string(&answer->body, reason);
	writer_char(&answer->body, '\n');
}

static void put_line(struct work *work)
{
	const char *text = json_finish(&work->json);
	if (text != NULL) {
		writer_string(work->body, text);
		writer_char(work->body, '\n');
	}
}

/* A line of the framing of DNSDB's streams. */
static void put_condition(struct work *work, const char *condition, const char *message)
{
	if (work->request->framed) {
		json_begin(&work->json);
		json_put_object(&work->json, NULL);
		json_put_string(&work->json, "cond", condition);
		json_put_optional(&work->json, "msg", message);
		json_end_object(&work->json);
		put_line(work);
	}
}

static void put_time(struct work *work, const char *name, uint64_t time_s)
{
	char text[HISTORY_TIME_MAX];
	if (work->request->dates) {
		history_time_text(time_s, text);
		json_put_string(&work->json, name, text);
	} else {
		json_put_number(&work->json, name, time_s);
	}
}

/* Whether `name` is `above`, or a name below it. */
static bool is_at_below(const uint8_t *name, size_t size, const struct dns_name *above)
{
	size_t at = 0;
	while (size - at > above->size) {
		at += 1u + name[at];
	}
	return size - at == above->size && memcmp(name + at, above->wire, above->size) == 0;
}

/* The zone of a record is known of NS records only: at the child it is their owner, at the parent a
 * name above. Other records are in the bailiwick of each name above them. */
static bool is_in_bailiwick(const struct dns_name *bailiwick, const struct history_row *row)
{
	bool same = dns_name_equal(bailiwick, row->owner, row->owner_size);
	if (row->type == DNS_TYPE_NS && row->origin == HISTORY_CHILD) {
		return same;
	}
	return is_at_below(row->owner, row->owner_size, bailiwick) &&
	       !(same && row->type == DNS_TYPE_NS && row->origin == HISTORY_PARENT);
}

static void put_name(struct work *work, const char *key, const uint8_t *wire)
{
	char text[DNS_NAME_TEXT_MAX];
	json_put_bytes(&work->json, key, text, dns_name_text(wire, text));
}

static void put_rdata(struct work *work, const char *text, size_t size)
{
	if (work->request->rdata) {
		json_put_bytes(&work->json, "rdata", text, size);
	} else {
		json_put_array(&work->json, "rdata");
		json_put_bytes(&work->json, NULL, text, size);
		json_end_array(&work->json);
	}
}

static void put_record(struct work *work, const struct history_record *record)
{
	char data[HISTORY_DATA_TEXT_MAX], room[DNS_CODE_TEXT_MAX];
	const struct history_row *row = &record->row;
	struct json *json = &work->json;
	put_name(work, "rrname", row->owner);
	json_put_string(json, "rrtype", dns_type_text(row->type, room));
	if (row->type == DNS_TYPE_NS && row->origin == HISTORY_CHILD) {
		put_name(work, "bailiwick", row->owner);
	}
	put_rdata(work, data, history_data_text(row, data));
	json_put_number(json, "ttl_min", record->seen.ttl_min);
	json_put_number(json, "ttl_max", record->seen.ttl_max);
	json_put_string(json, "origin", history_origin_text(row->origin));
}

/* A row of mail, or of a folded zone, which have types that DNS does not have. */
static void put_mail(struct work *work, const struct history_record *record)
{
	char text[MAIL_TEXT_MAX];
	struct writer w;
	writer_init(&w, text, sizeof(text));
	history_mail_owner_text(record, &w);
	json_put_bytes(&work->json, "rrname", text, writer_size(&w));
	json_put_string(&work->json, "rrtype", history_mail_type_text(record));
	writer_restart(&w);
	history_mail_data_text(record, &w);
	put_rdata(work, text, writer_size(&w));
}

static void put_members(struct work *work, const struct history_record *record)
{
	json_put_number(&work->json, "count", record->seen.count);
	put_time(work, "time_first", record->seen.first);
	put_time(work, "time_last", record->seen.last);
	if (record->kind == HISTORY_KEY_OWNER) {
		put_record(work, record);
	} else {
		put_mail(work, record);
	}
}

/* Begins an object of version 2, or that of version 1. */
static void begin_object(struct work *work)
{
	json_begin(&work->json);
	json_put_object(&work->json, NULL);
	if (work->request->framed) {
		json_put_object(&work->json, "obj");
	}
}

static void end_object(struct work *work)
{
	if (work->request->framed) {
		json_end_object(&work->json);
	}
	json_end_object(&work->json);
	put_line(work);
}

static void sum_up(struct work *work, const struct history_seen *seen)
{
	work->count += seen->count;
	work->first_s =
	        work->rows == 1 || seen->first < work->first_s ? seen->first : work->first_s;
	work->last_s = seen->last > work->last_s ? seen->last : work->last_s;
}

static void put_sum(struct work *work)
{
	begin_object(work);
	json_put_number(&work->json, "count", work->count);
	json_put_number(&work->json, "num_results", work->rows);
	put_time(work, "time_first", work->first_s);
	put_time(work, "time_last", work->last_s);
	end_object(work);
}

/* Returns false when the answer has no room for further rows. */
static bool put_dnsdb(struct work *work, const struct history_record *record, const char *sensors)
{
	(void)sensors;
	if (work->request->bailiwick.size > 0 &&
	    (record->kind != HISTORY_KEY_OWNER ||
	     !is_in_bailiwick(&work->request->bailiwick, &record->row))) {
		return true;
	}
	if (work->skip > 0) {
		work->skip--;
		return true;
	}
	if (work->rows == work->request->query.limit) {
		work->limited = true;
		return false;
	}
	work->rows++;
	if (work->request->summarize) {
		sum_up(work, &record->seen);
		return true;
	}
	begin_object(work);
	put_members(work, record);
	end_object(work);
	return true;
}

static bool put_cof(struct work *work, const struct history_record *record, const char *sensors)
{
	const char *line = history_cof(&work->json, record, sensors);
	work->rows++;
	if (line != NULL) {
		writer_string(work->body, line);
		writer_char(work->body, '\n');
	}
	return true;
}

/* Asks one kind of rows. Returns false after a failure, which was logged. */
static bool ask(struct work *work, const struct history_query *query,
                bool (*put)(struct work *work, const struct history_record *record,
                            const char *sensors))
{
	struct history_answer answer;
	struct history_record record;
	const uint8_t *key;
	size_t size;
	int ret = history_ask(&work->reading, query, &answer);
	bool good = ret == 0;
	if (!good) {
		history_report_failure(work->lookup->history, ret);
	}
	bool more = good;
	while (more && (ret = history_batch_next(&answer.rows, &key, &size, &record)) == 1) {
		more = writer_size(work->body) + ROW_ROOM < CONSOLE_ANSWER_MAX;
		work->limited |= !more;
		more = more && put(work, &record, answer.sensors);
	}
	work->limited |= answer.left_out > 0;
	history_answer_free(&answer);
	return good && ret >= 0;
}

/* Lists the kinds of rows of a lookup: those of `nsmx history`, but names either as owners or as
 * data. */
static size_t list_parts(const struct history_query *query,
                         enum history_key_kind parts[HISTORY_PARTS_MAX])
{
	if (query->question == HISTORY_ASK_DATA || query->kind == HISTORY_KEY_TARGET) {
		parts[0] = query->kind;
		return 1;
	}
	size_t count = history_query_parts(query, parts);
	return count - (parts[count - 1] == HISTORY_KEY_TARGET);
}

/* Asks for what the answer still has room for. */
static size_t choose_limit(const struct work *work)
{
	/* The bailiwick is compared here, so all rows are needed. */
	if (work->request->bailiwick.size > 0) {
		return CONSOLE_LIMIT_MAX + CONSOLE_OFFSET_MAX;
	}
	size_t limit = work->request->query.limit - (size_t)work->rows + (size_t)work->skip;
	return limit > 0 ? limit : 1;
}

static void answer_dnsdb(struct work *work, struct console_answer *answer)
{
	struct history_query query = work->request->query;
	enum history_key_kind parts[HISTORY_PARTS_MAX];
	size_t count = list_parts(&query, parts);
	work->skip = work->request->offset;
	put_condition(work, "begin", NULL);
	for (size_t i = 0; i < count && !work->limited; i++) {
		query.kind = parts[i];
		query.limit = choose_limit(work);
		if (!ask(work, &query, put_dnsdb)) {
			lookup_refuse(answer, 500, "the history could not be read");
			return;
		}
	}
	if (work->request->summarize && work->rows > 0) {
		put_sum(work);
	}
	if (work->lookup->damaged) {
		put_condition(work, "limited", "a file of the history is damaged");
	} else if (work->limited) {
		put_condition(work, "limited", "Result limit reached");
	} else {
		put_condition(work, "succeeded", NULL);
	}
}

static void answer_circl(struct work *work, struct console_answer *answer)
{
	enum history_key_kind parts[HISTORY_PARTS_MAX];
	struct history_query query = work->request->query;
	size_t count = history_query_parts(&query, parts);
	for (size_t i = 0; i < count; i++) {
		query.kind = parts[i];
		if (!ask(work, &query, put_cof)) {
			lookup_refuse(answer, 500, "the history could not be read");
			return;
		}
	}
}

void lookup_answer(struct lookup *lookup, const struct console_request *request,
                   struct console_answer *answer)
{
	struct work work = { .lookup = lookup, .request = request, .body = &answer->body };
	if (lookup->history == NULL) {
		lookup_refuse(answer, 404, "the console has no history: start it with --history");
		return;
	}
	lookup->damaged = false;
	int ret = history_reading_open(&work.reading, lookup->history, lookup_note_damage, lookup);
	if (ret != 0) {
		history_report_failure(lookup->history, ret);
		lookup_refuse(answer, 500, "the history could not be read");
		return;
	}
	answer->status = 200;
	answer->type = CONSOLE_NDJSON;
	if (request->page == CONSOLE_CIRCL) {
		answer_circl(&work, answer);
	} else {
		answer_dnsdb(&work, answer);
	}
	history_reading_close(&work.reading);
	json_free(&work.json);
	if (answer->body.failed) {
		lookup_refuse(answer, 500, "out of memory");
	}
}
