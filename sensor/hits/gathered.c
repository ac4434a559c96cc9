/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hits/gathered.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define BUCKETS        GATHERED_MAX
#define SEVERITIES_MAX 128

struct group {
	uint64_t rule;
	unsigned severity;
	int64_t opened_ns;
	size_t size; /* of the copy */
	struct event_copy *copy;
	struct event_repeat repeat;
	struct group *next; /* in the same bucket */
	struct event_clients clients;
};

/* The groups are in the order in which they were opened. */
struct gathered {
	gathered_emit_t emit;
	void *ctx;
	int64_t now_ns;
	size_t octets; /* of all copies */
	size_t count;
	struct group *groups[GATHERED_MAX];
	struct group *buckets[BUCKETS];
	unsigned of_severity[SEVERITIES_MAX]; /* the number of groups */
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

static struct group **bucket_of(struct gathered *gathered, uint64_t rule)
{
	return &gathered->buckets[rule % BUCKETS];
}

static void unlink_group(struct gathered *gathered, const struct group *group)
{
	struct group **link = bucket_of(gathered, group->rule);
	while (*link != group) {
		link = &(*link)->next;
	}
	*link = group->next;
}

static void close_group(struct gathered *gathered, size_t place)
{
	struct group *group = gathered->groups[place];
	gathered->count--;
	memmove(&gathered->groups[place], &gathered->groups[place + 1],
	        (gathered->count - place) * sizeof(gathered->groups[0]));
	unlink_group(gathered, group);
	gathered->of_severity[group->severity]--;
	gathered->octets -= group->size;
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
	struct group *group = *bucket_of(gathered, rule);
	while (group != NULL && group->rule != rule) {
		group = group->next;
	}
	if (group == NULL) {
		return false;
	}
	group->repeat.count++;
	group->repeat.last_ns = time_ns;
	event_clients_add(&group->clients, client);
	return true;
}

static bool is_full(const struct gathered *gathered, size_t more)
{
	return gathered->count == GATHERED_MAX || gathered->octets + more > GATHERED_OCTETS_MAX;
}

static unsigned least_severity(const struct gathered *gathered)
{
	unsigned severity = 0;
	while (severity < SEVERITIES_MAX && gathered->of_severity[severity] == 0) {
		severity++;
	}
	return severity;
}

bool gathered_has_room(const struct gathered *gathered, unsigned severity)
{
	return !is_full(gathered, 0) || least_severity(gathered) < severity;
}

/* Reports the least severe groups that are less severe than the hit, beginning with the oldest,
 * until there is room. */
static bool make_room(struct gathered *gathered, unsigned severity, size_t size)
{
	while (is_full(gathered, size)) {
		unsigned least = least_severity(gathered);
		size_t place = 0;
		if (least >= severity) {
			return false;
		}
		while (gathered->groups[place]->severity != least) {
			place++;
		}
		close_group(gathered, place);
	}
	return true;
}

static struct group *group_new(const struct event *event)
{
	struct group *group = calloc(1, sizeof(*group));
	struct event_copy *copy = group != NULL ? event_copy_new(event) : NULL;
	if (copy == NULL) {
		free(group);
		return NULL;
	}
	group->copy = copy;
	group->size = event_copy_size(event);
	group->severity = MIN(event->record.severity, SEVERITIES_MAX - 1);
	return group;
}

bool gathered_open(struct gathered *gathered, uint64_t rule, const struct event *event,
                   const struct in6_addr *client, int64_t time_ns)
{
	if (!make_room(gathered, event->record.severity, event_copy_size(event))) {
		return false;
	}
	struct group *group = group_new(event);
	if (group == NULL) {
		return false;
	}
	struct group **bucket = bucket_of(gathered, rule);
	group->rule = rule;
	group->opened_ns = gathered->now_ns;
	group->next = *bucket;
	group->repeat = (struct event_repeat){
		.count = 1, .first_ns = time_ns, .last_ns = time_ns, .clients = &group->clients
	};
	event_clients_add(&group->clients, client);
	*bucket = group;
	gathered->of_severity[group->severity]++;
	gathered->octets += group->size;
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
