/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/param.h>

#include "base/printable.h"
#include "base/time_ns.h"
#include "sensor/report/formats/misp.h"

#define NS_PER_US 1000

void misp_put_uuid(struct misp *misp, const struct uuid *uuid)
{
	char text[UUID_TEXT_SIZE];
	uuid_text(uuid, text);
	json_put_string(&misp->out.json, "uuid", text);
}

void misp_make_uuid(struct misp *misp, struct uuid *uuid)
{
	struct writer *name = &misp->name;
	misp->failed |=
	        name->failed || !uuid_of_name(uuid, &UUID_NSMX, name->start, writer_size(name));
}

struct writer *misp_begin_name(struct misp *misp, const char *kind)
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

void misp_name_part(struct writer *name, const struct report_text *part)
{
	writer_char(name, '\n');
	writer_put(name, part->text, part->size);
}

void misp_put_decimal(struct json *json, const char *key, uint64_t number)
{
	char text[TEXT_NUMBER_MAX];
	json_put_bytes(json, key, text, (size_t)(text_number(text, number) - text));
}

void misp_put_seconds(struct json *json, const char *key, int64_t time_ns)
{
	misp_put_decimal(json, key, (uint64_t)MAX(time_ns / NS_PER_S, 0));
}

size_t misp_format_time(int64_t time_ns, char text[MISP_TIME_MAX])
{
	int64_t rest = ((time_ns % NS_PER_US) + NS_PER_US) % NS_PER_US;
	char *end = text_time(text, time_ns >= INT64_MIN + NS_PER_US ? time_ns - rest : time_ns);
	memcpy(end - 1, "+00:00", sizeof("+00:00"));
	return (size_t)(end - text) + sizeof("+00:00") - 2;
}

void misp_put_seen(struct json *json, const char *key, int64_t time_ns)
{
	char text[MISP_TIME_MAX];
	if (time_ns != 0) {
		json_put_bytes(json, key, text, misp_format_time(time_ns, text));
	}
}

void misp_put_common(struct misp *misp, const struct uuid *uuid, int64_t time_ns)
{
	struct json *json = &misp->out.json;
	misp_put_uuid(misp, uuid);
	json_put_string(json, "id", "0");
	json_put_string(json, "event_id", "0");
	json_put_string(json, "distribution", "5");
	json_put_string(json, "sharing_group_id", "0");
	misp_put_seconds(json, "timestamp", time_ns);
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

void misp_begin_attribute(struct misp *misp, const struct misp_attribute *attribute,
                          const struct uuid *uuid)
{
	struct json *json = &misp->out.json;
	json_put_object(json, NULL);
	misp_put_common(misp, uuid, attribute->time_ns);
	json_put_string(json, "type", attribute->type);
	json_put_string(json, "category", attribute->category);
	json_put_bool(json, "to_ids", attribute->to_ids);
	put_value(misp, &attribute->value);
	report_put_text(json, "comment", &attribute->comment);
	misp_put_seen(json, "first_seen", attribute->first_ns);
	misp_put_seen(json, "last_seen", attribute->last_ns);
	misp->attributes++;
}

void misp_end_element(struct misp *misp)
{
	json_end_object(&misp->out.json);
	report_out_flush(&misp->out);
}
