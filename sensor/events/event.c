/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "sensor/events/event_base.h"
#include "sensor/events/event_dns.h"
#include "sensor/events/event_id.h"
#include "sensor/events/event_network.h"
#include "sensor/events/event_nsmx.h"
#include "sensor/events/event_parts.h"
#include "sensor/events/event_reason.h"
#include "sensor/events/event_related.h"
#include "sensor/events/event_rule.h"
#include "sensor/events/event_smtp.h"
#include "sensor/flow/domains.h"

struct event_writer {
	struct domains *domains;
	struct json json;
	struct json observer; /* `observer`, up to the interface */
	struct event_parts parts;
	struct event_rule rule;
	struct event_dns dns;
	struct event_related related;
	struct event_id_head id;
	struct json network; /* what event_put_network() writes for `network_of` */
	struct event_network_key network_of;
	bool has_network;
	bool begun; /* parts of a message are kept for its next event */
	struct event event;
};

static bool make_observer(struct json *json, const char *sensor)
{
	json_begin(json);
	writer_literal(&json->out, "\"observer\":{");
	event_put_observer(json, sensor);
	return !json->out.failed;
}

struct event_writer *event_writer_new(const char *sensor)
{
	struct event_writer *writer = calloc(1, sizeof(*writer));
	if (writer == NULL) {
		return NULL;
	}
	writer->domains = domains_new();
	writer->dns.domains = writer->domains;
	event_id_init(&writer->id);
	event_parts_init(&writer->parts);
	if (writer->domains == NULL || !make_observer(&writer->observer, sensor)) {
		event_writer_free(writer);
		return NULL;
	}
	return writer;
}

void event_writer_free(struct event_writer *writer)
{
	if (writer == NULL) {
		return;
	}
	domains_free(writer->domains);
	event_id_free(&writer->id);
	json_free(&writer->json);
	json_free(&writer->observer);
	event_parts_free(&writer->parts);
	event_rule_free(&writer->rule);
	json_free(&writer->network);
	event_dns_free(&writer->dns);
	event_related_free(&writer->related);
	free(writer);
}

struct domains *event_writer_domains(struct event_writer *writer)
{
	return writer->domains;
}

static void forget(struct event_writer *writer)
{
	writer->id.size = 0;
	writer->dns.state = EVENT_DNS_NOTHING;
}

void event_writer_begin(struct event_writer *writer)
{
	writer->begun = true;
	forget(writer);
}

static void read_dns(struct event_writer *writer)
{
	struct event_parts *parts = &writer->parts;
	const struct dns_message *message = parts->subject->dns;
	if (parts->extent == EVENT_OWN) {
		event_dns_read_own(&writer->dns, message, parts->hit, &writer->related);
	} else {
		event_dns_read(&writer->dns, message, &writer->related);
	}
	parts->question = writer->dns.question;
	parts->question_size = writer->dns.question_size;
	parts->omitted = writer->dns.omitted;
}

static void relate_address(struct event_related *related, const struct in6_addr *addr)
{
	struct address_text text;
	address_text_make(&text, addr);
	event_related_add(related, addr, &text);
}

/* Returns whether the hit is an address embedded in another one. That other address belongs to this
 * event only. */
static bool is_embedded(const struct event_hit *hit)
{
	return hit != NULL && hit->seen->embedded_in != NULL;
}

static void relate_ends(struct event_writer *writer)
{
	const struct event_parts *parts = &writer->parts;
	const struct event_subject *subject = parts->subject;
	const struct flow_key *key = &subject->flow->key;
	struct event_related *related = &writer->related;
	event_related_begin(related);
	event_related_add(related, event_subject_client(subject), &parts->client);
	event_related_add(related, &key->server, &parts->server);
	if (event_subject_is_proxied(subject)) {
		relate_address(related, &key->client);
	}
	if (is_embedded(parts->hit)) {
		relate_address(related, parts->hit->seen->addr);
		relate_address(related, parts->hit->seen->embedded_in);
	}
}

static void make_row_parts(struct event_writer *writer, const struct event_subject *subject,
                           const struct event_hit *hit)
{
	struct event_parts *parts = &writer->parts;
	if (!writer->begun) {
		forget(writer);
	}
	event_parts_make(parts, subject, hit);
	event_id_make(parts, &writer->id);
	event_reason_make(parts);
	event_related_begin(&writer->related);
	if (subject->row->server != NULL) {
		relate_address(&writer->related, subject->row->server);
	}
	if (hit->seen->addr != NULL) {
		relate_address(&writer->related, hit->seen->addr);
	}
	if (is_embedded(hit)) {
		relate_address(&writer->related, hit->seen->embedded_in);
	}
}

static void make_parts(struct event_writer *writer, const struct event_subject *subject,
                       const struct event_hit *hit, enum event_extent extent)
{
	struct event_parts *parts = &writer->parts;
	/* The related addresses of this event are not those of the message's other hits. */
	bool alone = is_embedded(hit) && extent == EVENT_WHOLE;
	if (!writer->begun || subject->dns == NULL) {
		forget(writer);
	}
	if (alone) {
		writer->dns.state = EVENT_DNS_NOTHING;
	}
	event_parts_make(parts, subject, hit);
	parts->extent = extent;
	event_id_make(parts, &writer->id);
	event_reason_make(parts);
	if (extent == EVENT_OWN || writer->dns.state != EVENT_DNS_WHOLE) {
		relate_ends(writer);
	}
	if (subject->dns != NULL) {
		read_dns(writer);
	}
	if (alone) {
		writer->dns.state = EVENT_DNS_NOTHING;
	}
}

static void put_observer(struct event_writer *writer)
{
	struct json *json = &writer->json;
	const char *interface = writer->parts.subject->flow->interface;
	json_put_members(json, &writer->observer);
	if (interface != NULL) {
		writer_literal(&json->out, ",\"ingress\":{\"interface\":{\"name\":");
		json_put_text(json, interface, strlen(interface));
		writer_literal(&json->out, "}}");
	}
	writer_literal(&json->out, "}");
}

/* Consecutive events are mostly of one message or session. */
static void put_network(struct event_writer *writer)
{
	struct event_network_key key;
	event_network_key_make(&key, writer->parts.subject);
	if (!writer->has_network || memcmp(&key, &writer->network_of, sizeof(key)) != 0) {
		json_begin(&writer->network);
		event_put_network(&writer->network, &writer->parts);
		writer->network_of = key;
		writer->has_network = true;
	}
	json_put_members(&writer->json, &writer->network);
}

static void put_protocol(struct event_writer *writer)
{
	const struct event_subject *subject = writer->parts.subject;
	struct event_parts *parts = &writer->parts;
	if (subject->row != NULL && subject->row->server != NULL) {
		event_put_mail_row(&writer->json, subject->row);
	} else if (subject->row != NULL) {
		event_put_row(&writer->json, subject->row);
	} else if (subject->dns != NULL) {
		event_put_dns(&writer->json, &writer->dns, subject->dns);
	} else {
		parts->recipients_omitted = event_put_smtp(&writer->json, parts);
	}
}

static void put_json(struct event_writer *writer)
{
	struct json *json = &writer->json;
	const struct event_parts *parts = &writer->parts;
	json_begin(json);
	json_put_object(json, NULL);
	event_put_base(json, parts, &writer->event);
	if (parts->hit != NULL) {
		event_put_rule(json, &writer->rule, parts);
	}
	if (parts->subject->row == NULL) {
		put_network(writer);
	}
	put_protocol(writer);
	put_observer(writer);
	event_put_related(json, &writer->related, parts);
	event_put_nsmx(json, parts, &writer->event);
	json_end_object(json);
}

static const struct event *finish(struct event_writer *writer)
{
	const struct event_parts *parts = &writer->parts;
	const struct rule_view *rule = parts->hit != NULL ? parts->hit->rule : NULL;
	struct record *record = &writer->event.record;
	*record = (struct record){
		.kind = rule != NULL ? RECORD_HIT : RECORD_LOG,
		.severity = rule != NULL ? rule_severity_number(rule->severity) : 0,
		.id = parts->id,
		.id_size = EVENT_ID_MAX - 1,
		.rule = rule != NULL ? rule->id : "",
		.rule_size = rule != NULL ? strlen(rule->id) : 0,
		.json = json_finish(&writer->json),
		.json_size = json_size(&writer->json),
		.time = parts->time,
		.reason = parts->reason.start,
		.reason_size = writer_size(&parts->reason),
	};
	bool failed = record->json == NULL || parts->reason.failed || writer->id.hashed.failed;
	return failed ? NULL : &writer->event;
}

const struct event *event_write(struct event_writer *writer, const struct event_subject *subject,
                                const struct event_hit *hit, enum event_extent extent)
{
	if (subject->row != NULL) {
		make_row_parts(writer, subject, hit);
	} else {
		make_parts(writer, subject, hit, extent);
	}
	put_json(writer);
	return finish(writer);
}
