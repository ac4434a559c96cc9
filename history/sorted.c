/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/sorted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/rows/batch.h"

struct history_sorted_key {
	const uint8_t *key; /* NULL: the key is the next one in `memory` */
	uint16_t size;
	bool has_value;
	struct history_seen seen;
};

static int compare(const void *one, const void *other)
{
	const struct history_sorted_key *a = one, *b = other;
	int order = memcmp(a->key, b->key, a->size < b->size ? a->size : b->size);
	return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static bool add(struct history_sorted *sorted, const struct history_sorted_key *key)
{
	if (sorted->count == sorted->room) {
		size_t room = sorted->room == 0 ? 1024 : 2 * sorted->room;
		struct history_sorted_key *more = realloc(sorted->keys, room * sizeof(*more));
		if (more == NULL) {
			return false;
		}
		sorted->keys = more;
		sorted->room = room;
	}
	sorted->keys[sorted->count++] = *key;
	return true;
}

static bool add_row(struct history_sorted *sorted, const uint8_t *key, size_t size,
                    const struct history_record *record)
{
	uint8_t by_data[HISTORY_KEY_MAX];
	const struct history_sorted_key own = { key, (uint16_t)size, true, record->seen };
	struct history_sorted_key other = { .key = NULL };
	bool good = add(sorted, &own);
	for (unsigned i = 0; good; i++) {
		other.size = (uint16_t)history_key_write_other(record, i, by_data);
		if (other.size == 0) {
			break;
		}
		writer_put(&sorted->memory, (const char *)by_data, other.size);
		good = !sorted->memory.failed && add(sorted, &other);
	}
	return good;
}

/* Sets the pointers to keys in `memory`, which does not move any more. */
static void place_keys(struct history_sorted *sorted)
{
	const uint8_t *at = (const uint8_t *)sorted->memory.start;
	for (size_t i = 0; i < sorted->count; i++) {
		if (sorted->keys[i].key == NULL) {
			sorted->keys[i].key = at;
			at += sorted->keys[i].size;
		}
	}
}

int history_sorted_init(struct history_sorted *sorted, const uint8_t *batch, size_t size)
{
	struct cursor c = cursor_init(batch, size);
	struct history_record record;
	const uint8_t *key;
	size_t key_size;
	int ret;
	*sorted = (struct history_sorted){ .keys = NULL };
	writer_init_growing(&sorted->memory, (2 + HISTORY_HINTS_MAX) * size + HISTORY_KEY_MAX);
	while ((ret = history_batch_next(&c, &key, &key_size, &record)) == 1) {
		if (!add_row(sorted, key, key_size, &record)) {
			return -ENOMEM;
		}
	}
	if (ret != 0) {
		return -EBADMSG;
	}
	place_keys(sorted);
	if (sorted->count > 0) {
		qsort(sorted->keys, sorted->count, sizeof(sorted->keys[0]), compare);
	}
	return 0;
}

void history_sorted_free(struct history_sorted *sorted)
{
	free(sorted->keys);
	writer_free(&sorted->memory);
}

bool history_sorted_next(struct history_sorted *sorted, const uint8_t **key, size_t *size,
                         const uint8_t **value, size_t *value_size)
{
	if (sorted->at == sorted->count) {
		return false;
	}
	struct history_sorted_key *first = &sorted->keys[sorted->at++];
	while (sorted->at < sorted->count && compare(first, &sorted->keys[sorted->at]) == 0) {
		history_seen_merge(first->key[0], &first->seen, &sorted->keys[sorted->at++].seen);
	}
	*key = first->key;
	*size = first->size;
	*value = sorted->value;
	*value_size = first->has_value
	                      ? history_value_write(first->key[0], &first->seen, sorted->value)
	                      : 0;
	return true;
}
