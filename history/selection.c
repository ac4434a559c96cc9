/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/selection.h"

#include <stdlib.h>
#include <string.h>

#include "history/rows/batch.h"

struct history_selected {
	struct history_seen seen;
	uint8_t *key;
	size_t size;
};

void history_selection_init(struct history_selection *selection, size_t limit)
{
	*selection = (struct history_selection){ .limit = limit };
}

void history_selection_free(struct history_selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		free(selection->items[i].key);
	}
	free(selection->items);
	*selection = (struct history_selection){ .limit = selection->limit };
}

static int compare(const void *one, const void *other)
{
	const struct history_selected *a = one, *b = other;
	if (a->seen.last != b->seen.last) {
		return a->seen.last > b->seen.last ? -1 : 1;
	}
	return history_key_compare(a->key, a->size, b->key, b->size);
}

/* Sorts the rows and discards those that exceed the limit. */
static void cut(struct history_selection *selection)
{
	if (selection->count > 0) {
		qsort(selection->items, selection->count, sizeof(selection->items[0]), compare);
	}
	while (selection->count > selection->limit) {
		free(selection->items[--selection->count].key);
		selection->left_out++;
	}
}

static bool make_room(struct history_selection *selection)
{
	if (selection->count == 2 * selection->limit) {
		cut(selection);
	}
	if (selection->count < selection->room) {
		return true;
	}
	size_t room = selection->room == 0 ? 64 : 2 * selection->room;
	struct history_selected *items = realloc(selection->items, room * sizeof(*items));
	if (items == NULL) {
		return false;
	}
	selection->items = items;
	selection->room = room;
	return true;
}

bool history_selection_add(struct history_selection *selection, const uint8_t *key, size_t size,
                           const struct history_seen *seen)
{
	if (!make_room(selection)) {
		return false;
	}
	struct history_selected *item = &selection->items[selection->count];
	*item = (struct history_selected){ *seen, malloc(size), size };
	if (item->key == NULL) {
		return false;
	}
	memcpy(item->key, key, size);
	selection->count++;
	return true;
}

void history_selection_write(struct history_selection *selection, struct writer *batch)
{
	cut(selection);
	for (size_t i = 0; i < selection->count; i++) {
		const struct history_selected *item = &selection->items[i];
		history_batch_add(batch, item->key, item->size, &item->seen);
	}
}
