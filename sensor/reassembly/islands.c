/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/islands.h"

#include <string.h>
#include <sys/param.h>

/* The first range that contains `from`, touches it or is after it; `count` if there is none. */
static size_t find(const struct islands *islands, uint16_t from)
{
	size_t i = 0;
	while (i < islands->count && islands->island[i].to < from) {
		i++;
	}
	return i;
}

static bool insert(struct islands *islands, size_t i, uint16_t from, uint16_t to)
{
	struct island *here = &islands->island[i];
	if (islands->count == ISLANDS_MAX) {
		return false;
	}
	memmove(here + 1, here, (islands->count - i) * sizeof(*here));
	*here = (struct island){ from, to };
	islands->count++;
	return true;
}

static void drop(struct islands *islands, size_t i)
{
	struct island *here = &islands->island[i];
	islands->count--;
	memmove(here, here + 1, (islands->count - i) * sizeof(*here));
}

enum islands_fit islands_add(struct islands *islands, uint16_t from, uint16_t to)
{
	size_t i = find(islands, from);
	if (i == islands->count || to < islands->island[i].from) {
		return insert(islands, i, from, to) ? ISLANDS_NEW : ISLANDS_FULL;
	}
	struct island *here = &islands->island[i];
	if (from >= here->from && to <= here->to) {
		return ISLANDS_KNOWN;
	}
	if (to == here->from) {
		here->from = from;
		return ISLANDS_NEW;
	}
	bool last = i + 1 == islands->count;
	if (from != here->to || (!last && to > here[1].from)) {
		return ISLANDS_OVERLAP;
	}
	here->to = to;
	if (!last && to == here[1].from) {
		here->to = here[1].to;
		drop(islands, i + 1);
	}
	return ISLANDS_NEW;
}

bool islands_cover(struct islands *islands, uint16_t from, uint16_t to)
{
	size_t i = find(islands, from);
	if (i == islands->count || to < islands->island[i].from) {
		return insert(islands, i, from, to);
	}
	struct island *here = &islands->island[i];
	here->from = MIN(from, here->from);
	here->to = MAX(to, here->to);
	while (i + 1 < islands->count && here[1].from <= here->to) {
		here->to = MAX(here[1].to, here->to);
		drop(islands, i + 1);
	}
	return true;
}
