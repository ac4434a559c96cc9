/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/rows/cof.h"

#include <string.h>

#include "base/text.h"
#include "base/time_ns.h"
#include "parsers/dns/dns.h"
#include "parsers/dns/dns_codes.h"

static const char *const ORIGINS[HISTORY_ORIGINS] = {
	[HISTORY_CHILD] = "child",
	[HISTORY_PARENT] = "parent",
	[HISTORY_CACHE] = "cache",
	[HISTORY_GLUE] = "glue",
};

const char *history_origin_text(enum history_origin origin)
{
	return ORIGINS[origin];
}

static size_t code_text(uint8_t code, char *text)
{
	char room[DNS_CODE_TEXT_MAX];
	const char *name = code == HISTORY_NODATA ? "NODATA" : dns_rcode_text(code, room);
	size_t size = strlen(name);
	memcpy(text, name, size + 1);
	return size;
}

/* The data have no compressed names: they are a message of their own. */
size_t history_data_text(const struct history_row *row, char text[HISTORY_DATA_TEXT_MAX])
{
	if (row->is_code) {
		return code_text(row->data[0], text);
	}
	struct dns_message message;
	const struct dns_entry entry = history_entry(row, &message);
	return dns_rdata_text(&message, &entry, text);
}

void history_time_text(uint64_t time_s, char text[HISTORY_TIME_MAX])
{
	char whole[TEXT_TIME_MAX];
	int64_t latest = INT64_MAX / NS_PER_S;
	(void)text_time(whole, (time_s < (uint64_t)latest ? (int64_t)time_s : latest) * NS_PER_S);
	memcpy(text, whole, HISTORY_TIME_MAX - 2);
	memcpy(text + HISTORY_TIME_MAX - 2, "Z", 2);
}

const char *history_cof(struct json *json, const struct history_record *record, const char *sensors)
{
	char text[HISTORY_DATA_TEXT_MAX];
	char name[DNS_NAME_TEXT_MAX];
	char room[DNS_CODE_TEXT_MAX];
	const struct history_row *row = &record->row;
	const struct history_seen *seen = &record->seen;

	json_begin(json);
	json_put_object(json, NULL);
	json_put_bytes(json, "rrname", name, dns_name_text(row->owner, name));
	json_put_string(json, "rrtype", dns_type_text(row->type, room));
	json_put_bytes(json, "rdata", text, history_data_text(row, text));
	json_put_number(json, "time_first", seen->first);
	json_put_number(json, "time_last", seen->last);
	json_put_number(json, "count", seen->count);
	json_put_number(json, "ttl_min", seen->ttl_min);
	json_put_number(json, "ttl_max", seen->ttl_max);
	json_put_string(json, "origin", history_origin_text(row->origin));
	json_put_optional(json, "sensor_id", sensors);
	json_end_object(json);
	return json_finish(json);
}
