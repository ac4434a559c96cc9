/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON lines for Timesketch: `message`, `datetime` and `timestamp_desc` of each hit, answer and
 * mail, with the microseconds since 1970 as `timestamp`. docs/report.md documents the other fields.
 */
#include "base/text.h"
#include "base/time_ns.h"
#include "sensor/report/formats/formats.h"
#include "sensor/report/formats/report_out.h"

#define NS_PER_US 1000
/* Recipients that a message names. */
#define NAMED_MAX 3

struct timesketch {
	struct report_out out;
	struct writer message;
	const struct report_incident *incident;
};

/* The part of a message that is known when the program is compiled, or a text from the wire. */
static void put_words(struct timesketch *lines, const char *words)
{
	writer_string(&lines->message, words);
}

static void put_value(struct timesketch *lines, const struct report_text *text)
{
	writer_put(&lines->message, text->text, text->size);
}

/* Microseconds, rounded down; Python's datetime has no nanoseconds. */
static int64_t microseconds(int64_t time_ns)
{
	return time_ns / NS_PER_US - (time_ns % NS_PER_US < 0);
}

/* A time with an offset. Before the first whole microsecond of an int64_t it has nanoseconds. */
static void put_datetime(struct json *json, int64_t time_ns)
{
	char text[TEXT_TIME_MAX];
	int64_t us = microseconds(time_ns);
	char *end = text_time(text, us < INT64_MIN / NS_PER_US ? time_ns : us * NS_PER_US);
	struct writer *out = json_members(json);
	writer_literal(out, "\"datetime\":\"");
	writer_put(out, text, (size_t)(end - text) - 1);
	writer_literal(out, "+00:00\"");
}

static void put_timestamp(struct json *json, int64_t time_ns)
{
	int64_t us = microseconds(time_ns);
	struct writer *out = json_members(json);
	writer_literal(out, "\"timestamp\":");
	if (us < 0) {
		writer_char(out, '-');
	}
	writer_number(out, us < 0 ? (uint64_t)-us : (uint64_t)us);
}

/* Starts a line with the fields that Timesketch needs. */
static void begin_line(struct timesketch *lines, int64_t time_ns, const char *description,
                       const char *data_type)
{
	struct json *json = &lines->out.json;
	const struct report_incident *incident = lines->incident;
	json_put_object(json, NULL);
	json_put_bytes(json, "message", lines->message.start, writer_size(&lines->message));
	put_datetime(json, time_ns);
	put_timestamp(json, time_ns);
	json_put_string(json, "timestamp_desc", description);
	json_put_string(json, "data_type", data_type);
	report_put_text(json, "incident_id", &incident->id);
	report_put_text(json, "incident_owner", &incident->owner);
	report_put_text(json, "network", &incident->network);
	lines->out.failed |= lines->message.failed;
	writer_restart(&lines->message);
}

static void end_line(struct timesketch *lines)
{
	json_end_object(&lines->out.json);
	report_out_line(&lines->out);
}

static void put_hit(struct timesketch *lines, const struct report_hit *hit)
{
	struct json *json = &lines->out.json;
	if (report_text_is_set(&hit->reason)) {
		put_value(lines, &hit->reason);
	} else {
		put_words(lines, "hit on ");
		put_value(lines, &hit->value);
	}
	begin_line(lines, hit->time_ns, "Hit", "nsmx:hit");
	report_put_text(json, "event_id", &hit->event_id);
	report_put_text(json, "action", &hit->action);
	json_put_string(json, "severity", report_severity_word(hit->severity));
	json_put_number(json, "count", hit->count);
	report_put_text(json, "rule_id", &hit->rule_id);
	report_put_text(json, "ruleset", &hit->feed);
	report_put_text(json, "what", &hit->kind);
	report_put_text(json, "value", &hit->value);
	report_put_text(json, "record_type", &hit->type);
	report_put_text(json, "owner", &hit->owner);
	report_put_text(json, "question", &hit->question);
	report_put_text(json, "imitates", &hit->imitates);
	report_put_time(json, "cached_until", hit->cached_until_ns);
	report_put_text(json, "protocol", &hit->protocol);
	report_put_text(json, "client_ip", &hit->client);
	report_put_count(json, "client_port", hit->client_port);
	report_put_text(json, "server_ip", &hit->server);
	report_put_count(json, "server_port", hit->server_port);
	report_put_text(json, "community_id", &hit->community_id);
	report_put_text(json, "evidence", &hit->evidence);
	end_line(lines);
}

static void put_answer(struct timesketch *lines, const struct report_answer *answer)
{
	struct json *json = &lines->out.json;
	put_words(lines, report_answer_word(answer->kind));
	put_words(lines, " ");
	put_value(lines, &answer->type);
	put_words(lines, " of ");
	put_value(lines, &answer->owner);
	put_words(lines, ": ");
	put_value(lines, &answer->value);
	begin_line(lines, answer->first_ns, "First seen", "nsmx:answer");
	json_put_string(json, "kind", report_answer_word(answer->kind));
	report_put_text(json, "owner", &answer->owner);
	report_put_text(json, "record_type", &answer->type);
	report_put_text(json, "value", &answer->value);
	report_put_time(json, "last_seen", answer->last_ns);
	report_put_time(json, "cached_until", answer->cached_until_ns);
	report_put_count(json, "count", answer->count);
	end_line(lines);
}

static void put_recipients(struct json *json, const struct report_mail *mail)
{
	json_put_array(json, "recipients");
	for (size_t i = 0; i < mail->rcpt_count; i++) {
		report_put_text(json, NULL, &mail->rcpts[i].address);
	}
	json_end_array(json);
	json_put_array(json, "accepted_recipients");
	for (size_t i = 0; i < mail->rcpt_count; i++) {
		if (mail->rcpts[i].accepted) {
			report_put_text(json, NULL, &mail->rcpts[i].address);
		}
	}
	json_end_array(json);
}

static void put_mail_message(struct timesketch *lines, const struct report_mail *mail)
{
	put_words(lines, "mail");
	if (mail->from.text != NULL) {
		put_words(lines, " from <");
		put_value(lines, &mail->from);
		put_words(lines, ">");
	}
	for (size_t i = 0; i < mail->rcpt_count && i < NAMED_MAX; i++) {
		put_words(lines, i > 0 ? ", <" : " to <");
		put_value(lines, &mail->rcpts[i].address);
		put_words(lines, ">");
	}
	if (mail->rcpt_count > NAMED_MAX) {
		put_words(lines, " and ");
		writer_number(&lines->message, mail->rcpt_count - NAMED_MAX);
		put_words(lines, " more");
	}
	put_words(lines, ": ");
	put_words(lines, report_mail_outcome(mail));
}

static void put_mail(struct timesketch *lines, const struct report_mail *mail)
{
	struct json *json = &lines->out.json;
	put_mail_message(lines, mail);
	begin_line(lines, mail->time_ns, "Mail", "nsmx:mail");
	report_put_text(json, "event_id", &mail->event_id);
	report_put_text(json, "client_ip", &mail->client);
	report_put_text(json, "server_ip", &mail->server);
	report_put_text(json, "helo", &mail->helo);
	report_put_text(json, "sender", &mail->from);
	put_recipients(json, mail);
	report_put_text(json, "subject", &mail->subject);
	report_put_text(json, "message_id", &mail->message_id);
	json_put_bool(json, "accepted", mail->accepted);
	json_put_bool(json, "content", mail->content);
	json_put_bool(json, "tls", mail->tls);
	report_put_text(json, "evidence", &mail->evidence);
	end_line(lines);
}

bool report_write_timesketch(const struct report *report, FILE *file)
{
	struct timesketch lines = { .incident = NULL };
	report_out_begin(&lines.out, file);
	writer_init_growing(&lines.message, JSON_SIZE_MAX);
	for (size_t i = 0; i < report->incident_count; i++) {
		lines.incident = &report->incidents[i];
		for (size_t j = 0; j < lines.incident->answer_count; j++) {
			put_answer(&lines, &lines.incident->answers[j]);
		}
		for (size_t j = 0; j < lines.incident->hits_listed; j++) {
			put_hit(&lines, &lines.incident->hits[j]);
		}
		for (size_t j = 0; j < lines.incident->mail_count; j++) {
			put_mail(&lines, &lines.incident->mails[j]);
		}
	}
	writer_free(&lines.message);
	return report_out_end(&lines.out);
}
