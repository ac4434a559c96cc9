/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_base.h"

#include <string.h>

void event_put_observer(struct json *json, const char *sensor)
{
	struct writer *out = json_members(json);
	writer_literal(out, "\"name\":");
	json_put_text(json, sensor, strlen(sensor));
	writer_literal(out, ",\"type\":\"sensor\",\"product\":\"nsmx\",\"version\":\"" NSMX_VERSION
	                    "\"");
}

const char *event_action(const struct event_hit *hit)
{
	static const char *const actions[ACTION_COUNT] = {
		[ACTION_IOC_MATCH] = "ioc-match",
		[ACTION_PIN_MISMATCH] = "pin-mismatch",
		[ACTION_TTL_EXCEEDED] = "ttl-exceeded",
		[ACTION_LOOKALIKE] = "lookalike",
		[ACTION_BASELINE_CHANGE] = "baseline-change",
	};
	return hit->interception != NULL ? "mail-intercepted" : actions[hit->rule->action];
}

/* The first and the last sighting of a row. */
static void put_span(struct writer *out, const struct event_subject *subject)
{
	if (subject->row != NULL) {
		writer_literal(out, ",\"start\":\"");
		writer_time(out, subject->flow->time_ns);
		writer_literal(out, "\",\"end\":\"");
		writer_time(out, subject->row->last_ns);
		writer_char(out, '"');
	}
}

/* Writes the fields from `kind` to `dataset`. */
static void put_kind(struct writer *out, const struct event_parts *parts)
{
	const struct event_hit *hit = parts->hit;
	writer_either(out, hit != NULL,
	              "\"alert\",\"category\":[\"intrusion_detection\",\"network\"",
	              "\"event\",\"category\":[\"network\"");
	if (!event_subject_is_dns(parts->subject)) {
		writer_literal(out, ",\"email\"");
	}
	writer_literal(out, "],\"type\":[\"info\"");
	if (hit != NULL && hit->interception != NULL) {
		writer_either(out, hit->interception->ended, ",\"end\"", ",\"start\"");
	}
	writer_literal(out, "],\"module\":\"nsmx\",\"dataset\":\"nsmx.");
	writer_either(out, event_subject_is_dns(parts->subject), "dns", "smtp");
}

static void put_action(struct writer *out, const struct event_parts *parts)
{
	const struct event_hit *hit = parts->hit;
	writer_literal(out, ",\"action\":\"");
	writer_string(out, parts->subject->row != NULL ? "hunt-match" : event_action(hit));
	writer_literal(out, "\",\"severity\":");
	writer_number(out, rule_severity_number(hit->rule->severity));
}

void event_put_base(struct json *json, const struct event_parts *parts, struct event *event)
{
	struct writer *out = json_members(json);
	writer_literal(out, "\"@timestamp\":\"");
	writer_array(out, parts->time, parts->time_size);
	writer_literal(out,
	               "\",\"ecs\":{\"version\":\"" EVENT_ECS_VERSION "\"},\"event\":{\"kind\":");
	put_kind(out, parts);
	writer_literal(out, "\",\"id\":\"");
	event->id_at = writer_size(out);
	writer_put(out, parts->id, EVENT_ID_MAX - 1);
	writer_char(out, '"');
	if (parts->hit != NULL) {
		put_action(out, parts);
	}
	writer_literal(out, ",\"reason\":");
	json_put_text(json, parts->reason.start, writer_size(&parts->reason));
	writer_literal(out, ",\"created\":\"");
	writer_array(out, parts->created, parts->created_size);
	writer_char(out, '"');
	put_span(out, parts->subject);
	event->event_end = writer_size(out);
	writer_char(out, '}');
}
