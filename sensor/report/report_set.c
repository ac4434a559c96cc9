/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report_set.h"

#include <stdlib.h>

#define ROOM_MIN 1024

/* The slot of a hash, or the free one where it belongs. */
static uint64_t *find(uint64_t *slots, size_t room, uint64_t hash)
{
	size_t at = hash & (room - 1);
	while (slots[at] != 0 && slots[at] != hash) {
		at = (at + 1) & (room - 1);
	}
	return &slots[at];
}

static void grow(struct report_set *set)
{
	size_t room = set->room > 0 ? 2 * set->room : ROOM_MIN;
	uint64_t *slots = room <= 2 * REPORT_SET_MAX ? calloc(room, sizeof(*slots)) : NULL;
	if (slots == NULL) {
		return;
	}
	for (size_t i = 0; i < set->room; i++) {
		if (set->slots[i] != 0) {
			*find(slots, room, set->slots[i]) = set->slots[i];
		}
	}
	free(set->slots);
	set->slots = slots;
	set->room = room;
}

enum report_set_result report_set_add(struct report_set *set, uint64_t hash)
{
	hash |= hash == 0;
	if (2 * set->count >= set->room) {
		grow(set);
	}
	if (set->room == 0) {
		return REPORT_SET_FULL;
	}
	uint64_t *slot = find(set->slots, set->room, hash);
	if (*slot == hash) {
		return REPORT_SET_KNOWN;
	}
	if (2 * set->count >= set->room) {
		return REPORT_SET_FULL;
	}
	*slot = hash;
	set->count++;
	return REPORT_SET_NEW;
}

void report_set_free(struct report_set *set)
{
	free(set->slots);
	*set = (struct report_set){ .slots = NULL };
}
