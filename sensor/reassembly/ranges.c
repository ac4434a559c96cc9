/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/ranges.h"

#include <stdlib.h>

/* The place for a range that begins at `from`. */
static struct range **find_place(struct ranges *ranges, uint32_t from)
{
	struct range **link = &ranges->first;
	if (ranges->last != NULL && seq_before(ranges->last->from, from)) {
		return &ranges->last->next;
	}
	while (*link != NULL && seq_before((*link)->from, from)) {
		link = &(*link)->next;
	}
	return link;
}

bool ranges_add(struct ranges *ranges, uint32_t from, uint32_t to, int64_t time_ns)
{
	struct range **link = find_place(ranges, from);
	struct range *range = malloc(sizeof(*range));
	if (range == NULL) {
		return false;
	}
	*range = (struct range){ .next = *link, .from = from, .to = to, .time_ns = time_ns };
	*link = range;
	if (range->next == NULL) {
		ranges->last = range;
	}
	ranges->segments++;
	ranges->bytes += to - from;
	return true;
}

bool ranges_vacant(const struct ranges *ranges, uint32_t *from, uint32_t *to)
{
	const struct range *last = ranges->last;
	if (last != NULL && !seq_before(*from, last->to)) {
		return seq_before(*from, *to);
	}
	for (const struct range *r = ranges->first; r != NULL; r = r->next) {
		if (!seq_before(*from, r->to)) {
			continue;
		}
		if (seq_before(*from, r->from)) {
			*to = seq_before(r->from, *to) ? r->from : *to;
			break;
		}
		*from = r->to;
	}
	return seq_before(*from, *to);
}

uint32_t ranges_reach(const struct ranges *ranges, uint32_t from)
{
	for (const struct range *r = ranges->first; r != NULL && r->from == from; r = r->next) {
		from = r->to;
	}
	return from;
}

void ranges_pop(struct ranges *ranges)
{
	struct range *first = ranges->first;
	ranges->first = first->next;
	ranges->last = first->next != NULL ? ranges->last : NULL;
	ranges->segments--;
	ranges->bytes -= first->to - first->from;
	free(first);
}

void ranges_clear(struct ranges *ranges)
{
	while (ranges->first != NULL) {
		ranges_pop(ranges);
	}
}
