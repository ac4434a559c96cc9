/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/reassembly/ranges.h"

#define UNIT 16

struct record {
	history_mark previous;
	uint32_t owner; /* the mark of a very old record may point to a record of another owner */
	uint32_t seq, size;
};

_Static_assert(sizeof(struct record) == UNIT, "a record begins at a unit");

int history_init(struct history *history, size_t size)
{
	history->units = HISTORY_SIZE_MIN / UNIT;
	while (history->units < size / UNIT) {
		history->units *= 2;
	}
	history->head = 1;
	history->ring = malloc((size_t)history->units * UNIT);
	return history->ring != NULL ? 0 : -ENOMEM;
}

void history_deinit(struct history *history)
{
	free(history->ring);
	history->ring = NULL;
}

static uint32_t owner_number(const void *owner)
{
	return (uint32_t)((uintptr_t)owner / UNIT);
}

static struct record *record_at(const struct history *history, history_mark mark)
{
	return (struct record *)(void *)(history->ring +
	                                 (size_t)(mark & (history->units - 1)) * UNIT);
}

static struct record *find(const struct history *history, history_mark mark, const void *owner)
{
	if (mark == 0 || history->head - mark > history->units) {
		return NULL;
	}
	struct record *record = record_at(history, mark);
	return record->owner == owner_number(owner) ? record : NULL;
}

void history_add(struct history *history, history_mark *mark, const void *owner, uint32_t seq,
                 const uint8_t *bytes, size_t size)
{
	uint32_t units = 1 + (uint32_t)((size + UNIT - 1) / UNIT);
	uint32_t left = history->units - (history->head & (history->units - 1));
	/* A record is in one piece. */
	history->head += units > left ? left : 0;
	struct record *record = record_at(history, history->head);
	*record = (struct record){ *mark, owner_number(owner), seq, (uint32_t)size };
	memcpy(record + 1, bytes, size);
	*mark = history->head;
	history->head += units;
}

size_t history_read(const struct history *history, history_mark mark, const void *owner,
                    uint32_t from, uint32_t to, uint8_t *octets)
{
	const struct record *record;
	uint32_t need = to; /* octets from here on are copied */

	for (int i = 0; i < HISTORY_RECORDS_MAX && need != from; i++) {
		record = find(history, mark, owner);
		if (record == NULL || seq_before(record->seq + record->size, need)) {
			break;
		}
		mark = record->previous;
		if (!seq_before(record->seq, need)) {
			continue;
		}
		uint32_t begin = seq_before(record->seq, from) ? from : record->seq;
		memcpy(octets + (begin - from),
		       (const uint8_t *)(record + 1) + (begin - record->seq), need - begin);
		need = begin;
	}
	return to - need;
}

void history_wipe(struct history *history, history_mark *mark, const void *owner)
{
	struct record *record;
	while ((record = find(history, *mark, owner)) != NULL) {
		*mark = record->previous;
		explicit_bzero(record + 1, record->size);
		record->owner = 0;
	}
	*mark = 0;
}
