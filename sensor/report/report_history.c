/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report_history.h"

#include <inttypes.h>
#include <string.h>
#include <sys/param.h>
#include <xxhash.h>

#include "base/time_ns.h"
#include "history/folder.h"
#include "history/query.h"
#include "history/rows/batch.h"
#include "history/rows/cof.h"
#include "history/rows/mail_text.h"
#include "parsers/dns/dns_codes.h"
#include "sensor/report/report_limits.h"
#include "sensor/report/report_mails.h"
#include "sensor/report/report_merge.h"
#include "sensor/system/signals.h"

#define MAILBOX_TEXT_MAX 4096

struct history {
	const char *path;
	struct report *report; /* whose limits name what could not be read */
	struct history_reading reading;
	struct history_reported damaged;
	bool failed;
};

struct addition {
	struct report *report;
	struct report_incident *incident;
	struct report_incident known; /* the answers that are not rogue */
	struct report_text name;      /* that is asked for */
	char data[HISTORY_DATA_TEXT_MAX];
};

typedef void (*take_t)(struct addition *addition, const struct history_record *record);

static void report_damage(void *ctx, const char *name)
{
	struct history *history = ctx;
	history_report_file_once(&history->damaged, history->path, name);
	report_limits_unread(history->report,
	                     "history %s: %s is damaged or cannot be read: its rows are left out",
	                     history->path, name);
	history->failed = true;
}

static void fail(const struct history *history, int error)
{
	history_report_failure(history->path, error);
	report_limits_unread(history->report, "history %s: %s", history->path, strerror(-error));
}

static void ask(struct history *history, const struct history_query *query,
                struct addition *addition, take_t take)
{
	struct history_answer answer;
	struct history_record record;
	const uint8_t *key;
	size_t size;
	int ret = history_ask(&history->reading, query, &answer);
	while (ret == 0 && history_batch_next(&answer.rows, &key, &size, &record) == 1) {
		take(addition, &record);
	}
	history_answer_free(&answer);
	if (ret != 0 && !history->failed) {
		fail(history, ret);
		history->failed = true;
	}
}

/* Answers */

static const char *type_text(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *text;
	} types[] = { { DNS_TYPE_NS, "NS" },
		      { DNS_TYPE_MX, "MX" },
		      { DNS_TYPE_A, "A" },
		      { DNS_TYPE_AAAA, "AAAA" },
		      { DNS_TYPE_CNAME, "CNAME" } };
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == type) {
			return types[i].text;
		}
	}
	return NULL;
}

static bool has_text(const struct report_texts *texts, struct report_text text)
{
	for (size_t i = 0; i < texts->count; i++) {
		if (report_text_equal(texts->items[i], text)) {
			return true;
		}
	}
	return false;
}

/* The name after the preference, as hits have it. */
static struct report_text value_of(const struct history_row *row, char *text, size_t size)
{
	const char *blank = row->type == DNS_TYPE_MX ? memchr(text, ' ', size) : NULL;
	size_t before = blank != NULL ? (size_t)(blank + 1 - text) : 0;
	return (struct report_text){ text + before, size - before };
}

static int64_t ns_of(uint64_t seconds)
{
	return seconds < (uint64_t)(INT64_MAX / NS_PER_S) ? (int64_t)seconds * NS_PER_S : INT64_MAX;
}

/* The history has whole seconds, so a time of hits within the same second is more exact. */
static void extend_answer(struct report_answer *to, const struct report_answer *from)
{
	if (from->first_ns / NS_PER_S < to->first_ns / NS_PER_S) {
		to->first_ns = from->first_ns;
	}
	if (from->last_ns / NS_PER_S > to->last_ns / NS_PER_S) {
		to->last_ns = from->last_ns;
	}
	to->count = MAX(to->count, from->count);
}

static bool is_same_record(const struct report_answer *a, const struct report_answer *b)
{
	return report_text_equal(a->owner, b->owner) && report_text_equal(a->type, b->type);
}

static void add_matched(struct addition *addition, struct report_answer *answer,
                        const struct history_seen *seen)
{
	struct report_incident *incident = addition->incident;
	for (size_t i = 0; i < incident->answer_count; i++) {
		struct report_answer *known = &incident->answers[i];
		if (is_same_record(known, answer) &&
		    report_text_equal(known->value, answer->value)) {
			extend_answer(known, answer);
			return;
		}
	}
	answer->cached_until_ns = time_ns_after(answer->last_ns, seen->ttl_max * NS_PER_S);
	report_merge_answer(&addition->report->memory, incident, answer);
}

/* A record that was seen only during the incident may be one that the attacker has served. */
static bool is_expected(const struct report_incident *incident, const struct report_answer *answer)
{
	return has_text(&incident->expected, answer->value) ||
	       answer->first_ns / NS_PER_S < incident->first_ns / NS_PER_S ||
	       answer->last_ns / NS_PER_S > incident->last_ns / NS_PER_S;
}

static void take_record(struct addition *addition, const struct history_record *record)
{
	const char *type = record->row.is_code ? NULL : type_text(record->row.type);
	if (record->kind != HISTORY_KEY_OWNER || type == NULL) {
		return;
	}
	size_t size = history_data_text(&record->row, addition->data);
	struct report_answer answer = { .owner = addition->name,
		                        .type = { type, strlen(type) },
		                        .value = value_of(&record->row, addition->data, size),
		                        .first_ns = ns_of(record->seen.first),
		                        .last_ns = ns_of(record->seen.last),
		                        .count = record->seen.count };
	if (has_text(&addition->incident->seen, answer.value)) {
		answer.kind = REPORT_ROGUE;
		add_matched(addition, &answer, &record->seen);
	} else {
		answer.kind = REPORT_EXPECTED;
		report_merge_answer(&addition->report->memory, &addition->known, &answer);
	}
}

/* The time of the rogue records of the same name and type. \return False if there are none. */
static bool find_matched(const struct report_incident *incident, const struct report_answer *answer,
                         int64_t *first_ns, int64_t *last_ns)
{
	bool found = false;
	for (size_t i = 0; i < incident->answer_count; i++) {
		const struct report_answer *matched = &incident->answers[i];
		if (matched->kind == REPORT_ROGUE && is_same_record(matched, answer)) {
			*first_ns = found ? MIN(*first_ns, matched->first_ns) : matched->first_ns;
			*last_ns = found ? MAX(*last_ns, matched->last_ns) : matched->last_ns;
			found = true;
		}
	}
	return found;
}

static void add_expected(struct addition *addition, const struct report_answer *answer)
{
	struct report_memory *memory = &addition->report->memory;
	struct report_incident *incident = addition->incident;
	int64_t first_ns, last_ns;
	if (find_matched(incident, answer, &first_ns, &last_ns) && answer->first_ns < first_ns &&
	    answer->last_ns / NS_PER_S >= last_ns / NS_PER_S) {
		struct report_answer before = *answer, after = *answer;
		before.last_ns = first_ns;
		after.first_ns = MIN(last_ns, answer->last_ns);
		before.count = after.count = 0;
		report_append_answer(memory, incident, &before);
		report_append_answer(memory, incident, &after);
	} else {
		report_append_answer(memory, incident, answer);
	}
}

static void ask_name(struct history *histories, size_t count, struct addition *addition)
{
	struct history_query query = { .until_s = UINT64_MAX, .limit = REPORT_HISTORY_ROWS };
	if (history_query_read_name(&query, addition->name.text) != NULL ||
	    query.question != HISTORY_ASK_NAME) {
		return;
	}
	query.kind = HISTORY_KEY_OWNER;
	for (size_t i = 0; i < count && !signals_stop(); i++) {
		ask(&histories[i], &query, addition, take_record);
	}
}

/* The names of the incident: its owner, and the owners of its rogue records. */
static void list_names(struct report_memory *memory, const struct report_incident *incident,
                       struct report_texts *names)
{
	(void)report_add_text(memory, names, REPORT_HISTORY_NAMES, incident->owner);
	for (size_t i = 0; i < incident->answer_count; i++) {
		if (incident->answers[i].owner.size > 0) {
			(void)report_add_text(memory, names, REPORT_HISTORY_NAMES,
			                      incident->answers[i].owner);
		}
	}
}

static void add_answers(struct history *histories, size_t count, struct addition *addition)
{
	struct report_memory names_memory = { .limit = (size_t)1 << 20 };
	struct report_incident *known = &addition->known;
	struct report_texts names = { .count = 0 };
	list_names(&names_memory, addition->incident, &names);
	for (size_t i = 0; i < names.count; i++) {
		addition->name = names.items[i];
		ask_name(histories, count, addition);
	}
	for (size_t i = 0; i < known->answer_count; i++) {
		if (is_expected(addition->incident, &known->answers[i])) {
			add_expected(addition, &known->answers[i]);
		}
	}
	report_release_incident(&addition->report->memory, known);
	report_memory_free(&names_memory);
	report_sort_answers(addition->incident);
}

/* Mails */

static bool is_matched_server(const struct report_incident *incident, struct report_text server)
{
	bool found = has_text(&incident->seen, server);
	for (size_t i = 0; i < incident->mail_count && !found; i++) {
		found = report_text_equal(incident->mails[i].server, server);
	}
	return found;
}

static struct report_text written(struct writer *out)
{
	const char *text = writer_text(out);
	return (struct report_text){ text, text != NULL ? writer_size(out) : 0 };
}

static void take_mail(struct addition *addition, const struct history_record *record)
{
	char from[MAILBOX_TEXT_MAX], to[MAILBOX_TEXT_MAX], client[64], server[64];
	struct writer from_out, to_out, client_out, server_out;
	const struct history_mail *mail = &record->mail;
	if (record->kind != HISTORY_KEY_RECIPIENT) {
		return;
	}
	writer_init(&from_out, from, sizeof(from));
	writer_init(&to_out, to, sizeof(to));
	writer_init(&client_out, client, sizeof(client));
	writer_init(&server_out, server, sizeof(server));
	history_mailbox_text(&mail->sender, &from_out);
	history_mailbox_text(&mail->recipient, &to_out);
	writer_address(&client_out, &mail->client);
	writer_address(&server_out, &mail->server);
	struct report_rcpt rcpt = { .address = written(&to_out),
		                    .reply_code = mail->reply_code,
		                    .accepted = mail->reply_code / 100 == 2 };
	const struct in6_addr ends[] = { mail->client, mail->server };
	const struct report_mail row = {
		.time_ns = ns_of(mail->time_s),
		.client = written(&client_out),
		.server = written(&server_out),
		.from = written(&from_out),
		.connection = XXH3_64bits(ends, sizeof(ends)) | 1,
		.rcpts = &rcpt,
		.rcpt_count = rcpt.address.text != NULL,
		.accepted = rcpt.accepted,
		.content = mail->content,
		.tls = mail->tls,
	};
	if (is_matched_server(addition->incident, row.server)) {
		report_add_mail_row(&addition->report->memory, addition->incident, &row);
	}
}

static void add_mails(struct history *histories, size_t count, struct addition *addition)
{
	struct history_query query = { .until_s = UINT64_MAX, .limit = REPORT_HISTORY_ROWS };
	if (history_query_read_name(&query, addition->incident->owner.text) != NULL) {
		return;
	}
	query.mail = true;
	query.kind = HISTORY_KEY_RECIPIENT;
	for (size_t i = 0; i < count && !signals_stop(); i++) {
		ask(&histories[i], &query, addition, take_mail);
	}
	report_sort_mails(addition->incident);
}

/* All incidents */

static void add_all(struct report *report, struct history *histories, size_t count,
                    struct progress *progress)
{
	static struct addition addition;
	size_t done = 0;
	for (size_t i = 0; i < report->incident_count && done < REPORT_HISTORY_INCIDENTS; i++) {
		if (report->incidents[i].owner.size == 0 || signals_stop()) {
			continue;
		}
		addition = (struct addition){ .report = report, .incident = &report->incidents[i] };
		add_answers(histories, count, &addition);
		add_mails(histories, count, &addition);
		done++;
		if (progress_is_due(progress)) {
			progress_show_work(progress, "the report", done, "incidents");
		}
	}
}

bool report_add_histories(struct report *report, const char *const *paths, size_t count,
                          struct progress *progress)
{
	struct history histories[REPORT_HISTORIES_MAX];
	size_t opened = 0;
	bool good = true;
	for (size_t i = 0; i < count; i++) {
		struct history *history = &histories[opened];
		*history = (struct history){ .path = paths[i], .report = report };
		int ret = history_reading_open(&history->reading, paths[i], report_damage, history);
		if (ret != 0) {
			fail(history, ret);
		}
		good = good && ret == 0;
		opened += ret == 0;
	}
	add_all(report, histories, opened, progress);
	for (size_t i = 0; i < opened; i++) {
		good = good && !histories[i].failed;
		history_reading_close(&histories[i].reading);
	}
	return good;
}
