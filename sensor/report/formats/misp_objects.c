/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/param.h>

#include "sensor/report/formats/misp.h"
#include "sensor/report/formats/value_form.h"

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

static void begin_object(struct misp *misp, const struct template *template,
                         const struct report_text *comment, int64_t first_ns, int64_t last_ns)
{
	struct json *json = &misp->out.json;
	misp->in_object = 0;
	json_put_object(json, NULL);
	misp_put_common(misp, &misp->object, last_ns);
	json_put_string(json, "name", template->name);
	json_put_string(json, "meta-category", "network");
	json_put_string(json, "description", template->description);
	json_put_string(json, "template_uuid", template->uuid);
	json_put_string(json, "template_version", template->version);
	report_put_text(json, "comment", comment);
	misp_put_seen(json, "first_seen", first_ns);
	misp_put_seen(json, "last_seen", MAX(first_ns, last_ns));
	json_put_array(json, "Attribute");
}

static void end_object(struct misp *misp)
{
	json_end_array(&misp->out.json);
	misp_end_element(misp);
}

/* Writes an attribute of an object; one without value is left out. */
static void put_member(struct misp *misp, const struct misp_attribute *attribute)
{
	struct uuid uuid;
	if (!report_text_is_set(&attribute->value)) {
		return;
	}
	struct writer *name = misp_begin_name(misp, attribute->relation);
	writer_put(name, (const char *)misp->object.octets, UUID_SIZE);
	writer_number(name, misp->in_object++);
	misp_make_uuid(misp, &uuid);
	misp_begin_attribute(misp, attribute, &uuid);
	json_put_string(&misp->out.json, "object_id", "0");
	json_put_string(&misp->out.json, "object_relation", attribute->relation);
	misp_end_element(misp);
}

static void put_text(struct misp *misp, const char *relation, const char *type,
                     const char *category, const struct report_text *value)
{
	const struct misp_attribute attribute = { .relation = relation,
		                                  .type = type,
		                                  .category = category,
		                                  .value = *value,
		                                  .time_ns = misp->incident->last_ns };
	put_member(misp, &attribute);
}

static void put_datetime(struct misp *misp, const char *relation, int64_t time_ns)
{
	char text[MISP_TIME_MAX];
	const struct report_text value = { .text = text, .size = misp_format_time(time_ns, text) };
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
	struct writer *name = misp_begin_name(misp, PASSIVE_DNS.name);
	const struct report_text count = {
		.text = text, .size = (size_t)(text_number(text, answer->count) - text)
	};
	const struct report_text kind = text_of(report_answer_word(answer->kind));
	misp_name_part(name, &kind);
	misp_name_part(name, &answer->owner);
	misp_name_part(name, &answer->type);
	misp_name_part(name, &answer->value);
	misp_make_uuid(misp, &misp->object);
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
	struct writer *name = misp_begin_name(misp, EMAIL.name);
	const struct report_text outcome = text_of(report_mail_outcome(mail));
	writer_time(name, mail->time_ns);
	writer_number(name, number);
	misp_make_uuid(misp, &misp->object);
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

void misp_put_objects(struct misp *misp)
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
