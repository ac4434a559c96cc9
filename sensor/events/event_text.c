/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_text.h"

#include <string.h>

#include "base/text.h"

size_t event_value(const struct observation *seen, char *value, size_t room)
{
	char name[DNS_NAME_TEXT_MAX] = "";
	char addr[FLOW_ADDRESS_TEXT_MAX] = "";
	if (seen->addr != NULL) {
		flow_address_text(seen->addr, addr);
	} else if (seen->name != NULL) {
		(void)dns_name_text(seen->name, name);
	}
	const char *rest = seen->addr != NULL ? addr : name;
	size_t size = 0;
	if (seen->local != NULL) {
		size = seen->local_size < room ? seen->local_size : room;
		memcpy(value, seen->local, size);
		if (size < room) {
			value[size++] = '@';
		}
	}
	size_t part = strlen(rest) < room - size ? strlen(rest) : room - size;
	memcpy(value + size, rest, part);
	return size + part;
}

static const char *role_text(const struct event_hit *hit)
{
	/* A pin of `rcpt` tells of the server. */
	bool server = hit->seen->kind == KIND_RCPT && hit->seen->addr != NULL;
	return observation_kind_noun(server ? KIND_SERVER : hit->seen->kind);
}

const char *event_text_section(int section)
{
	static const char *const sections[DNS_SECTIONS] = {
		[DNS_QUESTION] = "question",
		[DNS_ANSWER] = "answer",
		[DNS_AUTHORITY] = "authority",
		[DNS_ADDITIONAL] = "additional",
	};
	return section >= 0 && section < DNS_SECTIONS ? sections[section] : "";
}

static void put_address(struct writer *out, const struct address_text *address)
{
	writer_put(out, address->text, address->size);
}

static void put_place(struct writer *out, const struct event_subject *subject,
                      const struct event_ends *ends)
{
	bool dns = subject->dns != NULL;
	writer_either(out, dns, " of a DNS response from ", " in an SMTP session from ");
	put_address(out, dns ? &ends->server : &ends->client);
	writer_literal(out, " to ");
	put_address(out, dns ? &ends->client : &ends->server);
}

/* Whether the mail was taken is what the reader wants to know first. */
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

/* What is wrong with it, where the rule itself does not say. */
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

/* What became of a session to a watched address. */
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
	writer_string(out, transcript->content    ? "content went over"
	                   : transcript->starttls ? "the rest is encrypted"
	                                          : "no content went over");
}

static void put_interception(struct writer *out, const struct event_subject *subject,
                             const struct event_ends *ends, const struct event_hit *hit)
{
	writer_either(out, hit->interception->ended, "mail went", "mail goes");
	put_place(out, subject, ends);
	writer_literal(out, ", whose address came from a DNS answer that hit");
	if (hit->interception->ended) {
		put_result(out, subject->transcript);
	}
	put_rule(out, hit);
}

static void put_owner(struct writer *out, const struct observation *seen)
{
	char owner[DNS_NAME_TEXT_MAX];
	size_t size = seen->owner != NULL ? dns_name_text(seen->owner, owner) : 0;
	if (size > 0) {
		writer_literal(out, " of ");
		writer_put(out, owner, size);
	}
}

static void put_section(struct writer *out, int section)
{
	const char *text = event_text_section(section);
	if (text[0] != '\0') {
		writer_literal(out, " in the ");
		writer_string(out, text);
		writer_literal(out, " section");
	}
}

void event_text_hit(struct writer *out, const struct event_subject *subject,
                    const struct event_ends *ends, const struct event_hit *hit, const char *value,
                    size_t size)
{
	if (hit->interception != NULL) {
		put_interception(out, subject, ends, hit);
		return;
	}
	writer_string(out, role_text(hit));
	writer_char(out, ' ');
	writer_put(out, value, strnlen(value, size));
	put_outcome(out, subject);
	put_fault(out, hit);
	put_owner(out, hit->seen);
	put_section(out, hit->section);
	put_place(out, subject, ends);
	put_rule(out, hit);
}

void event_text_log(struct writer *out, const struct event_subject *subject,
                    const struct event_ends *ends)
{
	writer_either(out, subject->dns != NULL, "records", "mail");
	put_place(out, subject, ends);
}
