/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"
#include "sensor/report/formats/formats.h"

static void put_incident(struct json *json, const struct report_incident *incident)
{
	json_put_object(json, NULL);
	json_put_bytes(json, "id", incident->id.text, incident->id.size);
	if (incident->owner.text != NULL) {
		json_put_bytes(json, "owner", incident->owner.text, incident->owner.size);
	}
	json_put_number(json, "hits", incident->hit_count);
	json_end_object(json);
}

bool report_write_json(const struct report *report, FILE *out)
{
	struct json json = { .depth = 0 };
	json_begin(&json);
	json_put_object(&json, NULL);
	json_put_array(&json, "incidents");
	for (size_t i = 0; i < report->incident_count; i++) {
		put_incident(&json, &report->incidents[i]);
	}
	json_end_array(&json);
	json_end_object(&json);
	const char *text = json_finish(&json);
	bool good = text != NULL && fprintf(out, "%s\n", text) > 0;
	json_free(&json);
	return good;
}
