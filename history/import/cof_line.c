/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/import/cof_line.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/date.h"
#include "base/time_ns.h"
#include "history/import/mail_line.h"
#include "history/rows/cof.h"
#include "parsers/dns/dns_codes.h"

/* Room for a date and time as text. */
#define TIME_SIZE 48
#define TYPE_TSIG 250

struct line {
	const json_t *object;
	struct history_row row; /* without its data */
	struct dns_name owner;
	struct history_seen seen;
	bool has_client;
	struct in6_addr client;
	const char *reason;
};

static bool refuse(struct line *line, const char *reason)
{
	line->reason = reason;
	return false;
}

/* Returns the text of a JSON string; NULL if the value is not a string, or contains a NUL. */
static const char *text_of(const json_t *value)
{
	const char *text = json_string_value(value);
	return text != NULL && strlen(text) == json_string_length(value) ? text : NULL;
}

/* These functions read numbers and times. */

static bool read_number(const json_t *value, uint64_t high, uint64_t *number)
{
	const char *text = text_of(value);
	unsigned long long read;
	char after;
	if (json_is_integer(value)) {
		*number = (uint64_t)json_integer_value(value);
		return json_integer_value(value) >= 0 && *number <= high;
	}
	if (json_is_real(value)) {
		double real = json_real_value(value);
		*number = real >= 0 && real < (double)INT64_MAX ? (uint64_t)real : 0;
		return real >= 0 && real < (double)INT64_MAX && *number <= high;
	}
	if (text == NULL || !ascii_is_digit(text[0]) || strlen(text) > 19 ||
	    sscanf(text, "%19llu%c", &read, &after) != 1) {
		return false;
	}
	*number = read;
	return read <= high;
}

/* Reads `2020-05-31T00:05:12Z`. A blank in place of `T` and no zone are valid as well. */
static bool read_date(const char *text, uint64_t *time_s)
{
	char room[TIME_SIZE];
	int64_t time_ns;
	size_t size = strlen(text);
	if (size < sizeof("2020-05-31") - 1 || size + sizeof("Z") > sizeof(room)) {
		return false;
	}
	memcpy(room, text, size + 1);
	char *time = strchr(room, ' ');
	if (time != NULL) {
		*time = 'T';
	}
	time = strchr(room, 'T');
	if (time != NULL && strpbrk(time, "Zz+-") == NULL) {
		memcpy(room + size, "Z", sizeof("Z"));
	}
	if (date_parse(room, false, &time_ns) != NULL) {
		return false;
	}
	*time_s = (uint64_t)(time_ns / NS_PER_S);
	return true;
}

static bool read_time(const json_t *value, uint64_t *time_s)
{
	const char *text = text_of(value);
	return read_number(value, INT64_MAX, time_s) || (text != NULL && read_date(text, time_s));
}

/* Reads two times, and extends the time span of the line by them. Returns 1; 0 if the members are
 * missing; -1 if they are invalid. */
static int read_span(struct line *line, const char *first_name, const char *last_name)
{
	const json_t *first = json_object_get(line->object, first_name);
	const json_t *last = json_object_get(line->object, last_name);
	struct history_seen *seen = &line->seen;
	uint64_t first_s, last_s;
	if (first == NULL && last == NULL) {
		return 0;
	}
	if (!read_time(first, &first_s) || !read_time(last, &last_s) || first_s > last_s) {
		return -1;
	}
	seen->first = first_s < seen->first ? first_s : seen->first;
	seen->last = last_s > seen->last ? last_s : seen->last;
	return 1;
}

static bool read_optional(const struct line *line, const char *name, uint64_t high,
                          uint64_t *number)
{
	const json_t *value = json_object_get(line->object, name);
	return value == NULL || read_number(value, high, number);
}

static bool read_counts(struct line *line)
{
	uint64_t ttl_min = 0, ttl_max = 0;
	line->seen.count = 1;
	if (!read_optional(line, "count", INT64_MAX, &line->seen.count) || line->seen.count == 0) {
		return refuse(line, "count is not a number above 0");
	}
	if (!read_optional(line, "ttl_min", UINT32_MAX, &ttl_min)) {
		return refuse(line, "ttl_min is not a TTL");
	}
	ttl_max = ttl_min;
	if (!read_optional(line, "ttl_max", UINT32_MAX, &ttl_max) || ttl_max < ttl_min) {
		return refuse(line, "ttl_max must be a TTL that is not below ttl_min");
	}
	line->seen.ttl_min = (uint32_t)ttl_min;
	line->seen.ttl_max = (uint32_t)ttl_max;
	return true;
}

/* These functions read the record. */

static bool read_type(const json_t *value, uint16_t *type)
{
	const char *text = text_of(value);
	uint64_t number;
	if (text != NULL) {
		return dns_type_read(text, type);
	}
	if (!read_number(value, UINT16_MAX, &number)) {
		return false;
	}
	*type = (uint16_t)number;
	return true;
}

static bool read_name(const char *text, struct dns_name *name)
{
	return text != NULL && dns_name_from_text(text, strlen(text), name) == DNS_NAME_OK;
}

static bool is_above(const struct dns_name *name, const struct dns_name *owner)
{
	return name->size < owner->size &&
	       memcmp(owner->wire + owner->size - name->size, name->wire, name->size) == 0;
}

static enum history_origin guess_origin(const struct line *line, const struct dns_name *bailiwick,
                                        bool seen)
{
	if (bailiwick->size > 0 && line->row.type == DNS_TYPE_NS) {
		return is_above(bailiwick, &line->owner) ? HISTORY_PARENT : HISTORY_CHILD;
	}
	return seen ? HISTORY_CACHE : HISTORY_PARENT;
}

static bool read_origin(struct line *line, bool seen)
{
	const char *origin = text_of(json_object_get(line->object, "origin"));
	const json_t *bailiwick = json_object_get(line->object, "bailiwick");
	struct dns_name name = { .size = 0 };
	if (bailiwick != NULL && !json_is_null(bailiwick) &&
	    !read_name(text_of(bailiwick), &name)) {
		return refuse(line, "bailiwick is not a domain name");
	}
	if (origin == NULL || !history_origin_read(origin, &line->row.origin)) {
		line->row.origin = guess_origin(line, &name, seen);
	}
	return true;
}

static bool read_times(struct line *line, bool *observed)
{
	line->seen.first = UINT64_MAX;
	int seen = read_span(line, "time_first", "time_last");
	int zone = read_span(line, "zone_time_first", "zone_time_last");
	*observed = seen > 0;
	if (seen < 0 || zone < 0 || seen + zone == 0) {
		return refuse(line, "it has no valid time_first and time_last");
	}
	return read_counts(line);
}

static bool read_client(struct line *line)
{
	const json_t *client = json_object_get(line->object, "client");
	line->has_client = client != NULL;
	return client == NULL || mail_line_address(client, &line->client) ||
	       refuse(line, "client is not an address");
}

static bool read_record(struct line *line)
{
	bool observed;
	if (!read_name(text_of(json_object_get(line->object, "rrname")), &line->owner)) {
		return refuse(line, "rrname is not a domain name");
	}
	line->row.owner = line->owner.wire;
	line->row.owner_size = line->owner.size;
	if (!read_type(json_object_get(line->object, "rrtype"), &line->row.type)) {
		return refuse(line, "rrtype is not a record type");
	}
	return read_times(line, &observed) && read_origin(line, observed) && read_client(line);
}

/* Reads one element of `rdata`; passes the row on if `target` is not NULL. */
static bool take_data(struct line *line, const json_t *value, const struct cof_target *target)
{
	uint8_t data[HISTORY_DATA_MAX];
	const char *text = text_of(value);
	int size = text != NULL ? history_data_read(line->row.type, text, strlen(text), data,
	                                            &line->row.is_code)
	                        : -1;
	if (size < 0) {
		return refuse(line, "rdata is not valid for this type");
	}
	line->row.data = data;
	line->row.data_size = (size_t)size;
	if (target != NULL && line->has_client) {
		const struct history_record record = { .kind = HISTORY_KEY_CLIENT,
			                               .row = line->row,
			                               .client = line->client,
			                               .seen = line->seen };
		target->record(target->ctx, &record);
	} else if (target != NULL) {
		target->row(target->ctx, &line->row, &line->seen);
	}
	return true;
}

/* Returns the number of rows; -1: some data are invalid. */
static int take_all_data(struct line *line, const struct cof_target *target)
{
	const json_t *data = json_object_get(line->object, "rdata");
	size_t count = json_is_array(data) ? json_array_size(data) : 1;
	if (count == 0 || count > INT_MAX) {
		line->reason = "rdata is empty";
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_is_array(data) ? json_array_get(data, i) : data;
		if (!take_data(line, value, target)) {
			return -1;
		}
	}
	return (int)count;
}

static void take_sensors(const struct line *line, const struct cof_target *target)
{
	const char *names = text_of(json_object_get(line->object, "sensor_id"));
	while (names != NULL && *names != '\0') {
		size_t size = strcspn(names, ",");
		if (size > 0) {
			target->sensor(target->ctx, names, size);
		}
		names += size;
		names += *names == ',';
	}
}

/* Like a sensor, keeps no records of these types, but response codes to questions for them. */
static bool is_kept(const struct line *line)
{
	static const uint16_t types[] = { DNS_TYPE_OPT, DNS_TYPE_RRSIG, DNS_TYPE_NSEC,
		                          DNS_TYPE_NSEC3, TYPE_TSIG };
	const char *text = text_of(json_object_get(line->object, "rdata"));
	uint8_t data[HISTORY_DATA_MAX];
	bool is_code = false;
	if (text != NULL) {
		(void)history_data_read(line->row.type, text, strlen(text), data, &is_code);
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i] == line->row.type) {
			return is_code;
		}
	}
	return true;
}

static int read_mail(struct line *line, const struct cof_target *target)
{
	struct mail_line mail;
	bool observed;
	line->reason = mail_line_read(line->object, &mail);
	if (line->reason != NULL || !read_times(line, &observed)) {
		return -1;
	}
	struct history_seen *seen = &mail.record.seen;
	seen->first = line->seen.first;
	seen->last = line->seen.last;
	seen->count = line->seen.count;
	mail.record.mail.time_s = seen->first;
	take_sensors(line, target);
	target->record(target->ctx, &mail.record);
	return 1;
}

static int read_object(struct line *line, const struct cof_target *target)
{
	if (mail_line_is(text_of(json_object_get(line->object, "rrtype")))) {
		return read_mail(line, target);
	}
	if (!read_record(line)) {
		return -1;
	}
	if (!is_kept(line)) {
		return 0;
	}
	/* All data are checked before the first row is passed on. */
	int rows = take_all_data(line, NULL);
	if (rows > 0) {
		take_sensors(line, target);
		(void)take_all_data(line, target);
	}
	return rows;
}

static bool is_blank(const char *line, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!ascii_is_space(line[i])) {
			return false;
		}
	}
	return true;
}

int cof_line_read(const char *text, size_t size, const struct cof_target *target,
                  const char **reason)
{
	json_error_t error;
	struct line line = { .object = NULL };
	if (is_blank(text, size)) {
		return 0;
	}
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (!json_is_object(root)) {
		json_decref(root);
		*reason = "it is not a JSON object";
		return -1;
	}
	line.object = json_object_get(root, "obj");
	if (line.object == NULL) {
		line.object = root;
	}
	/* DNSDB marks the beginning and the end of an answer by objects with the member `cond` and
	 * without `obj`.
	 */
	bool is_mark = line.object == root && json_object_get(root, "cond") != NULL;
	int rows = is_mark ? 0 : read_object(&line, target);
	*reason = line.reason;
	json_decref(root);
	return rows;
}
