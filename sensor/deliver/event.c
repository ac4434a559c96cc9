/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/deliver/event.h"

#include <inttypes.h>
#include <libpsl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "parsers/frame.h"
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
	uint64_t anchor = subject->dns != NULL ? XXH3_64bits(subject->dns->wire, subject->dns->size)
	                                       : subject->anchor;
	XXH3_state_t *state = XXH3_createState();
	if (state == NULL) {
		writer->id[0] = '\0';
		return;
	}
	char head[64];
	int size = snprintf(head, sizeof(head), "%u %u %u %016" PRIx64 " ", flow->protocol,
	                    flow->client_port, flow->server_port, anchor);
	(void)XXH3_128bits_reset(state);
	(void)XXH3_128bits_update(state, head, (size_t)size);
	(void)XXH3_128bits_update(state, &flow->client, sizeof(flow->client));
	(void)XXH3_128bits_update(state, &flow->server, sizeof(flow->server));
	if (hit != NULL) {
		const char *what = observation_what_text(hit->seen->what);
		(void)XXH3_128bits_update(state, hit->rule->id, strlen(hit->rule->id) + 1);
		(void)XXH3_128bits_update(state, what, strlen(what) + 1);
		if (hit->interception != NULL) {
			const char *phase = hit->interception->ended ? "end" : "start";
			(void)XXH3_128bits_update(state, phase, strlen(phase) + 1);
		}
		(void)XXH3_128bits_update(state, writer->value, writer->value_size);
	}
	XXH128_hash_t hash = XXH3_128bits_digest(state);
	(void)XXH3_freeState(state);
	(void)snprintf(writer->id, sizeof(writer->id), "%016" PRIx64 "%016" PRIx64,
	               (uint64_t)hash.high64, (uint64_t)hash.low64);
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

static void put_event_object(struct event_writer *writer, const struct event_subject *subject,
                             const struct event_hit *hit)
{
	struct json *json = &writer->json;
	char text[FLOW_TIME_TEXT_MAX];
	struct timespec now;

	json_put_object(json, "event");
	json_put_string(json, "kind", hit != NULL ? "alert" : "event");
	json_put_array(json, "category");
	if (hit != NULL) {
		json_put_string(json, NULL, "intrusion_detection");
	}
	json_put_string(json, NULL, "network");
	if (subject->story != NULL) {
		json_put_string(json, NULL, "email");
	}
	json_end_array(json);
	json_put_array(json, "type");
	json_put_string(json, NULL, "info");
	if (hit != NULL && hit->interception != NULL) {
		json_put_string(json, NULL, hit->interception->ended ? "end" : "start");
	}
	json_end_array(json);
	json_put_string(json, "module", "nsmx");
	json_put_string(json, "dataset", subject->dns != NULL ? "nsmx.dns" : "nsmx.smtp");
	json_put_string(json, "id", writer->id);
	writer->event.id_at = json->size - strlen(writer->id) - 1;
	if (hit != NULL) {
		json_put_string(json, "action", action_text(hit));
		json_put_number(json, "severity", writer->event.record.severity);
	}
	json_put_string(json, "reason", writer->reason);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	flow_time_text((int64_t)now.tv_sec * 1000000000 + now.tv_nsec / 1000 * 1000, text);
	json_put_string(json, "created", text);
	writer->event.event_end = json->size;
	json_end_object(json);
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

static void put_end(struct json *json, const char *key, const struct in6_addr *addr, uint16_t port)
{
	char text[FLOW_ADDRESS_TEXT_MAX];
	flow_address_text(addr, text);
	json_put_object(json, key);
	json_put_string(json, "ip", text);
	json_put_number(json, "port", port);
	json_end_object(json);
}

static void put_network(struct json *json, const struct event_subject *subject)
{
	const struct flow *flow = subject->flow;
	char id[FLOW_COMMUNITY_ID_MAX];

	put_end(json, "client", &flow->client, flow->client_port);
	put_end(json, "server", &flow->server, flow->server_port);
	put_end(json, "source", &flow->client, flow->client_port);
	put_end(json, "destination", &flow->server, flow->server_port);
	json_put_object(json, "network");
	json_put_string(json, "transport", flow->protocol == IPPROTO_UDP ? "udp" : "tcp");
	json_put_string(json, "type", flow_is_ipv4(&flow->client) ? "ipv4" : "ipv6");
	json_put_string(json, "protocol", subject->dns != NULL ? "dns" : "smtp");
	if (flow_community_id(flow, id)) {
		json_put_string(json, "community_id", id);
	}
	if (flow->vlan >= 0) {
		char vlan[16];
		(void)snprintf(vlan, sizeof(vlan), "%d", (int)flow->vlan);
		json_put_object(json, "vlan");
		json_put_string(json, "id", vlan);
		json_end_object(json);
	}
	json_end_object(json);
}

static void put_observer(struct event_writer *writer, const struct flow *flow)
{
	struct json *json = &writer->json;
	json_put_object(json, "observer");
	json_put_string(json, "name", writer->sensor);
	json_put_string(json, "type", "sensor");
	json_put_string(json, "product", "nsmx");
	json_put_string(json, "version", NSMX_VERSION);
	if (flow->interface != NULL) {
		json_put_object(json, "ingress");
		json_put_object(json, "interface");
		json_put_string(json, "name", flow->interface);
		json_end_object(json);
		json_end_object(json);
	}
	json_end_object(json);
}

static void put_cached_until(struct json *json, int64_t time_ns, uint32_t ttl)
{
	/* RFC 2181 section 8: with the top bit set it counts as zero. */
	int64_t ttl_ns = ttl < 0x80000000U ? ttl * 1000000000LL : 0;
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
		[FRAME_TUNNEL_IP] = "ip",         [FRAME_TUNNEL_GRE] = "gre",
		[FRAME_TUNNEL_ERSPAN] = "erspan", [FRAME_TUNNEL_ETHERIP] = "etherip",
		[FRAME_TUNNEL_VXLAN] = "vxlan",   [FRAME_TUNNEL_GENEVE] = "geneve",
		[FRAME_TUNNEL_GTP] = "gtp",       [FRAME_TUNNEL_TEREDO] = "teredo",
	};
	char id[16];
	if (flow->tunnel == FRAME_TUNNEL_NONE) {
		return;
	}
	json_put_object(json, "tunnel");
	json_put_string(json, "type", types[flow->tunnel]);
	if (flow->tunnel_id != 0) {
		(void)snprintf(id, sizeof(id), "%" PRIu32, flow->tunnel_id);
		json_put_string(json, "id", id);
	}
	json_end_object(json);
}

static void put_nsmx(struct event_writer *writer, const struct event_subject *subject,
                     const struct event_hit *hit, uint64_t omitted)
{
	struct json *json = &writer->json;
	char text[DNS_NAME_TEXT_MAX];
	json_put_object(json, "nsmx");
	if (hit != NULL) {
		const struct observation *seen = hit->seen;
		json_put_string(json, "what", observation_what_text(seen->what));
		put_optional(json, "section", event_text_section(hit->section));
		if (hit->interception != NULL) {
			put_optional(json, "dns_event", hit->interception->dns_event);
			if (hit->interception->ended) {
				json_put_bool(json, "content", subject->story->content);
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
	json_put_object(json, NULL);
	json_put_string(json, "@timestamp", writer->time);
	json_put_object(json, "ecs");
	json_put_string(json, "version", ECS_VERSION);
	json_end_object(json);
	put_event_object(writer, subject, hit);
	if (hit != NULL) {
		put_rule(json, hit->rule);
		put_threat(writer, hit);
	}
	put_network(json, subject);
	if (subject->dns != NULL) {
		omitted = event_put_dns(json, subject->dns, writer->psl, writer->scratch);
	} else {
		event_put_smtp(json, subject->story, hit != NULL && hit->interception != NULL);
	}
	put_observer(writer, subject->flow);
	event_put_related(json, subject, hit);
	put_nsmx(writer, subject, hit, omitted);
	json_end_object(json);

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
