/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/text.h"
#include "base/time_ns.h"
#include "parsers/link/frame.h"
#include "rules/keywords.h"
#include "sensor/events/domains.h"
#include "sensor/events/event_dns.h"
#include "sensor/events/event_related.h"
#include "sensor/events/event_smtp.h"
#include "sensor/events/event_text.h"
#include "sensor/events/json.h"

#define ECS_VERSION "9.0.0"

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
	char time[FLOW_TIME_TEXT_MAX];
	size_t time_size;
	struct moment packet, now; /* of the event before */
	char reason[EVENT_REASON_MAX];
	char value[EVENT_VALUE_MAX];
	size_t value_size;
};

static bool make_observer(struct json *json, const char *sensor)
{
	json_begin(json);
	JSON_PUT(json, "\"observer\":{\"name\":");
	json_put_text(json, sensor, strlen(sensor));
	JSON_PUT(json,
	         ",\"type\":\"sensor\",\"product\":\"nsmx\",\"version\":\"" NSMX_VERSION "\"");
	return !json->failed;
}

struct event_writer *event_writer_new(const char *sensor)
{
	struct event_writer *writer = calloc(1, sizeof(*writer));
	if (writer == NULL) {
		return NULL;
	}
	writer->domains = domains_new();
	writer->dns.domains = writer->domains;
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
	free(writer);
}

/* The id of a flow and what it said. */
#define ID_HEAD_MAX 128

static size_t make_id_head(char head[ID_HEAD_MAX], const struct event_subject *subject)
{
	const struct flow *flow = subject->flow;
	char *at = text_number(head, flow->key.protocol);
	*at++ = ' ';
	at = text_number(at, flow->key.client_port);
	*at++ = ' ';
	at = text_number(at, flow->key.server_port);
	*at++ = ' ';
	at = text_hex64(at, subject->dns != NULL
	                            ? XXH3_64bits(subject->dns->wire, subject->dns->size)
	                            : subject->anchor);
	*at++ = ' ';
	at = text_put(at, (const char *)&flow->key.client, sizeof(flow->key.client));
	at = text_put(at, (const char *)&flow->key.server, sizeof(flow->key.server));
	return (size_t)(at - head);
}

static XXH128_hash_t hash_hit(const struct event_writer *writer, const char *head, size_t size,
                              const struct event_hit *hit)
{
	XXH3_state_t *state = writer->hash;
	const char *kind = observation_kind_text(hit->seen->kind);
	(void)XXH3_128bits_reset(state);
	(void)XXH3_128bits_update(state, head, size);
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
	char head[ID_HEAD_MAX];
	size_t size = make_id_head(head, subject);
	XXH128_hash_t hash =
	        hit != NULL ? hash_hit(writer, head, size, hit) : XXH3_128bits(head, size);
	*text_hex64(text_hex64(writer->id, hash.high64), hash.low64) = '\0';
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
static size_t put_time(struct moment *last, int64_t time_ns, char text[FLOW_TIME_TEXT_MAX])
{
	int64_t second = time_ns / NS_PER_S;
	uint32_t fraction = (uint32_t)(time_ns % NS_PER_S);
	if (time_ns < 0 || second != last->second) {
		size_t size = flow_time_text(time_ns, text);
		last->second = time_ns < 0 ? -1 : second;
		memcpy(last->text, text, sizeof(last->text));
		return size;
	}
	char *at = text_put(text, last->text, sizeof(last->text));
	at = fraction % 1000 == 0 ? text_digits(at, fraction / 1000, 6)
	                          : text_digits(at, fraction, 9);
	*at++ = 'Z';
	*at = '\0';
	return (size_t)(at - text);
}

static char *put_created(struct event_writer *writer, char *at)
{
	char text[FLOW_TIME_TEXT_MAX];
	int64_t now_ns = realtime_ns() / 1000 * 1000;
	at = TEXT_PUT(at, ",\"created\":\"");
	at = text_put(at, text, put_time(&writer->now, now_ns, text));
	*at++ = '"';
	return at;
}

#define FRONT_MAX 512
#define TIMES_MAX 128

static char *put_kind(char *at, const struct event_subject *subject, const struct event_hit *hit)
{
	at = hit != NULL
	             ? TEXT_PUT(at, "\"alert\",\"category\":[\"intrusion_detection\",\"network\"")
	             : TEXT_PUT(at, "\"event\",\"category\":[\"network\"");
	if (subject->transcript != NULL) {
		at = TEXT_PUT(at, ",\"email\"");
	}
	at = TEXT_PUT(at, "],\"type\":[\"info\"");
	if (hit != NULL && hit->interception != NULL) {
		at = hit->interception->ended ? TEXT_PUT(at, ",\"end\"")
		                              : TEXT_PUT(at, ",\"start\"");
	}
	at = TEXT_PUT(at, "],\"module\":\"nsmx\",\"dataset\":\"nsmx.");
	return subject->dns != NULL ? TEXT_PUT(at, "dns") : TEXT_PUT(at, "smtp");
}

/* To the reason, which may hold what has to be escaped. */
static void put_front(struct event_writer *writer, const struct event_subject *subject,
                      const struct event_hit *hit)
{
	char *at = json_room_members(&writer->json, FRONT_MAX);
	if (at == NULL) {
		return;
	}
	at = TEXT_PUT(at, "\"@timestamp\":\"");
	at = text_put(at, writer->time, writer->time_size);
	at = TEXT_PUT(at, "\",\"ecs\":{\"version\":\"" ECS_VERSION "\"},\"event\":{\"kind\":");
	at = put_kind(at, subject, hit);
	at = TEXT_PUT(at, "\",\"id\":\"");
	writer->event.id_at = (size_t)(at - writer->json.text);
	at = text_put(at, writer->id, EVENT_ID_MAX - 1);
	*at++ = '"';
	if (hit != NULL) {
		at = TEXT_PUT(at, ",\"action\":\"");
		at = text_put_string(at, action_text(hit));
		at = TEXT_PUT(at, "\",\"severity\":");
		at = text_number(at, writer->event.record.severity);
	}
	at = TEXT_PUT(at, ",\"reason\":");
	json_wrote(&writer->json, at);
}

static void put_event_object(struct event_writer *writer, const struct event_subject *subject,
                             const struct event_hit *hit)
{
	struct json *json = &writer->json;
	put_front(writer, subject, hit);
	json_put_text(json, writer->reason, strlen(writer->reason));
	char *at = json_room(json, TIMES_MAX);
	if (at != NULL) {
		at = put_created(writer, at);
		writer->event.event_end = (size_t)(at - json->text);
		*at++ = '}';
		json_wrote(json, at);
	}
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

static char *put_end(char *at, const char *addr, size_t size, uint16_t port)
{
	at = TEXT_PUT(at, "\":{\"ip\":\"");
	at = text_put_address(at, addr, size);
	at = TEXT_PUT(at, "\",\"port\":");
	at = text_number(at, port);
	*at++ = '}';
	return at;
}

static char *put_ends(char *at, const struct flow *flow, const struct event_ends *ends)
{
	at = TEXT_PUT(at, "\"client");
	at = put_end(at, ends->client, ends->client_size, flow->key.client_port);
	at = TEXT_PUT(at, ",\"server");
	at = put_end(at, ends->server, ends->server_size, flow->key.server_port);
	at = TEXT_PUT(at, ",\"source");
	at = put_end(at, ends->client, ends->client_size, flow->key.client_port);
	at = TEXT_PUT(at, ",\"destination");
	return put_end(at, ends->server, ends->server_size, flow->key.server_port);
}

/* Four ends of at most 80 octets, and what the network has beside them. */
#define NETWORK_MAX 640

static void put_network(struct event_writer *writer, const struct event_subject *subject)
{
	const struct flow *flow = subject->flow;
	char id[FLOW_COMMUNITY_ID_MAX];
	char *at = json_room_members(&writer->json, NETWORK_MAX);
	if (at == NULL) {
		return;
	}
	at = put_ends(at, flow, &writer->ends);
	at = TEXT_PUT(at, ",\"network\":{\"transport\":\"");
	at = text_put_string(at, flow->key.protocol == IPPROTO_UDP ? "udp" : "tcp");
	at = TEXT_PUT(at, "\",\"type\":\"");
	at = text_put_string(at, flow_is_ipv4(&flow->key.client) ? "ipv4" : "ipv6");
	at = TEXT_PUT(at, "\",\"protocol\":\"");
	at = text_put_string(at, subject->dns != NULL ? "dns" : "smtp");
	*at++ = '"';
	if (flow_community_id(flow, id)) {
		at = TEXT_PUT(at, ",\"community_id\":\"");
		at = text_put_string(at, id);
		*at++ = '"';
	}
	if (flow->encapsulation.vlan >= 0) {
		at = TEXT_PUT(at, ",\"vlan\":{\"id\":\"");
		at = text_number(at, (uint64_t)flow->encapsulation.vlan);
		at = TEXT_PUT(at, "\"}");
	}
	*at++ = '}';
	json_wrote(&writer->json, at);
}

static void put_observer(struct event_writer *writer, const struct flow *flow)
{
	struct json *json = &writer->json;
	json_put_members(json, &writer->observer);
	if (flow->interface != NULL) {
		JSON_PUT(json, ",\"ingress\":{\"interface\":{\"name\":");
		json_put_text(json, flow->interface, strlen(flow->interface));
		JSON_PUT(json, "}}");
	}
	JSON_PUT(json, "}");
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
	writer->event.nsmx_end = json->size;
	json_end_object(json);
}

/* Whole events */

static void make_ends(struct event_writer *writer, const struct flow *flow)
{
	struct event_ends *ends = &writer->ends;
	ends->client_size = flow_address_text(&flow->key.client, ends->client);
	ends->server_size = flow_address_text(&flow->key.server, ends->server);
	event_related_begin(&writer->related);
	event_related_add(&writer->related, &flow->key.client, ends->client, ends->client_size);
	event_related_add(&writer->related, &flow->key.server, ends->server, ends->server_size);
}

static const struct event *write_event(struct event_writer *writer,
                                       const struct event_subject *subject,
                                       const struct event_hit *hit)
{
	struct json *json = &writer->json;
	const char *question = NULL;

	make_id(writer, subject, hit);
	writer->time_size = put_time(&writer->packet, subject->flow->time_ns, writer->time);
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
	record->json_size = json->size;
	record->id = writer->id;
	record->id_size = EVENT_ID_MAX - 1;
	writer->event.time = writer->time;
	writer->event.reason = writer->reason;
	return record->json != NULL ? &writer->event : NULL;
}

const struct event *event_write_hit(struct event_writer *writer,
                                    const struct event_subject *subject,
                                    const struct event_hit *hit)
{
	struct event *event = &writer->event;

	writer->value_size = event_value(hit->seen, writer->value, sizeof(writer->value));
	make_ends(writer, subject->flow);
	event_text_hit(writer->reason, subject, &writer->ends, hit, writer->value,
	               writer->value_size);
	event->severity = KEYWORD_SEVERITIES[hit->rule->severity];
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
	event_text_log(writer->reason, subject, &writer->ends);
	event->severity = "";
	event->record.kind = RECORD_LOG;
	event->record.severity = 0;
	event->record.rule = "";
	event->record.rule_size = 0;
	return write_event(writer, subject, NULL);
}
