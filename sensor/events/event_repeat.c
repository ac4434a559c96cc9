/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_repeat.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/json.h"
#include "sensor/events/event_id.h"

#define COPIED_TEXTS 5 /* each needs a NUL */

struct event_copy {
	struct event event;
	char *text; /* all texts of the event, one after the other */
};

struct event_repeater {
	struct event event;
	char id[EVENT_ID_MAX];
	struct writer json, reason;
};

static const char *copy_text(struct writer *to, const char *text, size_t size)
{
	const char *start = to->at;
	writer_put(to, text, size);
	writer_char(to, '\0');
	return start;
}

static size_t text_size(const struct record *record)
{
	return record->json_size + record->id_size + record->rule_size + record->reason_size +
	       strlen(record->time) + COPIED_TEXTS;
}

size_t event_copy_size(const struct event *event)
{
	return sizeof(struct event_copy) + text_size(&event->record);
}

struct event_copy *event_copy_new(const struct event *event)
{
	const struct record *record = &event->record;
	size_t time = strlen(record->time);
	size_t room = text_size(record);
	struct event_copy *copy = calloc(1, sizeof(*copy));
	char *memory = malloc(room);
	if (copy == NULL || memory == NULL) {
		free(copy);
		free(memory);
		return NULL;
	}
	struct writer to;
	writer_init(&to, memory, room);
	copy->event = *event;
	copy->text = memory;
	copy->event.record.json = copy_text(&to, record->json, record->json_size);
	copy->event.record.id = copy_text(&to, record->id, record->id_size);
	copy->event.record.rule = copy_text(&to, record->rule, record->rule_size);
	copy->event.record.reason = copy_text(&to, record->reason, record->reason_size);
	copy->event.record.time = copy_text(&to, record->time, time);
	return copy;
}

void event_copy_free(struct event_copy *copy)
{
	if (copy != NULL) {
		free(copy->text);
		free(copy);
	}
}

bool event_clients_has(const struct event_clients *clients, const struct in6_addr *client)
{
	for (size_t i = 0; i < clients->count; i++) {
		if (IN6_ARE_ADDR_EQUAL(&clients->addrs[i], client)) {
			return true;
		}
	}
	return false;
}

void event_clients_add(struct event_clients *clients, const struct in6_addr *client)
{
	if (clients->count < EVENT_REPEAT_CLIENTS_MAX && !event_clients_has(clients, client)) {
		clients->addrs[clients->count++] = *client;
	}
}

struct event_repeater *event_repeater_new(void)
{
	struct event_repeater *repeater = calloc(1, sizeof(*repeater));
	if (repeater != NULL) {
		writer_init_growing(&repeater->json, JSON_SIZE_MAX);
		writer_init_growing(&repeater->reason, JSON_SIZE_MAX);
	}
	return repeater;
}

void event_repeater_free(struct event_repeater *repeater)
{
	if (repeater != NULL) {
		writer_free(&repeater->json);
		writer_free(&repeater->reason);
		free(repeater);
	}
}

static void make_id(struct event_repeater *repeater, const struct event *first)
{
	event_id_text(repeater->id,
	              XXH3_128bits_withSeed(first->record.id, first->record.id_size, RECORD_HIT));
}

static void put_clients(struct writer *out, const struct event_repeat *repeat)
{
	const struct event_clients *clients = repeat->clients;
	if (clients == NULL) {
		return;
	}
	writer_literal(out, ",\"clients\":[");
	for (size_t i = 0; i < clients->count; i++) {
		writer_string(out, i > 0 ? ",\"" : "\"");
		writer_address(out, &clients->addrs[i]);
		writer_char(out, '"');
	}
	writer_char(out, ']');
}

/* The event of the first hit with a new id, and more members in `event` and `nsmx`. */
static const char *put_json(struct event_repeater *repeater, const struct event *first,
                            const struct event_repeat *repeat)
{
	struct writer *out = &repeater->json;
	const char *json = first->record.json;
	size_t id_end = first->id_at + first->record.id_size;
	writer_restart(out);
	writer_put(out, json, first->id_at);
	writer_string(out, repeater->id);
	writer_put(out, json + id_end, first->event_end - id_end);
	writer_literal(out, ",\"start\":\"");
	writer_time(out, repeat->first_ns);
	writer_literal(out, "\",\"end\":\"");
	writer_time(out, repeat->last_ns);
	writer_char(out, '"');
	writer_put(out, json + first->event_end, first->nsmx_end - first->event_end);
	writer_literal(out, ",\"count\":");
	writer_number(out, repeat->count);
	put_clients(out, repeat);
	writer_put(out, json + first->nsmx_end, first->record.json_size - first->nsmx_end);
	return writer_text(out);
}

static const char *put_reason(struct event_repeater *repeater, const struct event *first,
                              const struct event_repeat *repeat)
{
	struct writer *out = &repeater->reason;
	writer_restart(out);
	writer_put(out, first->record.reason, first->record.reason_size);
	writer_literal(out, " (");
	writer_number(out, repeat->count);
	writer_literal(out, " more times)");
	return writer_text(out);
}

const struct event *event_write_repeat(struct event_repeater *repeater,
                                       const struct event_copy *copy,
                                       const struct event_repeat *repeat)
{
	const struct event *first = &copy->event;
	struct event *event = &repeater->event;
	make_id(repeater, first);
	*event = *first;
	event->record.id = repeater->id;
	event->record.json = put_json(repeater, first, repeat);
	event->record.json_size = writer_size(&repeater->json);
	event->record.reason = put_reason(repeater, first, repeat);
	event->record.reason_size = writer_size(&repeater->reason);
	return event->record.json != NULL && event->record.reason != NULL ? event : NULL;
}
