/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/gathered.h"

#include <stdlib.h>

struct group {
	uint64_t rule;
	unsigned severity;
	int64_t opened_ns;
	struct event_copy *copy;
	struct event_repeat repeat;
	struct event_clients clients;
};

/* The groups are in the order in which they were opened. */
struct gathered {
	gathered_emit_t emit;
	void *ctx;
	int64_t now_ns;
	size_t count;
	struct group *groups[GATHERED_MAX];
};

struct gathered *gathered_new(gathered_emit_t emit, void *ctx)
{
	struct gathered *gathered = calloc(1, sizeof(*gathered));
	if (gathered != NULL) {
		gathered->emit = emit;
		gathered->ctx = ctx;
	}
	return gathered;
}

static void close_group(struct gathered *gathered, size_t place)
{
	struct group *group = gathered->groups[place];
	gathered->count--;
	for (size_t i = place; i < gathered->count; i++) {
		gathered->groups[i] = gathered->groups[i + 1];
	}
	gathered->emit(gathered->ctx, group->copy, &group->repeat);
	event_copy_free(group->copy);
	free(group);
}

void gathered_free(struct gathered *gathered)
{
	while (gathered != NULL && gathered->count > 0) {
		close_group(gathered, 0);
	}
	free(gathered);
}

bool gathered_count(struct gathered *gathered, uint64_t rule, const struct in6_addr *client,
                    int64_t time_ns)
{
	for (size_t i = 0; i < gathered->count; i++) {
		struct group *group = gathered->groups[i];
		if (group->rule == rule) {
			group->repeat.count++;
			group->repeat.last_ns = time_ns;
			event_clients_add(&group->clients, client);
			return true;
		}
	}
	return false;
}

/* Reports the least severe group if it is less severe than the hit. Of several such groups the
 * oldest is reported. */
static bool make_room(struct gathered *gathered, unsigned severity)
{
	size_t least = 0;
	for (size_t i = 1; i < gathered->count; i++) {
		if (gathered->groups[i]->severity < gathered->groups[least]->severity) {
			least = i;
		}
	}
	if (gathered->groups[least]->severity >= severity) {
		return false;
	}
	close_group(gathered, least);
	return true;
}

bool gathered_open(struct gathered *gathered, uint64_t rule, const struct event *event,
                   const struct in6_addr *client, int64_t time_ns)
{
	if (gathered->count == GATHERED_MAX && !make_room(gathered, event->record.severity)) {
		return false;
	}
	struct group *group = calloc(1, sizeof(*group));
	struct event_copy *copy = group != NULL ? event_copy_new(event) : NULL;
	if (copy == NULL) {
		free(group);
		return false;
	}
	group->rule = rule;
	group->severity = event->record.severity;
	group->opened_ns = gathered->now_ns;
	group->copy = copy;
	group->repeat = (struct event_repeat){
		.count = 1, .first_ns = time_ns, .last_ns = time_ns, .clients = &group->clients
	};
	event_clients_add(&group->clients, client);
	gathered->groups[gathered->count++] = group;
	return true;
}

void gathered_tick(struct gathered *gathered, const struct packet_clock *clock)
{
	gathered->now_ns = clock->now_ns;
	while (gathered->count > 0 && !clock->unsure &&
	       packet_clock_since(clock, &gathered->groups[0]->opened_ns) >= GATHERED_NS) {
		close_group(gathered, 0);
	}
}
