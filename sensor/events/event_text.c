/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_text.h"

#include <stdio.h>
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

#define OUTCOME_MAX 32
#define FAULT_MAX   (DNS_NAME_TEXT_MAX + 64)
#define PLACE_MAX   (2 * FLOW_ADDRESS_TEXT_MAX + 64)

static void put_place(char *at, const struct event_subject *subject, const struct event_ends *ends)
{
	if (subject->dns != NULL) {
		at = TEXT_PUT(at, " of a DNS response from ");
		at = text_put(at, ends->server, ends->server_size);
		at = TEXT_PUT(at, " to ");
		at = text_put(at, ends->client, ends->client_size);
	} else {
		at = TEXT_PUT(at, " in an SMTP session from ");
		at = text_put(at, ends->client, ends->client_size);
		at = TEXT_PUT(at, " to ");
		at = text_put(at, ends->server, ends->server_size);
	}
	*at = '\0';
}

/* Whether the mail was taken is what the reader wants to know first. */
static void make_outcome(char outcome[OUTCOME_MAX], const struct event_subject *subject)
{
	const struct transcript_recipient *at_hand =
	        subject->transcript != NULL ? subject->transcript->at_hand : NULL;
	outcome[0] = '\0';
	if (at_hand != NULL && at_hand->code != 0) {
		(void)snprintf(outcome, OUTCOME_MAX, " (%s, %u)",
		               at_hand->code / 100 == 2 ? "accepted" : "refused", at_hand->code);
	}
}

/* What is wrong with it, where the rule itself does not say. */
static void make_fault(char fault[FAULT_MAX], const struct event_hit *hit)
{
	const struct rule_view *rule = hit->rule;
	fault[0] = '\0';
	switch (rule->action) {
	case ACTION_LOOKALIKE:
		(void)snprintf(fault, FAULT_MAX, ", an imitation of %s,", rule->imitates);
		break;
	case ACTION_TTL_EXCEEDED:
		(void)snprintf(fault, FAULT_MAX, ", with a TTL of %u,", hit->seen->ttl);
		break;
	case ACTION_PIN_MISMATCH:
		(void)snprintf(fault, FAULT_MAX, ", where %s%s was expected,", rule->expected[0],
		               rule->expected_count > 1 ? " or another" : "");
		break;
	default:
		break;
	}
}

static void make_interception(char reason[EVENT_REASON_MAX], const struct event_subject *subject,
                              const struct event_hit *hit, const char *place)
{
	const struct transcript *transcript = subject->transcript;
	size_t accepted = 0;
	for (size_t i = 0; i < transcript->recipients_count; i++) {
		accepted += transcript->recipients[i].code / 100 == 2;
	}
	if (!hit->interception->ended) {
		(void)snprintf(
		        reason, EVENT_REASON_MAX,
		        "mail goes%s, whose address came from a DNS answer that hit: rule %s",
		        place, hit->rule->id);
		return;
	}
	(void)snprintf(
	        reason, EVENT_REASON_MAX,
	        "mail went%s, whose address came from a DNS answer that hit: %zu recipients, "
	        "%zu accepted, %s: rule %s",
	        place, transcript->recipients_count, accepted,
	        transcript->content    ? "content went over"
	        : transcript->starttls ? "the rest is encrypted"
	                               : "no content went over",
	        hit->rule->id);
}

void event_text_hit(char reason[EVENT_REASON_MAX], const struct event_subject *subject,
                    const struct event_ends *ends, const struct event_hit *hit, const char *value,
                    size_t size)
{
	char place[PLACE_MAX];
	char outcome[OUTCOME_MAX];
	char fault[FAULT_MAX];
	char owner[DNS_NAME_TEXT_MAX] = "";
	const char *section = event_text_section(hit->section);

	put_place(place, subject, ends);
	if (hit->interception != NULL) {
		make_interception(reason, subject, hit, place);
		return;
	}
	make_outcome(outcome, subject);
	make_fault(fault, hit);
	if (hit->seen->owner != NULL) {
		(void)dns_name_text(hit->seen->owner, owner);
	}
	(void)snprintf(reason, EVENT_REASON_MAX, "%s %.*s%s%s%s%s%s%s%s%s: rule %s", role_text(hit),
	               (int)(size < DNS_NAME_TEXT_MAX ? size : DNS_NAME_TEXT_MAX), value, outcome,
	               fault, owner[0] != '\0' ? " of " : "", owner,
	               section[0] != '\0' ? " in the " : "", section,
	               section[0] != '\0' ? " section" : "", place, hit->rule->id);
}

void event_text_log(char reason[EVENT_REASON_MAX], const struct event_subject *subject,
                    const struct event_ends *ends)
{
	char *at = subject->dns != NULL ? TEXT_PUT(reason, "records") : TEXT_PUT(reason, "mail");
	put_place(at, subject, ends);
}
