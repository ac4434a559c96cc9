/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_repeat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct event_copy {
	struct event event;
	char *text; /* all strings of the event, behind each other */
};

struct event_repeater {
	struct event event;
	char id[EVENT_ID_MAX];
	char reason[4096];
	char *json;
	size_t room;
};

static const char *move_text(char **to, const char *text, size_t size)
{
	char *start = *to;
	memcpy(start, text, size);
	start[size] = '\0';
	*to += size + 1;
	return start;
}

struct event_copy *event_copy_new(const struct event *event)
{
	const struct record *record = &event->record;
	size_t reason = strlen(event->reason);
	size_t time = strlen(event->time);
	struct event_copy *copy = calloc(1, sizeof(*copy));
	char *to =
	        malloc(record->json_size + record->id_size + record->rule_size + reason + time + 5);
	if (copy == NULL || to == NULL) {
		free(copy);
		free(to);
		return NULL;
	}
	copy->event = *event;
	copy->text = to;
	copy->event.record.json = move_text(&to, record->json, record->json_size);
	copy->event.record.id = move_text(&to, record->id, record->id_size);
	copy->event.record.rule = move_text(&to, record->rule, record->rule_size);
	copy->event.reason = move_text(&to, event->reason, reason);
	copy->event.time = move_text(&to, event->time, time);
	return copy;
}

void event_copy_free(struct event_copy *copy)
{
	if (copy != NULL) {
		free(copy->text);
		free(copy);
	}
}

struct event_repeater *event_repeater_new(void)
{
	return calloc(1, sizeof(struct event_repeater));
}

void event_repeater_free(struct event_repeater *repeater)
{
	if (repeater != NULL) {
		free(repeater->json);
		free(repeater);
	}
}

static void make_id(struct event_repeater *repeater, const struct event *first)
{
	XXH128_hash_t hash =
	        XXH3_128bits_withSeed(first->record.id, first->record.id_size, RECORD_HIT);
	(void)snprintf(repeater->id, sizeof(repeater->id), "%016" PRIx64 "%016" PRIx64,
	               (uint64_t)hash.high64, (uint64_t)hash.low64);
}

static bool reserve(struct event_repeater *repeater, size_t need)
{
	if (need > repeater->room) {
		char *json = realloc(repeater->json, need);
		if (json == NULL) {
			return false;
		}
		repeater->json = json;
		repeater->room = need;
	}
	return true;
}

const struct event *event_write_repeat(struct event_repeater *repeater,
                                       const struct event_copy *copy,
                                       const struct event_repeat *repeat)
{
	const struct event *first = &copy->event;
	const char *json = first->record.json;
	char start[FLOW_TIME_TEXT_MAX];
	char end[FLOW_TIME_TEXT_MAX];
	size_t need = first->record.json_size + 256;
	if (!reserve(repeater, need)) {
		return NULL;
	}
	make_id(repeater, first);
	flow_time_text(repeat->first_ns, start);
	flow_time_text(repeat->last_ns, end);
	size_t id_end = first->id_at + first->record.id_size;
	int size =
	        snprintf(repeater->json, need,
	                 "%.*s%s%.*s,\"start\":\"%s\",\"end\":\"%s\"%.*s,\"count\":%" PRIu64 "%s",
	                 (int)first->id_at, json, repeater->id, (int)(first->event_end - id_end),
	                 json + id_end, start, end, (int)(first->nsmx_end - first->event_end),
	                 json + first->event_end, repeat->count, json + first->nsmx_end);
	(void)snprintf(repeater->reason, sizeof(repeater->reason), "%s (%" PRIu64 " more times)",
	               first->reason, repeat->count);
	repeater->event = *first;
	repeater->event.record.json = repeater->json;
	repeater->event.record.json_size = (size_t)size;
	repeater->event.record.id = repeater->id;
	repeater->event.record.id_size = strlen(repeater->id);
	repeater->event.reason = repeater->reason;
	return &repeater->event;
}
