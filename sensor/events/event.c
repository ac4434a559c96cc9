/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/json.h"
#include "base/text.h"
#include "base/time_ns.h"
#include "parsers/link/frame.h"
#include "sensor/events/domains.h"
#include "sensor/events/event_dns.h"
#include "sensor/events/event_related.h"
#include "sensor/events/event_smtp.h"
#include "sensor/events/event_text.h"

#define ECS_VERSION "9.0.0"
#define REASON_MAX  65536

/* The second of a time, up to its fraction: "2020-05-31T00:05:12." */
struct moment {
	int64_t second;
	char text[20];
};

struct event_writer {
	struct domains *domains;
	XXH3_state_t *hash; /* of a hit's id */
	struct json json;
	struct json observer; /* what every event says of the sensor */
	struct event_dns dns;
	struct event_related related;
	struct event_ends ends;
	struct event event;
	char id[EVENT_ID_MAX];
	char time[TEXT_TIME_MAX];
	size_t time_size;
	struct moment packet, now; /* of the event before */
	struct writer reason;
	char value[EVENT_VALUE_MAX];
	size_t value_size;
};

static bool make_observer(struct json *json, const char *sensor)
{
	json_begin(json);
	writer_literal(&json->out, "\"observer\":{\"name\":");
	json_put_text(json, sensor, strlen(sensor));
	writer_literal(&json->out,
	               ",\"type\":\"sensor\",\"product\":\"nsmx\",\"version\":\"" NSMX_VERSION
	               "\"");
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
	writer_init_growing(&writer->reason, REASON_MAX);
	writer->hash = XXH3_createState();
	writer->packet.second = writer->now.second = -1;
	if (writer->domains == NULL || writer->hash == NULL ||
	    !make_observer(&writer->observer, sensor)) {
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
	(void)XXH3_freeState(writer->hash);
	json_free(&writer->json);
	json_free(&writer->observer);
	event_dns_free(&writer->dns);
	event_related_free(&writer->related);
	writer_free(&writer->reason);
	free(writer);
}

/* The id of a flow and what it said. */
#define ID_HEAD_MAX 128

static void put_id_head(struct writer *out, const struct event_subject *subject)
{
	const struct flow_key *key = &subject->flow->key;
	writer_number(out, key->protocol);
	writer_char(out, ' ');
	writer_number(out, key->client_port);
	writer_char(out, ' ');
	writer_number(out, key->server_port);
	writer_char(out, ' ');
	writer_hex64(out, subject->dns != NULL ? XXH3_64bits(subject->dns->wire, subject->dns->size)
	                                       : subject->anchor);
	writer_char(out, ' ');
	writer_put(out, (const char *)&key->client, sizeof(key->client));
	writer_put(out, (const char *)&key->server, sizeof(key->server));
}

static XXH128_hash_t hash_hit(const struct event_writer *writer, const struct writer *head,
                              const struct event_hit *hit)
{
	XXH3_state_t *state = writer->hash;
	const char *kind = observation_kind_text(hit->seen->kind);
	(void)XXH3_128bits_reset(state);
	(void)XXH3_128bits_update(state, head->start, writer_size(head));
	(void)XXH3_128bits_update(state, hit->rule->id, strlen(hit->rule->id) + 1);
	(void)XXH3_128bits_update(state, kind, strlen(kind) + 1);
	if (hit->interception != NULL) {
		const char *phase = hit->interception->ended ? "end" : "start";
		(void)XXH3_128bits_update(state, phase, strlen(phase) + 1);
	}
	(void)XXH3_128bits_update(state, writer->value, writer->value_size);
	return XXH3_128bits_digest(state);
}

/*
 * An identity made of what the packets themselves hold, and of the rule: it is
 * the same in a replay, in another sensor and after a restart. Time is no part
 * of it, for a capture that is played onto a wire has other times.
 */
static void make_id(struct event_writer *writer, const struct event_subject *subject,
                    const struct event_hit *hit)
{
	char memory[ID_HEAD_MAX];
	struct writer head, id;
	writer_init(&head, memory, sizeof(memory));
	writer_init(&id, writer->id, sizeof(writer->id));
	put_id_head(&head, subject);
	XXH128_hash_t hash = hit != NULL ? hash_hit(writer, &head, hit)
	                                 : XXH3_128bits(head.start, writer_size(&head));
	writer_hex64(&id, hash.high64);
	writer_hex64(&id, hash.low64);
	(void)writer_text(&id);
}

/* Objects that every event has */

static const char *action_text(const struct event_hit *hit)
{
	static const char *const actions[ACTION_COUNT] = {
		[ACTION_IOC_MATCH] = "ioc-match",
		[ACTION_PIN_MISMATCH] = "pin-mismatch",
		[ACTION_TTL_EXCEEDED] = "ttl-exceeded",
		[ACTION_LOOKALIKE] = "lookalike",
	};
	return hit->interception != NULL ? "mail-intercepted" : actions[hit->rule->action];
}

/* A second as text: events come by the thousand in each. */
static void put_time(struct writer *out, struct moment *last, int64_t time_ns)
{
	int64_t second = time_ns / NS_PER_S;
	uint32_t fraction = (uint32_t)(time_ns % NS_PER_S);
	bool in_us = fraction % 1000 == 0;
	if (time_ns < 0 || second != last->second) {
		char text[TEXT_TIME_MAX];
		writer_put(out, text, (size_t)(text_time(text, time_ns) - text));
		last->second = time_ns < 0 ? -1 : second;
		memcpy(last->text, text, sizeof(last->text));
		return;
	}
	writer_put(out, last->text, sizeof(last->text));
	writer_digits(out, in_us ? fraction / 1000 : fraction, in_us ? 6 : 9);
	writer_char(out, 'Z');
}

static void put_created(struct event_writer *writer)
{
	struct writer *out = &writer->json.out;
	writer_literal(out, ",\"created\":\"");
	put_time(out, &writer->now, realtime_ns() / 1000 * 1000);
	writer_char(out, '"');
}

static void put_kind(struct writer *out, const struct event_subject *subject,
                     const struct event_hit *hit)
{
	if (hit != NULL) {
		writer_literal(out, "\"alert\",\"category\":[\"intrusion_detection\",\"network\"");
	} else {
		writer_literal(out, "\"event\",\"category\":[\"network\"");
	}
	if (subject->transcript != NULL) {
		writer_literal(out, ",\"email\"");
	}
	writer_literal(out, "],\"type\":[\"info\"");
	if (hit != NULL && hit->interception != NULL) {
		writer_either(out, hit->interception->ended, ",\"end\"", ",\"start\"");
	}
	writer_literal(out, "],\"module\":\"nsmx\",\"dataset\":\"nsmx.");
	writer_either(out, subject->dns != NULL, "dns", "smtp");
}

/* To the reason, which may hold what has to be escaped. */
static void put_front(struct event_writer *writer, const struct event_subject *subject,
                      const struct event_hit *hit)
{
	struct writer *out = json_members(&writer->json);
	writer_literal(out, "\"@timestamp\":\"");
	writer_put(out, writer->time, writer->time_size);
	writer_literal(out, "\",\"ecs\":{\"version\":\"" ECS_VERSION "\"},\"event\":{\"kind\":");
	put_kind(out, subject, hit);
	writer_literal(out, "\",\"id\":\"");
	writer->event.id_at = writer_size(out);
	writer_put(out, writer->id, EVENT_ID_MAX - 1);
	writer_char(out, '"');
	if (hit != NULL) {
		writer_literal(out, ",\"action\":\"");
		writer_string(out, action_text(hit));
		writer_literal(out, "\",\"severity\":");
		writer_number(out, writer->event.record.severity);
	}
	writer_literal(out, ",\"reason\":");
}

static void put_event_object(struct event_writer *writer, const struct event_subject *subject,
                             const struct event_hit *hit)
{
	struct json *json = &writer->json;
	put_front(writer, subject, hit);
	json_put_text(json, writer->reason.start, writer_size(&writer->reason));
	put_created(writer);
	writer->event.event_end = json_size(json);
	writer_char(&json->out, '}');
}

static void put_optional(struct json *json, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0') {
		json_put_string(json, key, text);
	}
}

static void put_rule(struct json *json, const struct rule_view *rule)
{
	json_put_object(json, "rule");
	json_put_string(json, "id", rule->id);
	json_put_string(json, "name", rule->text);
	put_optional(json, "description", rule->note);
	put_optional(json, "reference", rule->ref);
	put_optional(json, "ruleset", rule->feed);
	json_end_object(json);

	if (rule->tags == NULL || rule->tags[0] == '\0') {
		return;
	}
	json_put_array(json, "tags");
	for (const char *tag = rule->tags; *tag != '\0';) {
		size_t size = strcspn(tag, ",");
		json_put_bytes(json, NULL, tag, size);
		tag += size + (tag[size] == ',');
	}
	json_end_array(json);
}

/* ECS has words for confidence; the bounds are those of STIX 2.1, appendix A. */
static const char *confidence_text(int confidence)
{
	if (confidence <= 0) {
		return confidence < 0 ? "Not Specified" : "None";
	}
	return confidence < 30 ? "Low" : confidence < 70 ? "Medium" : "High";
}

/* Of a pin or a protected name the rule knows what is right; the threat is what was seen. */
static void put_observed_indicator(struct event_writer *writer, const struct event_hit *hit)
{
	struct json *json = &writer->json;
	const struct observation *seen = hit->seen;
	const char *type = seen->local != NULL ? "email-addr" : "domain-name";
	if (seen->addr != NULL) {
		type = flow_is_ipv4(seen->addr) ? "ipv4-addr" : "ipv6-addr";
		json_put_bytes(json, "ip", writer->value, writer->value_size);
	}
	json_put_bytes(json, "name", writer->value, writer->value_size);
	json_put_string(json, "type", type);
}

static void put_rule_indicator(struct json *json, const struct rule_view *rule)
{
	bool ipv6 = strchr(rule->indicator, ':') != NULL;
	json_put_string(json, "name", rule->indicator);
	switch (rule->form) {
	case FORM_NETWORK:
		json_put_string(json, "type", ipv6 ? "ipv6-addr" : "ipv4-addr");
		if (strchr(rule->indicator, '/') == NULL) {
			json_put_string(json, "ip", rule->indicator);
		}
		break;
	case FORM_MAILBOX:
		json_put_string(json, "type", "email-addr");
		break;
	default:
		json_put_string(json, "type", "domain-name");
	}
}

static void put_indicator(struct event_writer *writer, const struct event_hit *hit)
{
	struct json *json = &writer->json;
	json_put_object(json, "indicator");
	if (hit->rule->action == ACTION_IOC_MATCH) {
		put_rule_indicator(json, hit->rule);
	} else {
		put_observed_indicator(writer, hit);
	}
	json_put_string(json, "confidence", confidence_text(hit->rule->confidence));
	put_optional(json, "provider", hit->rule->feed);
	json_end_object(json);
}

static void put_threat(struct event_writer *writer, const struct event_hit *hit)
{
	struct json *json = &writer->json;
	json_put_object(json, "threat");
	put_indicator(writer, hit);
	if (hit->rule->feed != NULL && hit->rule->feed[0] != '\0') {
		json_put_object(json, "feed");
		json_put_string(json, "name", hit->rule->feed);
		json_end_object(json);
	}
	json_put_array(json, "enrichments");
	json_put_object(json, NULL);
	json_put_object(json, "matched");
	json_put_bytes(json, "atomic", writer->value, writer->value_size);
	json_put_string(json, "field", hit->field);
	json_put_string(json, "type", "indicator_match_rule");
	json_end_object(json);
	json_end_object(json);
	json_end_array(json);
	json_end_object(json);
}

static void put_end(struct writer *out, const struct address_text *address, uint16_t port)
{
	writer_literal(out, "{\"ip\":\"");
	writer_address_text(out, address);
	writer_literal(out, "\",\"port\":");
	writer_number(out, port);
	writer_char(out, '}');
}

/* ECS has each end twice: by its role, and by its direction. */
static void put_ends(struct writer *out, const struct flow_key *key, const struct event_ends *ends)
{
	writer_literal(out, "\"client\":");
	size_t client = writer_size(out);
	put_end(out, &ends->client, key->client_port);
	size_t client_size = writer_size(out) - client;
	writer_literal(out, ",\"server\":");
	size_t server = writer_size(out);
	put_end(out, &ends->server, key->server_port);
	size_t server_size = writer_size(out) - server;
	writer_literal(out, ",\"source\":");
	writer_repeat(out, client, client_size);
	writer_literal(out, ",\"destination\":");
	writer_repeat(out, server, server_size);
}

static void put_network(struct event_writer *writer, const struct event_subject *subject)
{
	const struct flow *flow = subject->flow;
	char id[FLOW_COMMUNITY_ID_MAX];
	struct writer *out = json_members(&writer->json);
	put_ends(out, &flow->key, &writer->ends);
	writer_literal(out, ",\"network\":{\"transport\":\"");
	writer_either(out, flow->key.protocol == IPPROTO_UDP, "udp", "tcp");
	writer_literal(out, "\",\"type\":\"");
	writer_either(out, flow_is_ipv4(&flow->key.client), "ipv4", "ipv6");
	writer_literal(out, "\",\"protocol\":\"");
	writer_either(out, subject->dns != NULL, "dns", "smtp");
	writer_char(out, '"');
	if (flow_community_id(flow, id)) {
		writer_literal(out, ",\"community_id\":\"");
		writer_string(out, id);
		writer_char(out, '"');
	}
	if (flow->encapsulation.vlan >= 0) {
		writer_literal(out, ",\"vlan\":{\"id\":\"");
		writer_number(out, (uint64_t)flow->encapsulation.vlan);
		writer_literal(out, "\"}");
	}
	writer_char(out, '}');
}

static void put_observer(struct event_writer *writer, const struct flow *flow)
{
	struct json *json = &writer->json;
	json_put_members(json, &writer->observer);
	if (flow->interface != NULL) {
		writer_literal(&json->out, ",\"ingress\":{\"interface\":{\"name\":");
		json_put_text(json, flow->interface, strlen(flow->interface));
		writer_literal(&json->out, "}}");
	}
	writer_literal(&json->out, "}");
}

static void put_cached_until(struct json *json, int64_t time_ns, uint32_t ttl)
{
	/* RFC 2181 section 8: with the top bit set it counts as zero. */
	int64_t ttl_ns = ttl < 0x80000000U ? ttl * NS_PER_S : 0;
	int64_t until_ns;
	char until[FLOW_TIME_TEXT_MAX];
	/* A capture may claim any time. */
	if (!__builtin_add_overflow(time_ns, ttl_ns, &until_ns)) {
		flow_time_text(until_ns, until);
		json_put_string(json, "cached_until", until);
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
	put_optional(json, "imitates", rule->imitates);
}

static void put_tunnel(struct json *json, const struct flow *flow)
{
	static const char *const types[] = {
		[TUNNEL_IP] = "ip",         [TUNNEL_GRE] = "gre",
		[TUNNEL_ERSPAN] = "erspan", [TUNNEL_ETHERIP] = "etherip",
		[TUNNEL_VXLAN] = "vxlan",   [TUNNEL_GENEVE] = "geneve",
		[TUNNEL_GTP] = "gtp",       [TUNNEL_TEREDO] = "teredo",
	};
	char id[16];
	if (flow->encapsulation.tunnel == TUNNEL_NONE) {
		return;
	}
	json_put_object(json, "tunnel");
	json_put_string(json, "type", types[flow->encapsulation.tunnel]);
	if (flow->encapsulation.tunnel_id != 0) {
		(void)snprintf(id, sizeof(id), "%" PRIu32, flow->encapsulation.tunnel_id);
		json_put_string(json, "id", id);
	}
	json_end_object(json);
}

static void put_nsmx(struct event_writer *writer, const struct event_subject *subject,
                     const struct event_hit *hit)
{
	uint64_t omitted = subject->dns != NULL ? writer->dns.omitted : 0;
	struct json *json = &writer->json;
	char text[DNS_NAME_TEXT_MAX];
	json_put_object(json, "nsmx");
	if (hit != NULL) {
		const struct observation *seen = hit->seen;
		json_put_string(json, "what", observation_kind_text(seen->kind));
		put_optional(json, "section", event_text_section(hit->section));
		if (hit->interception != NULL) {
			put_optional(json, "dns_event", hit->interception->dns_event);
			if (hit->interception->ended) {
				json_put_bool(json, "content", subject->transcript->content);
			}
		}
		put_expected(json, hit->rule);
		if (hit->rule->confidence >= 0) {
			json_put_number(json, "confidence", (uint64_t)hit->rule->confidence);
		}
		if (seen->owner != NULL) {
			(void)dns_name_text(seen->owner, text);
			json_put_string(json, "owner", text);
		}
		if (seen->owner != NULL && hit->section > DNS_QUESTION) {
			put_cached_until(json, subject->flow->time_ns, seen->ttl);
		}
	}
	put_tunnel(json, subject->flow);
	if (omitted > 0) {
		json_put_number(json, "records_omitted", omitted);
	}
	writer->event.nsmx_end = json_size(json);
	json_end_object(json);
}

/* Whole events */

static void make_ends(struct event_writer *writer, const struct flow *flow)
{
	struct event_ends *ends = &writer->ends;
	address_text_make(&ends->client, &flow->key.client);
	address_text_make(&ends->server, &flow->key.server);
	event_related_begin(&writer->related);
	event_related_add(&writer->related, &flow->key.client, &ends->client);
	event_related_add(&writer->related, &flow->key.server, &ends->server);
}

static const struct event *write_event(struct event_writer *writer,
                                       const struct event_subject *subject,
                                       const struct event_hit *hit)
{
	struct json *json = &writer->json;
	const char *question = NULL;

	make_id(writer, subject, hit);
	struct writer time;
	writer_init(&time, writer->time, sizeof(writer->time));
	put_time(&time, &writer->packet, subject->flow->time_ns);
	writer->time_size = writer_size(&time);
	(void)writer_text(&time);
	json_begin(json);
	json_put_object(json, NULL);
	put_event_object(writer, subject, hit);
	if (hit != NULL) {
		put_rule(json, hit->rule);
		put_threat(writer, hit);
	}
	put_network(writer, subject);
	if (subject->dns != NULL) {
		event_dns_read(&writer->dns, subject->dns, &writer->related);
		event_put_dns(json, &writer->dns, subject->dns);
		question = writer->dns.has_question ? writer->dns.question : NULL;
	} else {
		event_put_smtp(json, subject->transcript, hit != NULL && hit->interception != NULL);
	}
	put_observer(writer, subject->flow);
	event_put_related(json, &writer->related, subject, hit, question);
	if (hit != NULL || subject->flow->encapsulation.tunnel != TUNNEL_NONE ||
	    writer->dns.omitted > 0) {
		put_nsmx(writer, subject, hit);
	}
	json_end_object(json);

	struct record *record = &writer->event.record;
	record->json = json_finish(json);
	record->json_size = json_size(json);
	record->id = writer->id;
	record->id_size = EVENT_ID_MAX - 1;
	record->time = writer->time;
	record->reason = writer_text(&writer->reason);
	return record->json != NULL && record->reason != NULL ? &writer->event : NULL;
}

const struct event *event_write_hit(struct event_writer *writer,
                                    const struct event_subject *subject,
                                    const struct event_hit *hit)
{
	struct event *event = &writer->event;

	writer->value_size = event_value(hit->seen, writer->value, sizeof(writer->value));
	make_ends(writer, subject->flow);
	writer_restart(&writer->reason);
	event_text_hit(&writer->reason, subject, &writer->ends, hit, writer->value,
	               writer->value_size);
	event->record.kind = RECORD_HIT;
	event->record.severity = rule_severity_number(hit->rule->severity);
	event->record.rule = hit->rule->id;
	event->record.rule_size = strlen(hit->rule->id);
	return write_event(writer, subject, hit);
}

const struct event *event_write_log(struct event_writer *writer,
                                    const struct event_subject *subject)
{
	struct event *event = &writer->event;

	make_ends(writer, subject->flow);
	writer_restart(&writer->reason);
	event_text_log(&writer->reason, subject, &writer->ends);
	event->record.kind = RECORD_LOG;
	event->record.severity = 0;
	event->record.rule = "";
	event->record.rule_size = 0;
	return write_event(writer, subject, NULL);
}
