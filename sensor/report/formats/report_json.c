/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole model as one JSON object. docs/report.md documents its keys. */
#include "sensor/report/formats/formats.h"
#include "sensor/report/formats/report_out.h"

/* It is increased when a key changes its meaning or is removed. */
#define REPORT_JSON_VERSION 1

static void put_resolvers(struct report_out *out, const struct report_incident *incident)
{
	struct json *json = &out->json;
	json_put_array(json, "resolvers");
	for (size_t i = 0; i < incident->resolver_count; i++) {
		const struct report_resolver *resolver = &incident->resolvers[i];
		json_put_object(json, NULL);
		report_put_text(json, "ip", &resolver->ip);
		report_put_time(json, "first", resolver->first_ns);
		report_put_time(json, "cached_until", resolver->cached_until_ns);
		json_end_object(json);
		report_out_flush(out);
	}
	json_end_array(json);
}

static void put_rcpts(struct report_out *out, const struct report_mail *mail)
{
	struct json *json = &out->json;
	json_put_array(json, "rcpt");
	for (size_t i = 0; i < mail->rcpt_count; i++) {
		report_put_text(json, NULL, &mail->rcpts[i].address);
		report_out_flush(out);
	}
	json_end_array(json);
	json_put_array(json, "rcpt_to");
	for (size_t i = 0; i < mail->rcpt_count; i++) {
		const struct report_rcpt *rcpt = &mail->rcpts[i];
		json_put_object(json, NULL);
		report_put_text(json, "address", &rcpt->address);
		report_put_count(json, "reply_code", rcpt->reply_code);
		json_put_bool(json, "accepted", rcpt->accepted);
		json_end_object(json);
		report_out_flush(out);
	}
	json_end_array(json);
}

static void put_mail(struct report_out *out, const struct report_mail *mail)
{
	struct json *json = &out->json;
	json_put_object(json, NULL);
	report_put_time(json, "time", mail->time_ns);
	report_put_text(json, "event_id", &mail->event_id);
	report_put_text(json, "client", &mail->client);
	report_put_text(json, "server", &mail->server);
	report_put_text(json, "helo", &mail->helo);
	report_put_text(json, "from", &mail->from);
	put_rcpts(out, mail);
	report_put_text(json, "subject", &mail->subject);
	report_put_text(json, "message_id", &mail->message_id);
	json_put_bool(json, "accepted", mail->accepted);
	json_put_bool(json, "content", mail->content);
	json_put_bool(json, "tls", mail->tls);
	report_put_text(json, "evidence", &mail->evidence);
	json_end_object(json);
}

static void put_mails(struct report_out *out, const struct report_incident *incident)
{
	json_put_number(&out->json, "mail_sessions", incident->mail_sessions);
	json_put_array(&out->json, "mails");
	for (size_t i = 0; i < incident->mail_count; i++) {
		put_mail(out, &incident->mails[i]);
		report_out_flush(out);
	}
	json_end_array(&out->json);
}

static void put_answers(struct report_out *out, const struct report_incident *incident)
{
	struct json *json = &out->json;
	json_put_array(json, "answers");
	for (size_t i = 0; i < incident->answer_count; i++) {
		const struct report_answer *answer = &incident->answers[i];
		json_put_object(json, NULL);
		json_put_string(json, "kind", report_answer_word(answer->kind));
		report_put_text(json, "owner", &answer->owner);
		report_put_text(json, "type", &answer->type);
		report_put_text(json, "value", &answer->value);
		report_put_time(json, "first", answer->first_ns);
		report_put_time(json, "last", answer->last_ns);
		report_put_time(json, "cached_until", answer->cached_until_ns);
		report_put_count(json, "count", answer->count);
		json_end_object(json);
		report_out_flush(out);
	}
	json_end_array(json);
}

static void put_connection(struct json *json, const struct report_hit *hit)
{
	report_put_text(json, "protocol", &hit->protocol);
	report_put_text(json, "client", &hit->client);
	report_put_count(json, "client_port", hit->client_port);
	report_put_text(json, "server", &hit->server);
	report_put_count(json, "server_port", hit->server_port);
	report_put_text(json, "community_id", &hit->community_id);
}

static void put_rule(struct json *json, const struct report_hit *hit)
{
	json_put_object(json, "rule");
	report_put_text(json, "id", &hit->rule_id);
	report_put_text(json, "name", &hit->rule_text);
	report_put_text(json, "ruleset", &hit->feed);
	json_end_object(json);
}

static void put_hit(struct json *json, const struct report_hit *hit)
{
	json_put_object(json, NULL);
	report_put_time(json, "time", hit->time_ns);
	report_put_text(json, "event_id", &hit->event_id);
	report_put_text(json, "action", &hit->action);
	json_put_number(json, "severity", hit->severity);
	json_put_number(json, "count", hit->count);
	report_put_text(json, "reason", &hit->reason);
	put_rule(json, hit);
	report_put_text(json, "what", &hit->kind);
	report_put_text(json, "field", &hit->field);
	report_put_text(json, "value", &hit->value);
	report_put_text(json, "type", &hit->type);
	report_put_text(json, "owner", &hit->owner);
	report_put_text(json, "question", &hit->question);
	report_put_text(json, "imitates", &hit->imitates);
	if (hit->has_ttl) {
		json_put_number(json, "ttl", hit->ttl);
	}
	report_put_time(json, "cached_until", hit->cached_until_ns);
	put_connection(json, hit);
	report_put_text(json, "evidence", &hit->evidence);
	json_end_object(json);
}

static void put_hits(struct report_out *out, const struct report_incident *incident)
{
	json_put_number(&out->json, "hits", incident->hit_count);
	json_put_array(&out->json, "hit_list");
	for (size_t i = 0; i < incident->hits_listed; i++) {
		put_hit(&out->json, &incident->hits[i]);
		report_out_flush(out);
	}
	json_end_array(&out->json);
	json_put_number(&out->json, "omitted", incident->omitted);
}

/* The keys are those of `nsmx.incident`, then those that only a report has. */
static void put_incident(struct report_out *out, const struct report_incident *incident)
{
	struct json *json = &out->json;
	json_put_object(json, NULL);
	report_put_text(json, "id", &incident->id);
	report_put_text(json, "state", &incident->state);
	report_put_text(json, "owner", &incident->owner);
	report_put_text(json, "network", &incident->network);
	json_put_number(json, "severity", incident->severity);
	report_put_time(json, "first", incident->first_ns);
	report_put_time(json, "last", incident->last_ns);
	report_put_texts(json, "expected", &incident->expected);
	report_put_texts(json, "seen", &incident->seen);
	report_put_texts(json, "reasons", &incident->reasons);
	json_put_number(json, "clients_count", incident->clients_count);
	report_put_texts(json, "clients", &incident->clients);
	report_put_time(json, "cached_until", incident->cached_until_ns);
	put_resolvers(out, incident);
	put_mails(out, incident);
	report_put_texts(json, "rules", &incident->rules);
	put_answers(out, incident);
	put_hits(out, incident);
	json_end_object(json);
	report_out_flush(out);
}

static void put_incidents(struct report_out *out, const struct report *report)
{
	struct json *json = &out->json;
	if (report->incident_count == 0) {
		writer_literal(json_members(json), "\"incidents\":[]");
		return;
	}
	json_put_array(json, "incidents");
	for (size_t i = 0; i < report->incident_count; i++) {
		put_incident(out, &report->incidents[i]);
	}
	json_end_array(json);
}

bool report_write_json(const struct report *report, FILE *file)
{
	struct report_out out;
	report_out_begin(&out, file);
	struct json *json = &out.json;
	json_put_object(json, NULL);
	json_put_string(json, "format", "nsmx.report");
	json_put_number(json, "version", REPORT_JSON_VERSION);
	report_put_time(json, "written", report->written_ns);
	report_put_texts(json, "sensors", &report->sensors);
	report_put_texts(json, "sources", &report->sources);
	report_put_time(json, "first", report->first_ns);
	report_put_time(json, "last", report->last_ns);
	report_put_texts(json, "limits", &report->limits);
	put_incidents(&out, report);
	json_end_object(json);
	report_out_line(&out);
	return report_out_end(&out);
}
