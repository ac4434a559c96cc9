/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_parts.h"

#include <string.h>
#include <sys/param.h>

#include "base/text.h"
#include "base/time_ns.h"

void event_parts_init(struct event_parts *parts)
{
	writer_init_growing(&parts->reason, EVENT_REASON_MAX);
	parts->last.second = -1;
	parts->last_created.second = -1;
}

void event_parts_free(struct event_parts *parts)
{
	writer_free(&parts->reason);
}

/* Writes a time as text_time() does, with a final NUL. */
static size_t make_time(char text[TEXT_TIME_MAX], struct event_second *last, int64_t time_ns)
{
	int64_t second = time_ns / NS_PER_S;
	uint32_t fraction = (uint32_t)(time_ns % NS_PER_S);
	char *end = text + sizeof(last->text);
	if (time_ns < 0 || second != last->second) {
		end = text_time(text, time_ns);
		last->second = time_ns < 0 ? -1 : second;
		memcpy(last->text, text, sizeof(last->text));
	} else {
		memcpy(text, last->text, sizeof(last->text));
		end = text_fraction(end, fraction);
	}
	*end = '\0';
	return (size_t)(end - text);
}

/* A text that is too long is cut. */
static void put_cut(struct writer *out, const char *text, size_t size)
{
	size_t left = writer_left(out);
	writer_put(out, text, MIN(size, left));
}

/* The value of an observation that there is no record, or no TLS. */
static const char ABSENT[] = "none";

static size_t put_value(const struct observation *seen, const char *name, size_t name_size,
                        char *value, size_t room)
{
	struct writer out;
	writer_init(&out, value, room);
	if (seen->local != NULL) {
		put_cut(&out, seen->local, seen->local_size);
		put_cut(&out, "@", 1);
	}
	if (seen->addr != NULL) {
		struct address_text address;
		address_text_make(&address, seen->addr);
		put_cut(&out, address.text, address.size);
	} else if (seen->name != NULL) {
		put_cut(&out, name, name_size);
	} else if (seen->text != NULL) {
		put_cut(&out, seen->text, seen->text_size);
	} else {
		put_cut(&out, ABSENT, sizeof(ABSENT) - 1);
	}
	return writer_size(&out);
}

size_t event_value(const struct observation *seen, char *value, size_t room)
{
	char name[DNS_NAME_TEXT_MAX];
	size_t size = 0;
	if (seen->name != NULL && seen->addr == NULL) {
		size = dns_name_text(seen->name, name);
	}
	return put_value(seen, name, size, value, room);
}

static const char *section_text(int section)
{
	static const char *const sections[DNS_SECTIONS] = {
		[DNS_QUESTION] = "question",
		[DNS_ANSWER] = "answer",
		[DNS_AUTHORITY] = "authority",
		[DNS_ADDITIONAL] = "additional",
	};
	return section >= 0 && section < DNS_SECTIONS ? sections[section] : "";
}

static size_t make_name(char text[DNS_NAME_TEXT_MAX], const uint8_t *wire)
{
	return wire != NULL ? dns_name_text(wire, text) : 0;
}

/* A matched owner is the name itself. */
static void make_owner(struct event_parts *parts, const struct observation *seen)
{
	if (seen->owner == NULL || seen->name == NULL || seen->owner_size != seen->name_size ||
	    memcmp(seen->owner, seen->name, seen->name_size) != 0) {
		parts->owner_size = make_name(parts->owner, seen->owner);
		return;
	}
	memcpy(parts->owner, parts->name, parts->name_size + 1);
	parts->owner_size = parts->name_size;
}

static void make_hit(struct event_parts *parts, const struct event_hit *hit)
{
	/* A row does not have the section of its sightings. */
	bool has_section = parts->subject->row == NULL;
	parts->name_size = make_name(parts->name, hit->seen->name);
	make_owner(parts, hit->seen);
	parts->value_size = put_value(hit->seen, parts->name, parts->name_size, parts->value,
	                              sizeof(parts->value));
	parts->section = has_section ? section_text(hit->section) : "";
}

/* Consecutive events are mostly of one message or session. */
static void make_ends(struct event_parts *parts)
{
	const struct in6_addr ends[2] = { *event_subject_client(parts->subject),
		                          parts->subject->flow->key.server };
	if (parts->client.size == 0 || memcmp(parts->ends, ends, sizeof(ends)) != 0) {
		memcpy(parts->ends, ends, sizeof(ends));
		address_text_make(&parts->client, &ends[0]);
		address_text_make(&parts->server, &ends[1]);
	}
}

void event_parts_make(struct event_parts *parts, const struct event_subject *subject,
                      const struct event_hit *hit)
{
	const struct flow *flow = subject->flow;
	parts->subject = subject;
	parts->hit = hit;
	parts->time_size = make_time(parts->time, &parts->last, flow->time_ns);
	parts->created_size =
	        make_time(parts->created, &parts->last_created, realtime_ns() / 1000 * 1000);
	make_ends(parts);
	parts->question_size = 0;
	parts->omitted = 0;
	parts->recipients_omitted = 0;
	parts->extent = EVENT_WHOLE;
	if (hit != NULL) {
		make_hit(parts, hit);
	}
}
