/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_reason.h"

#include <string.h>

#include "base/text.h"

static const char *role_text(const struct event_hit *hit)
{
	/* A pin of `rcpt` reports the server. */
	bool server = hit->seen->kind == KIND_RCPT && hit->seen->addr != NULL;
	return observation_kind_noun(server ? KIND_SERVER : hit->seen->kind);
}

static void put_address(struct writer *out, const struct address_text *address)
{
	writer_put(out, address->text, address->size);
}

/* What was seen of the message or session, before the address of its sender. */
static const char *place_text(const struct event_subject *subject)
{
	enum event_connection connection = subject->connection;
	if (subject->dns == NULL) {
		return connection == EVENT_CONNECTION_ATTEMPTED
		               ? " in an unanswered connection from "
		       : connection == EVENT_CONNECTION_REFUSED ? " in a refused connection from "
		                                                : " in an SMTP session from ";
	}
	if (dns_is_response(subject->dns)) {
		return " of a DNS response from ";
	}
	return connection == EVENT_CONNECTION_ATTEMPTED ? " in an unanswered DNS question from "
	                                                : " of a DNS question from ";
}

static void put_place(struct writer *out, const struct event_parts *parts)
{
	const struct event_subject *subject = parts->subject;
	bool response = subject->dns != NULL && dns_is_response(subject->dns);
	writer_string(out, place_text(subject));
	put_address(out, response ? &parts->server : &parts->client);
	writer_literal(out, " to ");
	put_address(out, response ? &parts->client : &parts->server);
}

/* The time without a fraction of a second, which rows do not have. */
static void put_second(struct writer *out, int64_t time_ns)
{
	char text[TEXT_TIME_MAX];
	(void)text_time(text, time_ns);
	writer_put(out, text, sizeof("2020-05-31T00:05:12") - 1);
	writer_char(out, 'Z');
}

/* How often and when a row was seen, and where (docs/history.md). */
static void put_sightings(struct writer *out, const struct event_subject *subject)
{
	const struct event_row *row = subject->row;
	writer_literal(out, ", seen ");
	if (row->count == 1) {
		writer_literal(out, "once, at ");
	} else {
		writer_number(out, row->count);
		writer_literal(out, " times from ");
	}
	put_second(out, subject->flow->time_ns);
	if (row->count != 1) {
		writer_literal(out, " to ");
		put_second(out, row->last_ns);
	}
	if (row->server != NULL) {
		writer_literal(out, " (mail server ");
		writer_address(out, row->server);
	} else {
		writer_literal(out, " (");
		writer_string(out, row->origin);
	}
	writer_char(out, ')');
}

static void put_embedded(struct writer *out, const struct in6_addr *addr)
{
	if (addr != NULL) {
		struct address_text text;
		address_text_make(&text, addr);
		writer_literal(out, " (in ");
		put_address(out, &text);
		writer_char(out, ')');
	}
}

/* Writes whether the server accepted the mail. */
static void put_outcome(struct writer *out, const struct event_subject *subject)
{
	const struct transcript_recipient *at_hand =
	        subject->transcript != NULL ? subject->transcript->at_hand : NULL;
	if (at_hand != NULL && at_hand->code != 0) {
		writer_either(out, at_hand->code / 100 == 2, " (accepted, ", " (refused, ");
		writer_number(out, at_hand->code);
		writer_char(out, ')');
	}
}

/* Why the value is a hit, where the rule alone does not show it. */
static void put_fault(struct writer *out, const struct event_hit *hit)
{
	const struct rule_view *rule = hit->rule;
	switch (rule->action) {
	case ACTION_LOOKALIKE:
		writer_literal(out, ", an imitation of ");
		writer_string(out, rule->imitates);
		writer_char(out, ',');
		break;
	case ACTION_TTL_EXCEEDED:
		writer_literal(out, ", with a TTL of ");
		writer_number(out, hit->seen->ttl);
		writer_char(out, ',');
		break;
	case ACTION_PIN_MISMATCH:
		writer_literal(out, ", where ");
		writer_string(out, rule->expected[0]);
		writer_either(out, rule->expected_count > 1, " or another", "");
		writer_literal(out, " was expected,");
		break;
	default:
		break;
	}
}

static void put_rule(struct writer *out, const struct event_hit *hit)
{
	writer_literal(out, ": rule ");
	writer_string(out, hit->rule->id);
}

/* The result of a session to a watched address. */
static void put_result(struct writer *out, const struct transcript *transcript)
{
	size_t accepted = 0;
	for (size_t i = 0; i < transcript->recipients_count; i++) {
		accepted += transcript->recipients[i].code / 100 == 2;
	}
	writer_literal(out, ": ");
	writer_number(out, transcript->recipients_count);
	writer_literal(out, " recipients, ");
	writer_number(out, accepted);
	writer_literal(out, " accepted, ");
	writer_string(out, transcript->content ? "content was transferred"
	                   : transcript->tls   ? "the session continued encrypted after STARTTLS"
	                                       : "no content was transferred");
}

static void put_interception(struct writer *out, const struct event_parts *parts)
{
	const struct event_hit *hit = parts->hit;
	writer_either(out, hit->interception->ended, "mail was intercepted", "mail is intercepted");
	put_place(out, parts);
	writer_literal(out, ", whose address came from a matched DNS answer");
	if (hit->interception->ended) {
		put_result(out, parts->subject->transcript);
	}
	put_rule(out, hit);
}

/* What is new about the value. */
static const char *news_text(const struct event_change *change)
{
	static const struct {
		const char *kind, *news;
	} texts[] = {
		{ "ds", ": it had a DS record" },
		{ "ttl", " has a TTL greater than any before" },
		{ "health", " is suspicious" },
		{ "tls", ": TLS is not offered or used as before" },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(change->kind, texts[i].kind) == 0) {
			return texts[i].news;
		}
	}
	return " was never seen before";
}

static void put_change(struct writer *out, const struct event_change *change)
{
	writer_string(out, news_text(change));
	if (change->known_count > 0) {
		writer_literal(out, "; known is ");
		writer_string(out, change->known[0].value);
	}
	if (change->known_count > 1) {
		writer_literal(out, " and ");
		writer_number(out, change->known_count - 1);
		writer_literal(out, " more");
	}
	writer_literal(out, "; score ");
	writer_number(out, change->score);
	for (size_t i = 0; i < change->reasons_count; i++) {
		writer_string(out, i == 0 ? " (" : ", ");
		writer_string(out, change->reasons[i]);
	}
	writer_char(out, ')');
}

static void put_hit(struct writer *out, const struct event_parts *parts)
{
	const struct event_hit *hit = parts->hit;
	writer_string(out, role_text(hit));
	writer_char(out, ' ');
	writer_put(out, parts->value, parts->value_size);
	put_embedded(out, hit->seen->embedded_in);
	put_outcome(out, parts->subject);
	put_fault(out, hit);
	if (parts->owner_size > 0) {
		writer_literal(out, " of ");
		writer_put(out, parts->owner, parts->owner_size);
	}
	if (parts->section[0] != '\0') {
		writer_literal(out, " in the ");
		writer_string(out, parts->section);
		writer_literal(out, " section");
	}
	if (parts->subject->row != NULL) {
		put_sightings(out, parts->subject);
	} else {
		put_place(out, parts);
	}
	if (hit->change != NULL) {
		put_change(out, hit->change);
	}
	put_rule(out, hit);
}

void event_reason_make(struct event_parts *parts)
{
	struct writer *out = &parts->reason;
	writer_restart(out);
	if (parts->hit == NULL) {
		writer_either(out, parts->subject->dns != NULL, "records", "mail");
		put_place(out, parts);
	} else if (parts->hit->interception != NULL) {
		put_interception(out, parts);
	} else {
		put_hit(out, parts);
	}
	(void)writer_text(out);
}
