/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/deliver/event.h"

#include <inttypes.h>
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "sensor/deliver/event_dns.h"
#include "sensor/deliver/event_related.h"
#include "sensor/deliver/event_smtp.h"
#include "sensor/deliver/event_text.h"
#include "sensor/deliver/json.h"

#define ECS_VERSION "9.0.0"

struct event_writer {
	const char *sensor;
	psl_ctx_t *psl; /* NULL: no registered_domain */
	struct json json;
	struct event event;
	char id[EVENT_ID_MAX];
	char time[FLOW_TIME_TEXT_MAX];
	char reason[EVENT_REASON_MAX];
	char value[EVENT_VALUE_MAX];
	size_t value_size;
	char scratch[DNS_RDATA_TEXT_MAX];
};

struct event_writer *event_writer_new(const char *sensor)
{
	struct event_writer *writer = calloc(1, sizeof(*writer));
	if (writer != NULL) {
		writer->sensor = sensor;
		writer->psl = psl_latest(NULL);
	}
	return writer;
}

void event_writer_free(struct event_writer *writer)
{
	if (writer == NULL) {
		return;
	}
	psl_free(writer->psl);
	json_free(&writer->json);
	free(writer);
}

/*
 * An identity made of what the packets themselves hold, and of the rule: it is
 * the same in a replay, in another sensor and after a restart. Time is no part
 * of it, for a capture that is played onto a wire has other times.
 */
static void make_id(struct event_writer *writer, const struct event_subject *subject,
                    const struct event_hit *hit)
{
	const struct flow *flow = subject->flow;
	XXH3_state_t *state = XXH3_createState();
	if (state == NULL) {
		writer->id[0] = '\0';
		return;
	}
	char head[64];
	int size = snprintf(head, sizeof(head), "%u %u %u %016" PRIx64 " ", flow->protocol,
	                    flow->client_port, flow->server_port, subject->anchor);
	(void)XXH3_128bits_reset(state);
	(void)XXH3_128bits_update(state, head, (size_t)size);
	(void)XXH3_128bits_update(state, &flow->client, sizeof(flow->client));
	(void)XXH3_128bits_update(state, &flow->server, sizeof(flow->server));
	if (hit != NULL) {
		const char *what = observation_what_text(hit->seen->what);
		(void)XXH3_128bits_update(state, hit->rule->id, strlen(hit->rule->id) + 1);
		(void)XXH3_128bits_update(state, what, strlen(what) + 1);
		(void)XXH3_128bits_update(state, writer->value, writer->value_size);
	}
	XXH128_hash_t hash = XXH3_128bits_digest(state);
	(void)XXH3_freeState(state);
	(void)snprintf(writer->id, sizeof(writer->id), "%016" PRIx64 "%016" PRIx64,
	               (uint64_t)hash.high64, (uint64_t)hash.low64);
}

/* Objects that every event has */

static void put_event_object(struct event_writer *writer, const struct event_subject *subject,
                             const struct event_hit *hit)
{
	struct json *json = &writer->json;
	char text[FLOW_TIME_TEXT_MAX];
	struct timespec now;

	json_object(json, "event");
	json_string(json, "kind", hit != NULL ? "alert" : "event");
	json_array(json, "category");
	if (hit != NULL) {
		json_string(json, NULL, "intrusion_detection");
	}
	json_string(json, NULL, "network");
	if (subject->story != NULL) {
		json_string(json, NULL, "email");
	}
	json_array_end(json);
	json_array(json, "type");
	json_string(json, NULL, "info");
	json_array_end(json);
	json_string(json, "module", "nsmx");
	json_string(json, "dataset", subject->dns != NULL ? "nsmx.dns" : "nsmx.smtp");
	json_string(json, "id", writer->id);
	writer->event.id_at = json->size - strlen(writer->id) - 1;
	if (hit != NULL) {
		json_string(json, "action", "ioc-match");
		json_number(json, "severity", writer->event.record.severity);
	}
	json_string(json, "reason", writer->reason);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	flow_time_text((int64_t)now.tv_sec * 1000000000 + now.tv_nsec / 1000 * 1000, text);
	json_string(json, "created", text);
	writer->event.event_end = json->size;
	json_object_end(json);
}

static void put_optional(struct json *json, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0') {
		json_string(json, key, text);
	}
}

static void put_rule(struct json *json, const struct rule_view *rule)
{
	json_object(json, "rule");
	json_string(json, "id", rule->id);
	json_string(json, "name", rule->text);
	put_optional(json, "description", rule->note);
	put_optional(json, "reference", rule->ref);
	put_optional(json, "ruleset", rule->feed);
	json_object_end(json);

	if (rule->tags == NULL || rule->tags[0] == '\0') {
		return;
	}
	json_array(json, "tags");
	for (const char *tag = rule->tags; *tag != '\0';) {
		size_t size = strcspn(tag, ",");
		json_bytes(json, NULL, tag, size);
		tag += size + (tag[size] == ',');
	}
	json_array_end(json);
}

/* ECS has words for confidence; the bounds are those of STIX 2.1, appendix A. */
static const char *confidence_text(int confidence)
{
	if (confidence <= 0) {
		return confidence < 0 ? "Not Specified" : "None";
	}
	return confidence < 30 ? "Low" : confidence < 70 ? "Medium" : "High";
}

static void put_indicator(struct json *json, const struct rule_view *rule)
{
	bool ipv6 = strchr(rule->indicator, ':') != NULL;
	json_object(json, "indicator");
	json_string(json, "name", rule->indicator);
	switch (rule->form) {
	case FORM_NETWORK:
		json_string(json, "type", ipv6 ? "ipv6-addr" : "ipv4-addr");
		if (strchr(rule->indicator, '/') == NULL) {
			json_string(json, "ip", rule->indicator);
		}
		break;
	case FORM_MAILBOX:
		json_string(json, "type", "email-addr");
		break;
	default:
		json_string(json, "type", "domain-name");
	}
	json_string(json, "confidence", confidence_text(rule->confidence));
	put_optional(json, "provider", rule->feed);
	json_object_end(json);
}

static void put_threat(struct event_writer *writer, const struct event_hit *hit)
{
	struct json *json = &writer->json;
	json_object(json, "threat");
	put_indicator(json, hit->rule);
	if (hit->rule->feed != NULL && hit->rule->feed[0] != '\0') {
		json_object(json, "feed");
		json_string(json, "name", hit->rule->feed);
		json_object_end(json);
	}
	json_array(json, "enrichments");
	json_object(json, NULL);
	json_object(json, "matched");
	json_bytes(json, "atomic", writer->value, writer->value_size);
	json_string(json, "field", hit->field);
	json_string(json, "type", "indicator_match_rule");
	json_object_end(json);
	json_object_end(json);
	json_array_end(json);
	json_object_end(json);
}

static void put_end(struct json *json, const char *key, const struct in6_addr *addr, uint16_t port)
{
	char text[INET6_ADDRSTRLEN];
	flow_address_text(addr, text);
	json_object(json, key);
	json_string(json, "ip", text);
	json_number(json, "port", port);
	json_object_end(json);
}

static void put_network(struct json *json, const struct event_subject *subject)
{
	const struct flow *flow = subject->flow;
	char id[FLOW_COMMUNITY_ID_MAX];

	put_end(json, "client", &flow->client, flow->client_port);
	put_end(json, "server", &flow->server, flow->server_port);
	put_end(json, "source", &flow->client, flow->client_port);
	put_end(json, "destination", &flow->server, flow->server_port);
	json_object(json, "network");
	json_string(json, "transport", flow->protocol == IPPROTO_UDP ? "udp" : "tcp");
	json_string(json, "type", flow_is_ipv4(&flow->client) ? "ipv4" : "ipv6");
	json_string(json, "protocol", subject->dns != NULL ? "dns" : "smtp");
	if (flow_community_id(flow, id)) {
		json_string(json, "community_id", id);
	}
	if (flow->vlan >= 0) {
		char vlan[16];
		(void)snprintf(vlan, sizeof(vlan), "%d", (int)flow->vlan);
		json_object(json, "vlan");
		json_string(json, "id", vlan);
		json_object_end(json);
	}
	json_object_end(json);
}

static void put_observer(struct event_writer *writer, const struct flow *flow)
{
	struct json *json = &writer->json;
	json_object(json, "observer");
	json_string(json, "name", writer->sensor);
	json_string(json, "type", "sensor");
	json_string(json, "product", "nsmx");
	json_string(json, "version", NSMX_VERSION);
	if (flow->interface != NULL) {
		json_object(json, "ingress");
		json_object(json, "interface");
		json_string(json, "name", flow->interface);
		json_object_end(json);
		json_object_end(json);
	}
	json_object_end(json);
}

static void put_nsmx(struct event_writer *writer, const struct event_subject *subject,
                     const struct event_hit *hit, uint64_t omitted)
{
	struct json *json = &writer->json;
	char text[DNS_NAME_TEXT_MAX];
	json_object(json, "nsmx");
	if (hit != NULL) {
		const struct observation *seen = hit->seen;
		json_string(json, "what", observation_what_text(seen->what));
		put_optional(json, "section", event_text_section(hit->section));
		if (hit->rule->confidence >= 0) {
			json_number(json, "confidence", (uint64_t)hit->rule->confidence);
		}
		if (seen->owner != NULL) {
			(void)dns_name_text(seen->owner, text);
			json_string(json, "owner", text);
		}
		if (seen->owner != NULL && hit->section > DNS_QUESTION) {
			/* RFC 2181 section 8: with the top bit set it counts as zero. */
			int64_t ttl = seen->ttl < 0x80000000U ? seen->ttl : 0;
			char until[FLOW_TIME_TEXT_MAX];
			flow_time_text(subject->flow->time_ns + ttl * 1000000000, until);
			json_string(json, "cached_until", until);
		}
	}
	if (omitted > 0) {
		json_number(json, "records_omitted", omitted);
	}
	writer->event.nsmx_end = json->size;
	json_object_end(json);
}

/* Whole events */

static unsigned severity_number(enum rule_severity severity)
{
	static const unsigned numbers[] = { 25, 50, 75, 99 };
	return numbers[severity];
}

static const struct event *write_event(struct event_writer *writer,
                                       const struct event_subject *subject,
                                       const struct event_hit *hit)
{
	struct json *json = &writer->json;
	uint64_t omitted = 0;

	make_id(writer, subject, hit);
	flow_time_text(subject->flow->time_ns, writer->time);
	json_begin(json);
	json_object(json, NULL);
	json_string(json, "@timestamp", writer->time);
	json_object(json, "ecs");
	json_string(json, "version", ECS_VERSION);
	json_object_end(json);
	put_event_object(writer, subject, hit);
	if (hit != NULL) {
		put_rule(json, hit->rule);
		put_threat(writer, hit);
	}
	put_network(json, subject);
	if (subject->dns != NULL) {
		omitted = event_put_dns(json, subject->dns, writer->psl, writer->scratch);
	} else {
		event_put_smtp(json, subject->story);
	}
	put_observer(writer, subject->flow);
	event_put_related(json, subject, hit);
	put_nsmx(writer, subject, hit, omitted);
	json_object_end(json);

	struct record *record = &writer->event.record;
	record->json = json_finish(json);
	record->json_size = json->size;
	record->id = writer->id;
	record->id_size = strlen(writer->id);
	writer->event.time = writer->time;
	writer->event.reason = writer->reason;
	return record->json != NULL ? &writer->event : NULL;
}

const struct event *event_write_hit(struct event_writer *writer,
                                    const struct event_subject *subject,
                                    const struct event_hit *hit)
{
	static const char *const severities[] = { "low", "medium", "high", "critical" };
	struct event *event = &writer->event;

	writer->value_size = event_value(hit->seen, writer->value, sizeof(writer->value));
	event_text_hit(writer->reason, subject, hit, writer->value, writer->value_size);
	event->severity = severities[hit->rule->severity];
	event->record.kind = RECORD_HIT;
	event->record.severity = severity_number(hit->rule->severity);
	event->record.rule = hit->rule->id;
	event->record.rule_size = strlen(hit->rule->id);
	return write_event(writer, subject, hit);
}

const struct event *event_write_log(struct event_writer *writer,
                                    const struct event_subject *subject)
{
	struct event *event = &writer->event;

	event_text_log(writer->reason, subject);
	event->severity = "";
	event->record.kind = RECORD_LOG;
	event->record.severity = 0;
	event->record.rule = "";
	event->record.rule_size = 0;
	return write_event(writer, subject, NULL);
}
