/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_related.h"

#include <string.h>

#include "base/text.h"

void event_related_begin(struct event_related *related)
{
	json_begin(&related->ips);
	related->count = 0;
}

void event_related_free(struct event_related *related)
{
	json_free(&related->ips);
}

/* The last eight octets of different addresses mostly differ. */
static bool is_listed(const struct event_related *related, const struct in6_addr *addr)
{
	uint64_t half, other;
	memcpy(&half, addr->s6_addr + sizeof(half), sizeof(half));
	for (size_t i = 0; i < related->count; i++) {
		memcpy(&other, related->seen[i].s6_addr + sizeof(half), sizeof(half));
		if (other == half && IN6_ARE_ADDR_EQUAL(&related->seen[i], addr)) {
			return true;
		}
	}
	return false;
}

void event_related_add(struct event_related *related, const struct in6_addr *addr,
                       const struct address_text *text)
{
	if (related->count == EVENT_RELATED_MAX || is_listed(related, addr)) {
		return;
	}
	related->seen[related->count++] = *addr;
	struct writer *out = json_members(&related->ips);
	writer_char(out, '"');
	writer_address_text(out, text);
	writer_char(out, '"');
}

/* The largest number of host names: the name of the hit, its owner, and the question or the names
 * of the two hosts. */
#define HOSTS_MAX 4

struct hosts {
	struct json *json;
	const char *seen[HOSTS_MAX];
	size_t sizes[HOSTS_MAX];
	size_t count;
};

static void put_host(struct hosts *hosts, const char *text, size_t size)
{
	for (size_t i = 0; i < hosts->count; i++) {
		if (hosts->sizes[i] == size && memcmp(hosts->seen[i], text, size) == 0) {
			return;
		}
	}
	if (hosts->count < HOSTS_MAX && size > 0) {
		hosts->seen[hosts->count] = text;
		hosts->sizes[hosts->count++] = size;
		json_put_bytes(hosts->json, NULL, text, size);
	}
}

/* A logged DNS message has the name of its question only. */
static void put_question(struct json *json, const struct event_parts *parts)
{
	writer_literal(json_members(json), "\"hosts\":[");
	json_put_text(json, parts->question, parts->question_size);
	writer_char(&json->out, ']');
}

static void put_hosts(struct json *json, const struct event_parts *parts)
{
	const struct transcript *transcript = parts->subject->transcript;
	struct hosts hosts = { .json = json };
	json_put_array(json, "hosts");
	if (parts->hit != NULL) {
		put_host(&hosts, parts->name, parts->name_size);
		put_host(&hosts, parts->owner, parts->owner_size);
	}
	if (transcript != NULL) {
		put_host(&hosts, transcript->banner.text, transcript->banner.size);
		put_host(&hosts, transcript->helo.text, transcript->helo.size);
	} else {
		put_host(&hosts, parts->question, parts->question_size);
	}
	json_end_array(json);
}

void event_put_related(struct json *json, const struct event_related *related,
                       const struct event_parts *parts)
{
	json_put_object(json, "related");
	if (json_size(&related->ips) > 0) {
		struct writer *out = json_members(json);
		writer_literal(out, "\"ip\":[");
		writer_put(out, related->ips.out.start, json_size(&related->ips));
		writer_char(out, ']');
	}
	if (parts->hit == NULL && parts->question_size > 0) {
		put_question(json, parts);
	} else {
		put_hosts(json, parts);
	}
	json_end_object(json);
}
