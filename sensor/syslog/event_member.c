/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/syslog/event_member.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/date.h"

#define TIME_MAX 64

static const json_t *member(const json_t *in, const char *name, size_t size)
{
	if (json_is_array(in) && ascii_is_digit(name[0])) {
		return json_array_get(in, strtoul(name, NULL, 10));
	}
	return json_object_getn(in, name, size);
}

bool event_member(const json_t *event, const char *path, struct event_member *value)
{
	const json_t *at = event;
	while (at != NULL && *path != '\0') {
		size_t size = strcspn(path, ".");
		at = member(at, path, size);
		path += size + (path[size] == '.');
	}
	*value = (struct event_member){ .text = json_string_value(at),
		                        .size = json_string_length(at) };
	if (json_is_integer(at) && json_integer_value(at) >= 0) {
		value->number = (uint64_t)json_integer_value(at);
		return true;
	}
	return value->text != NULL;
}

bool event_member_time(const struct event_member *value, int64_t *time_ns)
{
	char text[TIME_MAX];
	if (value->text == NULL || value->size >= sizeof(text)) {
		return false;
	}
	memcpy(text, value->text, value->size);
	text[value->size] = '\0';
	return date_parse(text, false, time_ns) == NULL;
}
