/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/ranges.h"

#include <stdlib.h>

/* Joins `range` with its successor where the two touch. */
static void join_next(struct range *range)
{
	struct range *next = range->next;
	if (next == NULL || next->from != range->to) {
		return;
	}
	range->to = next->to;
	range->segments += next->segments;
	range->next = next->next;
	free(next);
}

bool ranges_add(struct ranges *ranges, uint32_t from, uint32_t to)
{
	struct range **link = &ranges->first, *prev = NULL;
	while (*link != NULL && seq_before((*link)->from, from)) {
		prev = *link;
		link = &prev->next;
	}

	if (prev != NULL && prev->to == from) {
		prev->to = to;
		prev->segments++;
		join_next(prev);
	} else {
		struct range *range = malloc(sizeof(*range));
		if (range == NULL) {
			return false;
		}
		*range = (struct range){ .next = *link, .from = from, .to = to, .segments = 1 };
		*link = range;
		join_next(range);
	}
	ranges->segments++;
	ranges->bytes += to - from;
	return true;
}

bool ranges_vacant(const struct ranges *ranges, uint32_t *from, uint32_t *to)
{
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

void ranges_pop(struct ranges *ranges)
{
	struct range *first = ranges->first;
	ranges->first = first->next;
	ranges->segments -= first->segments;
	ranges->bytes -= first->to - first->from;
	free(first);
}

void ranges_clear(struct ranges *ranges)
{
	while (ranges->first != NULL) {
		ranges_pop(ranges);
	}
}
