/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_nsmx.h"

#include <string.h>

#include "base/text.h"
#include "base/time_ns.h"

static void put_cached_until(struct json *json, int64_t time_ns, uint32_t ttl)
{
	int64_t until_ns = time_ns_after(time_ns, ttl * NS_PER_S);
	if (until_ns != INT64_MAX) {
		writer_literal(json_members(json), "\"cached_until\":\"");
		writer_time(&json->out, until_ns);
		writer_char(&json->out, '"');
	}
}

static void put_expected(struct json *json, const struct rule_view *rule)
{
	if (rule->expected_count > 0) {
		json_put_array(json, "expected");
		for (size_t i = 0; i < rule->expected_count; i++) {
			json_put_string(json, NULL, rule->expected[i]);
		}
		json_end_array(json);
	}
	if (rule->imitates != NULL) {
		writer_literal(json_members(json), "\"imitates\":");
		json_put_text(json, rule->imitates, strlen(rule->imitates));
	}
}

static void put_tunnel(struct json *json, const struct encapsulation *encapsulation)
{
	static const char *const types[] = {
#define X(name, text) [TUNNEL_##name] = text,
		TUNNELS(X)
#undef X
	};
	json_put_object(json, "tunnel");
	json_put_string(json, "type", types[encapsulation->tunnel]);
	if (encapsulation->tunnel_id != 0) {
		writer_literal(json_members(json), "\"id\":\"");
		writer_number(&json->out, encapsulation->tunnel_id);
		writer_char(&json->out, '"');
	}
	json_end_object(json);
}

static void put_network(struct json *json, const struct network_id *network)
{
	char text[FLOW_NETWORK_MAX];
	if (network != NULL) {
		flow_network_text(network, text);
		json_put_string(json, "network", text);
	}
}

/* `client` is the one that the proxy has named. */
static void put_proxy(struct json *json, const struct event_subject *subject)
{
	char text[TEXT_ADDRESS_MAX];
	if (!event_subject_is_proxied(subject)) {
		return;
	}
	*text_address(text, &subject->flow->key.client) = '\0';
	json_put_object(json, "proxy");
	json_put_string(json, "ip", text);
	json_end_object(json);
}

static void put_interception(struct json *json, const struct event_parts *parts)
{
	const struct event_interception *interception = parts->hit->interception;
	if (interception == NULL) {
		return;
	}
	json_put_optional(json, "dns_event", interception->dns_event);
	if (interception->ended) {
		json_put_bool(json, "content", parts->subject->transcript->content);
	}
}

/* A MAIL command that was refused during another mail is not in the transcript, so its sender is
 * not. */
static bool has_local(const struct transcript_mailbox *mailbox, const struct observation *seen)
{
	for (unsigned i = 0; i < mailbox->count; i++) {
		const struct mailbox_reading reading = transcript_reading(mailbox, i);
		if (reading.local_size == seen->local_size &&
		    memcmp(reading.text.text, seen->local, seen->local_size) == 0) {
			return true;
		}
	}
	return false;
}

static const struct transcript_mailbox *mailbox_of(const struct event_parts *parts)
{
	const struct transcript *transcript = parts->subject->transcript;
	if (transcript == NULL) {
		return NULL;
	}
	switch (parts->hit->seen->kind) {
	case KIND_FROM:
		return has_local(&transcript->mail_from, parts->hit->seen) ? &transcript->mail_from
		                                                           : NULL;
	case KIND_RCPT:
		return transcript->at_hand != NULL ? &transcript->at_hand->mailbox : NULL;
	default:
		return NULL;
	}
}

static void put_also(struct json *json, const struct event_parts *parts)
{
	const struct transcript_mailbox *mailbox = mailbox_of(parts);
	struct smtp_text also =
	        mailbox != NULL ? transcript_also(mailbox) : (struct smtp_text){ NULL, 0 };
	if (also.text != NULL) {
		json_put_bytes(json, "also", also.text, also.size);
	}
}

static void put_embedded(struct json *json, const struct in6_addr *addr)
{
	if (addr != NULL) {
		struct address_text text;
		address_text_make(&text, addr);
		json_put_bytes(json, "embedded_in", text.text, text.size);
	}
}

static void put_connection(struct json *json, const struct event_parts *parts)
{
	static const char *const texts[] = {
		[EVENT_CONNECTION_ATTEMPTED] = "attempted",
		[EVENT_CONNECTION_REFUSED] = "refused",
		[EVENT_CONNECTION_ESTABLISHED] = "established",
	};
	if (parts->subject->connection != EVENT_CONNECTION_NONE) {
		json_put_string(json, "connection", texts[parts->subject->connection]);
	}
}

static void put_address(struct json *json, const char *key, const struct in6_addr *addr)
{
	char text[TEXT_ADDRESS_MAX];
	*text_address(text, addr) = '\0';
	json_put_string(json, key, text);
}

static void put_clients(struct json *json, const struct event_row *row)
{
	if (row->clients_count == 0) {
		return;
	}
	json_put_array(json, "clients");
	for (size_t i = 0; i < row->clients_count; i++) {
		put_address(json, NULL, &row->clients[i]);
	}
	json_end_array(json);
}

static void put_single_mail(struct json *json, const struct event_mail *mail)
{
	json_put_time(json, "time", mail->first_ns);
	put_address(json, "client", &mail->client);
	json_put_bytes(json, "from", mail->sender.text, mail->sender.size);
	json_put_array(json, "rcpt");
	json_put_bytes(json, NULL, mail->recipient.text, mail->recipient.size);
	json_end_array(json);
	if (mail->reply_code != 0) {
		json_put_bool(json, "accepted", mail->reply_code / 100 == 2);
	}
	json_put_bool(json, "content", mail->content);
	json_put_bool(json, "tls", mail->tls);
}

static void put_mails_of_domain(struct json *json, const struct event_mail *mail)
{
	json_put_time(json, "start", mail->first_ns);
	json_put_time(json, "end", mail->last_ns);
	json_put_bytes(json, "domain", mail->recipient.text, mail->recipient.size);
	json_put_number(json, "count", mail->count);
	json_put_number(json, "accepted_count", mail->accepted_count);
	json_put_number(json, "tls_count", mail->tls_count);
}

static void put_mails(struct json *json, const struct event_row *row)
{
	if (row->mails_count == 0) {
		return;
	}
	json_put_array(json, "mails");
	for (size_t i = 0; i < row->mails_count; i++) {
		json_put_object(json, NULL);
		if (row->mails[i].single) {
			put_single_mail(json, &row->mails[i]);
		} else {
			put_mails_of_domain(json, &row->mails[i]);
		}
		put_address(json, "server", &row->mails[i].server);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_row(struct json *json, const struct event_row *row)
{
	if (row->server == NULL && !row->is_code) {
		put_cached_until(json, row->last_ns, row->ttl);
	}
	json_put_optional(json, "origin", row->origin);
	json_put_number(json, "count", row->count);
	put_clients(json, row);
	put_mails(json, row);
}

/* Writes the place of the hit, which every hit has. */
static void put_place(struct json *json, const struct event_parts *parts)
{
	struct writer *out = json_members(json);
	writer_literal(out, "\"what\":\"");
	writer_string(out, event_kind_text(parts->hit));
	if (parts->section[0] != '\0') {
		writer_literal(out, "\",\"section\":\"");
		writer_string(out, parts->section);
	}
	writer_char(out, '"');
}

static void put_known(struct json *json, const struct event_known *known)
{
	json_put_object(json, NULL);
	json_put_string(json, "value", known->value);
	json_put_time(json, "first", known->first_ns);
	json_put_time(json, "last", known->last_ns);
	json_put_number(json, "count", known->count);
	json_end_object(json);
}

static void put_change(struct json *json, const struct event_change *change)
{
	if (change == NULL) {
		return;
	}
	json_put_number(json, "score", change->score);
	json_put_array(json, "reasons");
	for (size_t i = 0; i < change->reasons_count; i++) {
		json_put_string(json, NULL, change->reasons[i]);
	}
	json_end_array(json);
	json_put_array(json, "known");
	for (size_t i = 0; i < change->known_count; i++) {
		put_known(json, &change->known[i]);
	}
	json_end_array(json);
}

static void put_incident(struct json *json, const struct event_hit *hit)
{
	if (hit->incident != NULL) {
		struct writer *out = json_members(json);
		writer_literal(out, "\"incident\":{\"id\":\"");
		writer_string(out, hit->incident);
		writer_literal(out, "\"}");
	}
}

static void put_hit(struct json *json, const struct event_parts *parts)
{
	const struct event_hit *hit = parts->hit;
	put_place(json, parts);
	put_incident(json, hit);
	put_embedded(json, hit->seen->embedded_in);
	put_connection(json, parts);
	put_interception(json, parts);
	put_change(json, hit->change);
	put_also(json, parts);
	if (parts->subject->flow->ambiguous) {
		json_put_bool(json, "ambiguous", true);
	}
	put_expected(json, hit->rule);
	json_put_optional(json, "evidence", hit->evidence);
	if (hit->rule->confidence >= 0) {
		writer_literal(json_members(json), "\"confidence\":");
		writer_number(&json->out, (uint64_t)hit->rule->confidence);
	}
	if (parts->owner_size > 0) {
		writer_literal(json_members(json), "\"owner\":");
		json_put_text(json, parts->owner, parts->owner_size);
	}
	if (parts->subject->row != NULL) {
		put_row(json, parts->subject->row);
	} else if (parts->owner_size > 0 && hit->section > DNS_QUESTION) {
		put_cached_until(json, parts->subject->flow->time_ns, hit->seen->ttl);
	}
}

/* Refers to the first event of the message, which has the records that are omitted here. */
static void put_omitted(struct json *json, const struct event_parts *parts)
{
	const char *first = parts->subject->first_event;
	if (first != NULL && first[0] != '\0' && parts->extent == EVENT_OWN) {
		writer_literal(json_members(json), "\"first_event\":\"");
		writer_string(&json->out, first);
		writer_char(&json->out, '"');
	}
	if (parts->omitted > 0) {
		writer_literal(json_members(json), "\"records_omitted\":");
		writer_number(&json->out, parts->omitted);
	}
	if (parts->recipients_omitted > 0) {
		json_put_number(json, "recipients_omitted", parts->recipients_omitted);
	}
}

void event_put_nsmx(struct json *json, const struct event_parts *parts, struct event *event)
{
	const struct flow *flow = parts->subject->flow;
	bool tunnelled = flow->encapsulation.tunnel != TUNNEL_NONE;
	if (parts->hit == NULL && !tunnelled && flow->network == NULL && parts->omitted == 0 &&
	    parts->recipients_omitted == 0 && !event_subject_is_proxied(parts->subject)) {
		return;
	}
	json_put_object(json, "nsmx");
	if (parts->hit != NULL) {
		put_hit(json, parts);
	}
	if (tunnelled) {
		put_tunnel(json, &flow->encapsulation);
	}
	put_network(json, flow->network);
	put_proxy(json, parts->subject);
	put_omitted(json, parts);
	event->nsmx_end = json_size(json);
	json_end_object(json);
}
