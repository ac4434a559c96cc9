/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/ranges.h"

#include <stdlib.h>
#include <string.h>

/* The last range that is joined to this one, directly or by others. */
static struct range *end_of_run(struct range *range)
{
	while (range->next != NULL && range->next->joined) {
		range = range->next;
	}
	return range;
}

/* The first range of the last run that begins at `from` or before, or NULL. */
static struct range *find_run(const struct ranges *ranges, uint32_t from)
{
	struct range *found = NULL;
	for (struct range *r = ranges->first; r != NULL && !seq_before(from, r->from);
	     r = end_of_run(r)->next) {
		found = r;
	}
	return found;
}

static void count(struct ranges *ranges, const struct range *range, bool added)
{
	uint32_t size = range->to - range->from;
	ranges->segments += added ? 1 : UINT32_MAX;
	ranges->bytes += added ? size : 0 - size;
}

static void insert_after(struct ranges *ranges, struct range *before, struct range *range)
{
	struct range **link = before != NULL ? &before->next : &ranges->first;
	range->next = *link;
	*link = range;
	ranges->last = range->next == NULL ? range : ranges->last;
	count(ranges, range, true);
}

/* Removes the ranges from `before->next` up to `last`. */
static void remove_run(struct ranges *ranges, struct range *before, struct range *last)
{
	struct range **link = before != NULL ? &before->next : &ranges->first;
	struct range *end = last->next;
	while (*link != end) {
		struct range *gone = *link;
		*link = gone->next;
		count(ranges, gone, false);
		free(gone);
	}
	if (end == NULL) {
		ranges->last = before;
	}
}

/* Removes the runs after `range` that it covers. */
static void remove_covered(struct ranges *ranges, struct range *range)
{
	while (range->next != NULL && seq_before(range->next->from, range->to)) {
		struct range *last = end_of_run(range->next);
		if (seq_before(range->to, last->to)) {
			return;
		}
		remove_run(ranges, range, last);
	}
}

static struct range *before_in_list(const struct ranges *ranges, const struct range *range)
{
	struct range *before = NULL;
	for (struct range *r = ranges->first; r != range; r = r->next) {
		before = r;
	}
	return before;
}

static void place(struct ranges *ranges, struct range *range)
{
	struct range *run = find_run(ranges, range->from);
	struct range *last = run != NULL ? end_of_run(run) : NULL;

	if (last != NULL && last->to == range->from) {
		range->joined = true;
		insert_after(ranges, last, range);
		return;
	}
	if (last != NULL && !seq_before(last->to, range->to)) {
		free(range); /* all of it is there */
		return;
	}
	if (run != NULL && run->from == range->from) {
		struct range *before = before_in_list(ranges, run);
		remove_run(ranges, before, last);
		last = before;
	}
	insert_after(ranges, last, range);
	remove_covered(ranges, range);
}

bool ranges_add(struct ranges *ranges, uint32_t from, uint32_t to, int64_t time_ns,
                const uint8_t *octets)
{
	struct range *range = malloc(sizeof(*range) + (to - from));
	if (range == NULL) {
		return false;
	}
	*range = (struct range){ .from = from, .to = to, .time_ns = time_ns };
	memcpy(range->octets, octets, to - from);
	if (ranges->last != NULL && !seq_before(from, ranges->last->to)) {
		range->joined = from == ranges->last->to;
		insert_after(ranges, ranges->last, range);
	} else {
		place(ranges, range);
	}
	return true;
}

const struct range *ranges_conflict(const struct ranges *ranges, const struct range *after,
                                    uint32_t from, uint32_t to, const uint8_t *octets)
{
	const struct range *r = after != NULL ? after->next : ranges->first;
	for (; r != NULL; r = r->next) {
		uint32_t begin = seq_before(from, r->from) ? r->from : from;
		uint32_t end = seq_before(to, r->to) ? to : r->to;
		if (seq_before(begin, end) && memcmp(r->octets + (begin - r->from),
		                                     octets + (begin - from), end - begin) != 0) {
			return r;
		}
	}
	return NULL;
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
	for (const struct range *r = ranges->first; r != NULL && !seq_before(from, r->from);
	     r = r->next) {
		from = seq_before(from, r->to) ? r->to : from;
	}
	return from;
}

void ranges_pop(struct ranges *ranges)
{
	struct range *first = ranges->first;
	ranges->first = first->next;
	ranges->last = first->next != NULL ? ranges->last : NULL;
	count(ranges, first, false);
	if (ranges->first != NULL) {
		ranges->first->joined = false;
	}
	free(first);
}

void ranges_clear(struct ranges *ranges)
{
	while (ranges->first != NULL) {
		ranges_pop(ranges);
	}
}
