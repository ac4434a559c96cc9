/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/import/folders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The greatest number of folders that a store remembers. */
#define IDS_MAX 65536

struct id {
	uint8_t key[1 + HISTORY_ID_SIZE];
};

/* Numbers of folders, sorted. */
struct ids {
	struct id *items;
	size_t count, room;
};

struct combined {
	struct history_merged *merged; /* the sources */
	bool is_read;                  /* the keys of `merged` have been yielded */
	struct ids ids;                /* the folders that the sources consist of */
	size_t next;                   /* index of the next number to yield */
};

static int compare(const void *one, const void *other)
{
	return memcmp(one, other, sizeof(struct id));
}

/* Returns 0; -EEXIST if the set has the number already; -ENOMEM. */
static int add_id(struct ids *ids, const struct id *id)
{
	if (ids->count > 0 && bsearch(id, ids->items, ids->count, sizeof(*id), compare) != NULL) {
		return -EEXIST;
	}
	if (ids->count == ids->room) {
		size_t room = ids->room == 0 ? 64 : 2 * ids->room;
		struct id *items =
		        room <= IDS_MAX ? realloc(ids->items, room * sizeof(*items)) : NULL;
		if (items == NULL) {
			return -ENOMEM;
		}
		ids->items = items;
		ids->room = room;
	}
	ids->items[ids->count++] = *id;
	qsort(ids->items, ids->count, sizeof(*id), compare);
	return 0;
}

/* Adds the number of a folder, and those of the folders that were added to it. */
static int add_ids_of(struct ids *ids, struct history_folder *folder)
{
	struct id id = { .key = { HISTORY_KEY_FOLDER } };
	struct history_merged *merged = history_folder_merged(folder);
	const uint8_t *key, *value;
	size_t size, value_size;
	int ret = 0;
	if (history_folder_id(folder, (char *)id.key + 1)) {
		ret = add_id(ids, &id);
	}
	(void)history_merged_seek(merged, id.key, 1);
	while (ret == 0 && history_merged_next(merged, &key, &size, &value, &value_size)) {
		if (size == sizeof(id.key)) {
			memcpy(id.key, key, size);
			ret = add_id(ids, &id);
		}
	}
	return ret;
}

/* Checks the numbers of all folders, and leaves those of the sources in `ids`. */
static int check_ids(struct ids *ids, struct history_folder *target,
                     struct history_folder *const *sources, size_t count, size_t *duplicate)
{
	struct ids all = { .count = 0 };
	int ret = add_ids_of(&all, target);
	for (size_t i = 0; ret == 0 && i < count; i++) {
		ret = add_ids_of(&all, sources[i]);
		*duplicate = i;
	}
	free(all.items);
	for (size_t i = 0; ret == 0 && i < count; i++) {
		ret = add_ids_of(ids, sources[i]);
	}
	return ret;
}

/* Yields the keys of the sources, and then the numbers of the folders, which are greater than all
 * other keys. */
static bool next_key(void *ctx, const uint8_t **key, size_t *key_size, const uint8_t **value,
                     size_t *value_size)
{
	struct combined *combined = ctx;
	while (!combined->is_read) {
		combined->is_read =
		        !history_merged_next(combined->merged, key, key_size, value, value_size);
		if (!combined->is_read && (*key)[0] != HISTORY_KEY_FOLDER) {
			return true;
		}
	}
	if (combined->next == combined->ids.count) {
		return false;
	}
	*key = combined->ids.items[combined->next++].key;
	*key_size = sizeof(struct id);
	*value = NULL;
	*value_size = 0;
	return true;
}

static int add_all(struct history_store *store, struct history_folder *const *sources, size_t count,
                   struct combined *combined)
{
	uint64_t octets = 0;
	struct history_merged **parts = calloc(count, sizeof(struct history_merged *));
	for (size_t i = 0; parts != NULL && i < count; i++) {
		parts[i] = history_folder_merged(sources[i]);
		octets += history_folder_totals(sources[i])->octets;
	}
	combined->merged = parts != NULL ? history_merged_combine(parts, count) : NULL;
	free(parts);
	if (combined->merged == NULL) {
		return -ENOMEM;
	}
	(void)history_merged_seek(combined->merged, NULL, 0);
	int ret = history_store_add_keys(store, next_key, combined, octets);
	history_merged_free(combined->merged);
	return ret;
}

int history_add_folders(struct history_store *store, struct history_folder *target,
                        struct history_folder *const *sources, size_t count, size_t *duplicate)
{
	struct combined combined = { .next = 0 };
	int ret = check_ids(&combined.ids, target, sources, count, duplicate);
	if (ret == 0) {
		ret = add_all(store, sources, count, &combined);
	}
	free(combined.ids.items);
	return ret;
}
