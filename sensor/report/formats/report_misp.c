/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A MISP event (draft-dulaunoy-misp-core-format): an attribute with sightings for each indicator, a
 * `passive-dns` object for each answer, an `email` object for each mail. All UUIDs follow from the
 * incidents, so that MISP recognises what it has already.
 */
#include <errno.h>
#include <string.h>

#include "base/time_ns.h"
#include "rules/exchange.h"
#include "rules/keywords.h"
#include "sensor/report/formats/misp.h"
#include "sensor/report/formats/value_form.h"
#include "sensor/report/indicators.h"

/* The specification recommends at most 256 characters of `info`. */
#define INFO_MAX   240
#define NAME_LIMIT ((size_t)16 << 20)

/* Indicators */

static void put_sighting(struct misp *misp, const struct uuid *of, int64_t time_ns)
{
	struct json *json = &misp->out.json;
	struct uuid uuid;
	struct writer *name = misp_begin_name(misp, "sighting");
	writer_put(name, (const char *)of->octets, UUID_SIZE);
	writer_time(name, time_ns);
	misp_make_uuid(misp, &uuid);
	json_put_object(json, NULL);
	misp_put_uuid(misp, &uuid);
	json_put_string(json, "type", "0");
	misp_put_seconds(json, "date_sighting", time_ns);
	if (misp->report->sensors.count == 1) {
		report_put_text(json, "source", &misp->report->sensors.items[0]);
	}
	json_end_object(json);
}

static void put_sightings(struct misp *misp, const struct uuid *of,
                          const struct report_indicator *indicator)
{
	json_put_array(&misp->out.json, "Sighting");
	put_sighting(misp, of, indicator->first_ns);
	if (indicator->last_ns / NS_PER_S > indicator->first_ns / NS_PER_S) {
		put_sighting(misp, of, indicator->last_ns);
	}
	json_end_array(&misp->out.json);
}

/* A machine tag `nsmx:KEY="VALUE"`. There are few different ones, since each is one for the whole
 * instance. */
static void put_tag(struct json *json, const char *key, const char *value)
{
	char memory[64];
	struct writer tag;
	writer_init(&tag, memory, sizeof(memory));
	writer_literal(&tag, EXCHANGE_MISP_TAG);
	writer_string(&tag, key);
	writer_literal(&tag, "=\"");
	writer_string(&tag, value);
	writer_char(&tag, '"');
	json_put_object(json, NULL);
	json_put_bytes(json, "name", memory, writer_size(&tag));
	json_end_object(json);
}

static const char *reach_of(const struct indicator *item)
{
	static const char *const WORDS[] = { [REACH_EXACT] = "exact",
		                             [REACH_BELOW] = EXCHANGE_REACH_BELOW,
		                             [REACH_BOTH] = EXCHANGE_REACH_BOTH };
	if (item->form == FORM_MAILBOX && item->local_size == 0) {
		return EXCHANGE_REACH_MAILBOXES;
	}
	return item->form == FORM_NAME ? WORDS[item->reach] : NULL;
}

static void put_tags(struct json *json, const struct report_indicator *indicator,
                     const struct indicator *item)
{
	const char *reach = reach_of(item);
	char confidence[TEXT_NUMBER_MAX];
	json_put_array(json, "Tag");
	if (indicator->kind != KIND_ANY) {
		put_tag(json, "what", observation_kind_text(indicator->kind));
	}
	if (reach != NULL) {
		put_tag(json, "reach", reach);
	}
	put_tag(json, "severity", KEYWORD_SEVERITIES[indicator->severity]);
	if (indicator->keys != NULL && indicator->keys->confidence >= 0) {
		*text_number(confidence, (uint64_t)indicator->keys->confidence) = '\0';
		put_tag(json, "confidence", confidence);
	}
	json_end_array(json);
}

/* An event may have a value once in each category. An address is often that of a name, of a mail
 * server and of a resolver. */
static const char *category_of(enum observation_kind kind)
{
	if (kind == KIND_RESOLVER) {
		return "External analysis";
	}
	bool mail = kind != KIND_ANY && (KINDS_SMTP & RULE_BIT(kind)) != 0;
	return mail ? "Payload delivery" : "Network activity";
}

/* The type of an attribute for an indicator, whose text without `.` or `@` is its value. */
static void choose_type(const struct report_indicator *indicator, const struct indicator *item,
                        struct misp_attribute *attribute)
{
	enum value_form form = value_form(&attribute->value);
	attribute->category = category_of(indicator->kind);
	if (item->form == FORM_NETWORK) {
		attribute->type = "ip-dst";
	} else if (form == VALUE_HOST) {
		attribute->type = item->reach == REACH_EXACT && item->form == FORM_NAME ? "hostname"
		                                                                        : "domain";
	} else if (form == VALUE_MAILBOX) {
		attribute->type = indicator->kind == KIND_FROM   ? "email-src"
		                  : indicator->kind == KIND_RCPT ? "email-dst"
		                                                 : "email";
	} else {
		attribute->type = "other";
		attribute->to_ids = false;
	}
}

/* Makes the UUID of an attribute. Returns false if the event has the value in this category: MISP
 * accepts only one. */
static bool claim(struct misp *misp, const struct misp_attribute *attribute, struct uuid *uuid)
{
	struct writer *name = &misp->name;
	writer_restart(name);
	writer_put(name, (const char *)misp->event.octets, UUID_SIZE);
	writer_string(name, attribute->category);
	writer_char(name, '\n');
	writer_string(name, attribute->type);
	misp_name_part(name, &attribute->value);
	misp_make_uuid(misp, uuid);
	enum uuid_added added = uuid_set_add(&misp->listed, uuid);
	misp->failed |= added == UUID_NO_MEMORY;
	return added == UUID_NEW;
}

static void put_item(struct misp *misp, const struct report_indicator *indicator,
                     const struct indicator *item)
{
	char text[INDICATOR_TEXT_SIZE];
	size_t size = indicator_text(item, text);
	size_t skip = text[0] == '*' ? 2 : text[0] == '.' || text[0] == '@';
	const struct language_keys *keys = indicator->keys;
	const char *note = keys != NULL ? keys->text[KEY_NOTE] : NULL;
	/* No attribute can state that it only counts together with another. */
	struct misp_attribute attribute = {
		.value = { .text = text + skip, .size = size - skip },
		.comment = { .text = note, .size = note != NULL ? strlen(note) : 0 },
		.to_ids = keys == NULL || keys->servers_count == 0,
		.time_ns = indicator->last_ns,
		.first_ns = indicator->first_ns,
		.last_ns = indicator->last_ns,
	};
	struct uuid uuid;
	choose_type(indicator, item, &attribute);
	if (!claim(misp, &attribute, &uuid)) {
		return;
	}
	misp_begin_attribute(misp, &attribute, &uuid);
	put_tags(&misp->out.json, indicator, item);
	put_sightings(misp, &uuid, indicator);
	misp_end_element(misp);
}

static void take_indicator(void *ctx, const struct report_indicator *indicator)
{
	for (size_t i = 0; i < indicator->count; i++) {
		put_item(ctx, indicator, &indicator->items[i]);
	}
}

/* The event */

/* What an incident is about: its owner, or its rule. */
static const struct report_text *title_of(const struct report_incident *incident, bool *owner)
{
	*owner = report_text_is_set(&incident->owner) || incident->rules.count == 0;
	return *owner ? &incident->owner : &incident->rules.items[0];
}

static void put_info(struct misp *misp)
{
	const struct report *report = misp->report;
	struct writer *info = &misp->name;
	writer_restart(info);
	writer_literal(info, "nsmx: ");
	size_t i = 0;
	for (; i < report->incident_count; i++) {
		bool owner;
		const struct report_text *title = title_of(&report->incidents[i], &owner);
		if (writer_size(info) + title->size > INFO_MAX) {
			break;
		}
		writer_either(info, i > 0, ", ", "");
		writer_either(info, owner, "hijack of ", "rule ");
		writer_put(info, title->text, title->size);
	}
	if (i < report->incident_count) {
		writer_either(info, i > 0, " and ", "");
		writer_number(info, report->incident_count - i);
		writer_either(info, i > 0, " more", " incidents");
	}
	writer_either(info, report->incident_count == 0, "no incident", "");
	json_put_bytes(&misp->out.json, "info", info->start, writer_size(info));
}

/* 1 is high, 2 medium, 3 low, 4 undefined. */
static uint64_t threat_level(const struct report *report)
{
	unsigned severity = report->incident_count > 0 ? report->incidents[0].severity : 0;
	return severity >= 75 ? 1 : severity >= 50 ? 2 : severity > 0 ? 3 : 4;
}

static void put_event_uuid(struct misp *misp)
{
	struct writer *name = misp_begin_name(misp, "event");
	for (size_t i = 0; i < misp->report->incident_count; i++) {
		misp_name_part(name, &misp->report->incidents[i].id);
	}
	misp_make_uuid(misp, &misp->event);
	misp_put_uuid(misp, &misp->event);
}

static void put_organisation(struct misp *misp)
{
	struct uuid uuid;
	(void)misp_begin_name(misp, "organisation");
	misp_make_uuid(misp, &uuid);
	json_put_object(&misp->out.json, "Orgc");
	json_put_string(&misp->out.json, "id", "0");
	json_put_string(&misp->out.json, "name", "nsmx");
	misp_put_uuid(misp, &uuid);
	json_end_object(&misp->out.json);
}

static void put_event_head(struct misp *misp)
{
	char text[TEXT_TIME_MAX];
	struct json *json = &misp->out.json;
	const struct report *report = misp->report;
	put_event_uuid(misp);
	json_put_string(json, "id", "0");
	put_info(misp);
	(void)text_time(text, report->first_ns);
	json_put_bytes(json, "date", text, sizeof("2020-05-31") - 1);
	misp_put_seconds(json, "timestamp", report->last_ns);
	json_put_bool(json, "published", false);
	json_put_string(json, "publish_timestamp", "0");
	misp_put_decimal(json, "threat_level_id", threat_level(report));
	json_put_string(json, "analysis", "2");
	json_put_string(json, "distribution", "0");
	json_put_string(json, "sharing_group_id", "0");
	json_put_string(json, "org_id", "0");
	json_put_string(json, "orgc_id", "0");
	put_organisation(misp);
}

static void put_event(struct misp *misp)
{
	struct json *json = &misp->out.json;
	const struct report *report = misp->report;
	put_event_head(misp);
	json_put_array(json, "Attribute");
	for (size_t i = 0; i < report->incident_count; i++) {
		misp->incident = &report->incidents[i];
		misp->failed |= !report_indicators(misp->incident, take_indicator, misp);
	}
	json_end_array(json);
	json_put_array(json, "Object");
	for (size_t i = 0; i < report->incident_count; i++) {
		misp->incident = &report->incidents[i];
		misp_put_objects(misp);
	}
	json_end_array(json);
	misp_put_decimal(json, "attribute_count", misp->attributes);
}

bool report_write_misp(const struct report *report, FILE *file)
{
	struct misp misp = { .report = report };
	report_out_begin(&misp.out, file);
	writer_init_growing(&misp.name, NAME_LIMIT);
	json_put_object(&misp.out.json, NULL);
	json_put_object(&misp.out.json, "Event");
	put_event(&misp);
	json_end_object(&misp.out.json);
	json_end_object(&misp.out.json);
	report_out_line(&misp.out);
	writer_free(&misp.name);
	uuid_set_free(&misp.listed);
	bool good = report_out_end(&misp.out);
	if (good && misp.failed) {
		errno = ENOMEM;
	}
	return good && !misp.failed;
}
