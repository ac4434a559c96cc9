/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A MISP event (draft-dulaunoy-misp-core-format): an attribute with sightings for each indicator, a
 * `passive-dns` object for each answer, an `email` object for each mail. All UUIDs follow from the
 * incidents, so that MISP recognises what it has already.
 */
#include <errno.h>
#include <string.h>
#include <sys/param.h>

#include "base/printable.h"
#include "base/text.h"
#include "base/time_ns.h"
#include "rules/exchange.h"
#include "rules/keywords.h"
#include "sensor/report/formats/formats.h"
#include "sensor/report/formats/report_out.h"
#include "sensor/report/formats/uuid.h"
#include "sensor/report/formats/value_form.h"
#include "sensor/report/indicators.h"

#define NS_PER_US 1000
/* The specification recommends at most 256 characters of `info`. */
#define INFO_MAX   240
#define NAME_LIMIT ((size_t)16 << 20)
/* Recipients of an `email` object. */
#define RCPTS_MAX 1000

/* The templates of objects (github.com/MISP/misp-objects). */
struct template
{
	const char *name, *uuid, *version, *description;
};

static const struct template PASSIVE_DNS = {
	.name = "passive-dns",
	.uuid = "b77b7b1c-66ab-4a41-8da4-83810f6d2d6c",
	.version = "5",
	.description = "Passive DNS records as expressed in draft-dulaunoy-dnsop-passive-dns-cof",
};

static const struct template EMAIL = {
	.name = "email",
	.uuid = "a0c666e0-fc65-4be8-b48f-3423d788b552",
	.version = "15",
	.description = "Email object describing an email with meta-information",
};

struct misp {
	struct report_out out;
	struct writer name; /* The name of a UUID, or a value that is made of others. */
	const struct report *report;
	const struct report_incident *incident;
	struct uuid_set listed; /* The indicators that are attributes. */
	uint64_t attributes;
	struct uuid event;
	struct uuid object; /* The object that is written. */
	uint64_t in_object; /* Its attributes so far. */
	bool failed;
};

/* An attribute: what MISP demands of each. */
struct attribute {
	const char *type, *category, *relation;
	struct report_text value, comment;
	bool to_ids;
	int64_t time_ns; /* of the attribute itself */
	int64_t first_ns, last_ns;
};

static void put_uuid(struct misp *misp, const struct uuid *uuid)
{
	char text[UUID_TEXT_SIZE];
	uuid_text(uuid, text);
	json_put_string(&misp->out.json, "uuid", text);
}

/* Makes a UUID of the name that was written. */
static void make_uuid(struct misp *misp, struct uuid *uuid)
{
	struct writer *name = &misp->name;
	misp->failed |=
	        name->failed || !uuid_of_name(uuid, &UUID_NSMX, name->start, writer_size(name));
}

static struct writer *begin_name(struct misp *misp, const char *kind)
{
	writer_restart(&misp->name);
	writer_literal(&misp->name, "misp\n");
	writer_string(&misp->name, kind);
	if (misp->incident != NULL) {
		writer_char(&misp->name, '\n');
		writer_put(&misp->name, misp->incident->id.text, misp->incident->id.size);
	}
	return &misp->name;
}

static void name_part(struct writer *name, const struct report_text *part)
{
	writer_char(name, '\n');
	writer_put(name, part->text, part->size);
}

/* Numbers are strings, and times are seconds since 1970, in decimal. */
static void put_decimal(struct json *json, const char *key, uint64_t number)
{
	char text[TEXT_NUMBER_MAX];
	json_put_bytes(json, key, text, (size_t)(text_number(text, number) - text));
}

static void put_seconds(struct json *json, const char *key, int64_t time_ns)
{
	put_decimal(json, key, (uint64_t)MAX(time_ns / NS_PER_S, 0));
}

/* ISO 8601 with microseconds and an offset. Returns the size. */
static size_t format_time(int64_t time_ns, char text[TEXT_TIME_MAX + 8])
{
	int64_t rest = ((time_ns % NS_PER_US) + NS_PER_US) % NS_PER_US;
	char *end = text_time(text, time_ns >= INT64_MIN + NS_PER_US ? time_ns - rest : time_ns);
	memcpy(end - 1, "+00:00", sizeof("+00:00"));
	return (size_t)(end - text) + sizeof("+00:00") - 2;
}

static void put_seen(struct json *json, const char *key, int64_t time_ns)
{
	char text[TEXT_TIME_MAX + 8];
	if (time_ns != 0) {
		json_put_bytes(json, key, text, format_time(time_ns, text));
	}
}

/* The members that MISP demands of attributes and objects. */
static void put_common(struct misp *misp, const struct uuid *uuid, int64_t time_ns)
{
	struct json *json = &misp->out.json;
	put_uuid(misp, uuid);
	json_put_string(json, "id", "0");
	json_put_string(json, "event_id", "0");
	json_put_string(json, "distribution", "5");
	json_put_string(json, "sharing_group_id", "0");
	put_seconds(json, "timestamp", time_ns);
	json_put_bool(json, "deleted", false);
}

/* No program that reads MISP events expects a NUL in a value. */
static void put_value(struct misp *misp, const struct report_text *value)
{
	if (value->size == 0 || memchr(value->text, '\0', value->size) == NULL) {
		report_put_text(&misp->out.json, "value", value);
		return;
	}
	writer_restart(&misp->name);
	printable_put(&misp->name, value->text, value->size);
	misp->failed |= misp->name.failed;
	json_put_bytes(&misp->out.json, "value", misp->name.start, writer_size(&misp->name));
}

/* Starts an attribute; the caller may add members. */
static void begin_attribute(struct misp *misp, const struct attribute *attribute,
                            const struct uuid *uuid)
{
	struct json *json = &misp->out.json;
	json_put_object(json, NULL);
	put_common(misp, uuid, attribute->time_ns);
	json_put_string(json, "type", attribute->type);
	json_put_string(json, "category", attribute->category);
	json_put_bool(json, "to_ids", attribute->to_ids);
	put_value(misp, &attribute->value);
	report_put_text(json, "comment", &attribute->comment);
	put_seen(json, "first_seen", attribute->first_ns);
	put_seen(json, "last_seen", attribute->last_ns);
	misp->attributes++;
}

static void end_element(struct misp *misp)
{
	json_end_object(&misp->out.json);
	report_out_flush(&misp->out);
}

/* Indicators */

static void put_sighting(struct misp *misp, const struct uuid *of, int64_t time_ns)
{
	struct json *json = &misp->out.json;
	struct uuid uuid;
	struct writer *name = begin_name(misp, "sighting");
	writer_put(name, (const char *)of->octets, UUID_SIZE);
	writer_time(name, time_ns);
	make_uuid(misp, &uuid);
	json_put_object(json, NULL);
	put_uuid(misp, &uuid);
	json_put_string(json, "type", "0");
	put_seconds(json, "date_sighting", time_ns);
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
                        struct attribute *attribute)
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
static bool claim(struct misp *misp, const struct attribute *attribute, struct uuid *uuid)
{
	struct writer *name = &misp->name;
	writer_restart(name);
	writer_put(name, (const char *)misp->event.octets, UUID_SIZE);
	writer_string(name, attribute->category);
	writer_char(name, '\n');
	writer_string(name, attribute->type);
	name_part(name, &attribute->value);
	make_uuid(misp, uuid);
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
	struct attribute attribute = {
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
	begin_attribute(misp, &attribute, &uuid);
	put_tags(&misp->out.json, indicator, item);
	put_sightings(misp, &uuid, indicator);
	end_element(misp);
}

static void take_indicator(void *ctx, const struct report_indicator *indicator)
{
	for (size_t i = 0; i < indicator->count; i++) {
		put_item(ctx, indicator, &indicator->items[i]);
	}
}

/* Objects */

static void begin_object(struct misp *misp, const struct template *template,
                         const struct report_text *comment, int64_t first_ns, int64_t last_ns)
{
	struct json *json = &misp->out.json;
	misp->in_object = 0;
	json_put_object(json, NULL);
	put_common(misp, &misp->object, last_ns);
	json_put_string(json, "name", template->name);
	json_put_string(json, "meta-category", "network");
	json_put_string(json, "description", template->description);
	json_put_string(json, "template_uuid", template->uuid);
	json_put_string(json, "template_version", template->version);
	report_put_text(json, "comment", comment);
	put_seen(json, "first_seen", first_ns);
	put_seen(json, "last_seen", MAX(first_ns, last_ns));
	json_put_array(json, "Attribute");
}

static void end_object(struct misp *misp)
{
	json_end_array(&misp->out.json);
	end_element(misp);
}

/* Writes an attribute of an object; one without value is left out. */
static void put_member(struct misp *misp, const struct attribute *attribute)
{
	struct uuid uuid;
	if (!report_text_is_set(&attribute->value)) {
		return;
	}
	struct writer *name = begin_name(misp, attribute->relation);
	writer_put(name, (const char *)misp->object.octets, UUID_SIZE);
	writer_number(name, misp->in_object++);
	make_uuid(misp, &uuid);
	begin_attribute(misp, attribute, &uuid);
	json_put_string(&misp->out.json, "object_id", "0");
	json_put_string(&misp->out.json, "object_relation", attribute->relation);
	end_element(misp);
}

static void put_text(struct misp *misp, const char *relation, const char *type,
                     const char *category, const struct report_text *value)
{
	const struct attribute attribute = { .relation = relation,
		                             .type = type,
		                             .category = category,
		                             .value = *value,
		                             .time_ns = misp->incident->last_ns };
	put_member(misp, &attribute);
}

static void put_datetime(struct misp *misp, const char *relation, int64_t time_ns)
{
	char text[TEXT_TIME_MAX + 8];
	const struct report_text value = { .text = text, .size = format_time(time_ns, text) };
	if (time_ns != 0) {
		put_text(misp, relation, "datetime", "Other", &value);
	}
}

static struct report_text text_of(const char *words)
{
	return (struct report_text){ .text = words, .size = strlen(words) };
}

static void put_answer(struct misp *misp, const struct report_answer *answer)
{
	char text[TEXT_NUMBER_MAX];
	struct writer *name = begin_name(misp, PASSIVE_DNS.name);
	const struct report_text count = {
		.text = text, .size = (size_t)(text_number(text, answer->count) - text)
	};
	const struct report_text kind = text_of(report_answer_word(answer->kind));
	name_part(name, &kind);
	name_part(name, &answer->owner);
	name_part(name, &answer->type);
	name_part(name, &answer->value);
	make_uuid(misp, &misp->object);
	begin_object(misp, &PASSIVE_DNS, &kind, answer->first_ns, answer->last_ns);
	put_text(misp, "rrname", "text", "Network activity", &answer->owner);
	put_text(misp, "rrtype", "text", "Network activity", &answer->type);
	put_text(misp, "rdata", "text", "Network activity", &answer->value);
	if (answer->count > 0) {
		put_text(misp, "count", "counter", "Other", &count);
	}
	put_datetime(misp, "time_first", answer->first_ns);
	put_datetime(misp, "time_last", answer->last_ns);
	if (misp->report->sensors.count == 1) {
		put_text(misp, "sensor_id", "text", "Other", &misp->report->sensors.items[0]);
	}
	end_object(misp);
}

/* MISP checks the form of addresses. */
static void put_mailbox(struct misp *misp, const char *relation, const char *type,
                        const struct report_text *mailbox)
{
	if (value_form(mailbox) == VALUE_MAILBOX) {
		put_text(misp, relation, type, "Payload delivery", mailbox);
	}
}

static void put_address(struct misp *misp, const char *relation, const struct report_text *address)
{
	enum value_form form = value_form(address);
	if (form == VALUE_IPV4 || form == VALUE_IPV6) {
		put_text(misp, relation, "ip-src", "Network activity", address);
	}
}

static void put_mail(struct misp *misp, const struct report_mail *mail, size_t number)
{
	struct writer *name = begin_name(misp, EMAIL.name);
	const struct report_text outcome = text_of(report_mail_outcome(mail));
	writer_time(name, mail->time_ns);
	writer_number(name, number);
	make_uuid(misp, &misp->object);
	begin_object(misp, &EMAIL, &outcome, mail->time_ns, mail->time_ns);
	put_mailbox(misp, "from", "email-src", &mail->from);
	for (size_t i = 0; i < mail->rcpt_count && i < RCPTS_MAX; i++) {
		put_mailbox(misp, "to", "email-dst", &mail->rcpts[i].address);
	}
	put_text(misp, "subject", "email-subject", "Payload delivery", &mail->subject);
	put_text(misp, "message-id", "email-message-id", "Payload delivery", &mail->message_id);
	put_datetime(misp, "send-date", mail->time_ns);
	put_address(misp, "ip-src", &mail->client);
	end_object(misp);
}

/* An object must have what its template requires: `rrname`, `rrtype` and `rdata`. */
static bool is_complete(const struct report_answer *answer)
{
	return report_text_is_set(&answer->owner) && report_text_is_set(&answer->type) &&
	       report_text_is_set(&answer->value);
}

static void put_objects(struct misp *misp)
{
	const struct report_incident *incident = misp->incident;
	for (size_t i = 0; i < incident->answer_count; i++) {
		if (is_complete(&incident->answers[i])) {
			put_answer(misp, &incident->answers[i]);
		}
	}
	for (size_t i = 0; i < incident->mail_count; i++) {
		put_mail(misp, &incident->mails[i], i);
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
	struct writer *name = begin_name(misp, "event");
	for (size_t i = 0; i < misp->report->incident_count; i++) {
		name_part(name, &misp->report->incidents[i].id);
	}
	make_uuid(misp, &misp->event);
	put_uuid(misp, &misp->event);
}

static void put_organisation(struct misp *misp)
{
	struct uuid uuid;
	(void)begin_name(misp, "organisation");
	make_uuid(misp, &uuid);
	json_put_object(&misp->out.json, "Orgc");
	json_put_string(&misp->out.json, "id", "0");
	json_put_string(&misp->out.json, "name", "nsmx");
	put_uuid(misp, &uuid);
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
	put_seconds(json, "timestamp", report->last_ns);
	json_put_bool(json, "published", false);
	json_put_string(json, "publish_timestamp", "0");
	put_decimal(json, "threat_level_id", threat_level(report));
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
		put_objects(misp);
	}
	json_end_array(json);
	put_decimal(json, "attribute_count", misp->attributes);
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
