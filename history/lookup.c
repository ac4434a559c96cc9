/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/lookup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history/merged.h"
#include "history/rows/batch.h"

/* The place at which a child begins to read, and the next child continues. `key` is the last key
 * that was read; `key_size` is 0 at the beginning of a prefix. */
struct place {
	size_t prefix;
	size_t key_size;
	uint8_t key[HISTORY_KEY_MAX];
};

struct part {
	const struct history_lookup *lookup;
	struct place place;
};

void history_lookup_free(struct history_lookup *lookup)
{
	free(lookup->octets);
	free(lookup->items);
	*lookup = (struct history_lookup){ .count = 0 };
}

static bool make_room(void **items, size_t *room, size_t count, size_t size)
{
	if (count <= *room) {
		return true;
	}
	size_t more = 2 * count > 1024 ? 2 * count : 1024;
	void *grown = realloc(*items, more * size);
	if (grown == NULL) {
		return false;
	}
	*items = grown;
	*room = more;
	return true;
}

bool history_lookup_add(struct history_lookup *lookup, const uint8_t *prefix, size_t size)
{
	if (!make_room((void **)&lookup->octets, &lookup->octets_room, lookup->octets_size + size,
	               1) ||
	    !make_room((void **)&lookup->items, &lookup->room, lookup->count + 1,
	               sizeof(lookup->items[0]))) {
		return false;
	}
	memcpy(lookup->octets + lookup->octets_size, prefix, size);
	lookup->items[lookup->count++] =
	        (struct history_prefix){ lookup->octets_size, (uint16_t)size };
	lookup->octets_size += size;
	return true;
}

bool history_lookup_add_name(struct history_lookup *lookup, enum history_key_kind kind,
                             const uint8_t *name, size_t size, bool exact)
{
	uint8_t key[1 + DNS_NAME_MAX + 1];
	key[0] = (uint8_t)kind;
	size_t used = 1 + history_reverse(name, size, key + 1);
	if (exact) {
		key[used++] = 0;
	}
	return history_lookup_add(lookup, key, used);
}

static const uint8_t *octets_of(const struct history_lookup *lookup, size_t i)
{
	return lookup->octets + lookup->items[i].at;
}

static int compare_prefixes(const void *one, const void *other, void *ctx)
{
	const struct history_prefix *a = one, *b = other;
	const struct history_lookup *lookup = ctx;
	return history_key_compare(lookup->octets + a->at, a->size, lookup->octets + b->at,
	                           b->size);
}

static bool begins_with(const struct history_lookup *lookup, size_t i, const uint8_t *key,
                        size_t size)
{
	size_t prefix = lookup->items[i].size;
	return size >= prefix && memcmp(key, octets_of(lookup, i), prefix) == 0;
}

/* Sorts the prefixes, and removes those that begin with another one. */
static void sort(struct history_lookup *lookup)
{
	size_t kept = 0;
	if (lookup->count > 0) {
		qsort_r(lookup->items, lookup->count, sizeof(lookup->items[0]), compare_prefixes,
		        lookup);
	}
	for (size_t i = 0; i < lookup->count; i++) {
		if (kept == 0 ||
		    !begins_with(lookup, kept - 1, octets_of(lookup, i), lookup->items[i].size)) {
			lookup->items[kept++] = lookup->items[i];
		}
	}
	lookup->count = kept;
}

/* Whether a key begins with any prefix. Only the last prefix that is not greater than the key can
 * be at its beginning, because no prefix begins with another one. */
static bool is_covered(const struct history_lookup *lookup, const uint8_t *key, size_t size)
{
	size_t low = 0, high = lookup->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (history_key_compare(octets_of(lookup, middle), lookup->items[middle].size, key,
		                        size) <= 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low > 0 && begins_with(lookup, low - 1, key, size);
}

/* These functions run in the child. */

/* Reads the row of a key without a value. Returns false if there is no row, or if another key of
 * the row, which is preferred, begins with a prefix, too: each row is passed on once. */
static bool read_row(const struct history_lookup *lookup, struct history_merged *merged,
                     const uint8_t *key, struct history_record *record, uint8_t *own,
                     size_t *own_size)
{
	uint8_t other[HISTORY_KEY_MAX];
	size_t size;
	*own_size = history_key_write(record, own);
	if (is_covered(lookup, own, *own_size)) {
		return false;
	}
	for (unsigned i = 0; (size = history_key_write_other(record, i, other)) > 0; i++) {
		if (is_covered(lookup, other, size)) {
			return memcmp(other, key, size) == 0 &&
			       history_merged_find(merged, own, *own_size, &record->seen);
		}
	}
	return false;
}

static void add_key(const struct part *part, struct history_merged *merged, const uint8_t *key,
                    size_t size, const uint8_t *value, size_t value_size, struct writer *output)
{
	struct history_record record;
	uint8_t own[HISTORY_KEY_MAX];
	size_t own_size;
	if (!history_key_read(key, size, &record)) {
		return;
	}
	if (history_key_has_value(key[0])) {
		if (history_value_read(record.kind, value, value_size, &record.seen)) {
			history_batch_add(output, key, size, &record.seen);
		}
	} else if (read_row(part->lookup, merged, key, &record, own, &own_size)) {
		history_batch_add(output, own, own_size, &record.seen);
	}
}

/* Reads the keys that begin with the current prefix. Returns false if the part is full. */
static bool read_prefix(struct part *part, struct history_merged *merged, struct writer *output)
{
	struct place *place = &part->place;
	const uint8_t *key, *value;
	size_t size, value_size;
	const uint8_t *prefix = octets_of(part->lookup, place->prefix);
	size_t prefix_size = part->lookup->items[place->prefix].size;
	bool more = place->key_size == 0 ? history_merged_seek(merged, prefix, prefix_size)
	                                 : history_merged_seek_from(merged, prefix, prefix_size,
	                                                            place->key, place->key_size);
	while (more && history_merged_next(merged, &key, &size, &value, &value_size)) {
		if (size > sizeof(place->key) ||
		    (place->key_size > 0 &&
		     history_key_compare(key, size, place->key, place->key_size) <= 0)) {
			continue;
		}
		add_key(part, merged, key, size, value, value_size, output);
		if (writer_size(output) > HISTORY_LOOKUP_PART) {
			memcpy(place->key, key, size);
			place->key_size = size;
			return false;
		}
	}
	place->key_size = 0;
	return true;
}

static int read_part(void *ctx, struct history_merged *merged, struct writer *output)
{
	struct part *part = ctx;
	struct place *place = &part->place;
	writer_put(output, (const char *)place, sizeof(*place));
	while (place->prefix < part->lookup->count && read_prefix(part, merged, output)) {
		place->prefix++;
	}
	if (output->failed) {
		return -ENOMEM;
	}
	memcpy(output->start, place, sizeof(*place));
	return 0;
}

/* Reads a part whose place and prefixes are a request. */
static int answer_part(struct cursor *request, struct history_merged *merged, struct writer *output)
{
	struct history_lookup lookup = { .octets_size = 0 };
	struct part part = { .lookup = &lookup };
	const uint8_t *place = cursor_take(request, sizeof(part.place));
	const uint8_t *count = cursor_take(request, sizeof(lookup.count));
	if (place == NULL || count == NULL) {
		return -EBADMSG;
	}
	memcpy(&part.place, place, sizeof(part.place));
	memcpy(&lookup.count, count, sizeof(lookup.count));
	const uint8_t *items = cursor_take(request, lookup.count * sizeof(lookup.items[0]));
	lookup.octets = (uint8_t *)cursor_take(request, cursor_left(request));
	lookup.items = malloc(lookup.count * sizeof(lookup.items[0]));
	/* If the items could not be taken, nor could the octets. */
	int ret = lookup.octets == NULL ? -EBADMSG : -ENOMEM;
	if (ret == -ENOMEM && lookup.items != NULL) {
		memcpy(lookup.items, items, lookup.count * sizeof(lookup.items[0]));
		ret = read_part(&part, merged, output);
	}
	free(lookup.items);
	return ret;
}

/* These functions run in the caller. */

/* Passes on the rows of a part. Returns 1 if `each` has returned false. */
static int pass_on(struct part *part, const struct writer *output, history_row_t each, void *ctx)
{
	struct cursor c = cursor_init((const uint8_t *)output->start, writer_size(output));
	const uint8_t *place = cursor_take(&c, sizeof(part->place));
	struct history_record record;
	const uint8_t *key;
	size_t size;
	int ret;
	if (place == NULL) {
		return -EIO;
	}
	memcpy(&part->place, place, sizeof(part->place));
	if (part->place.key_size > sizeof(part->place.key)) {
		return -EIO;
	}
	struct cursor rows = cursor_init(c.wire + c.pos, cursor_left(&c));
	while ((ret = history_batch_next(&rows, &key, &size, &record)) == 1) {
		if (!each(ctx, &record)) {
			return 1;
		}
	}
	return ret == 0 ? 0 : -EIO;
}

static bool write_request(const struct part *part, struct writer *request)
{
	const struct history_lookup *lookup = part->lookup;
	writer_restart(request);
	writer_put(request, (const char *)&part->place, sizeof(part->place));
	writer_put(request, (const char *)&lookup->count, sizeof(lookup->count));
	writer_put(request, (const char *)lookup->items, lookup->count * sizeof(lookup->items[0]));
	writer_put(request, (const char *)lookup->octets, lookup->octets_size);
	return !request->failed;
}

/* Few prefixes are sent to a child that exists already. For many, which do not fit into a request,
 * a child is started. */
static int read_next_part(struct part *part, struct history_reading *reading,
                          struct writer *request, struct writer *output)
{
	return write_request(part, request)
	               ? history_reading_ask(reading, answer_part, (const uint8_t *)request->start,
	                                     writer_size(request), output)
	               : history_reading_run(reading, read_part, part, output);
}

int history_lookup_run(struct history_lookup *lookup, struct history_reading *reading,
                       history_row_t each, void *ctx)
{
	struct part part = { .lookup = lookup };
	struct writer output, request;
	int ret = 0;
	sort(lookup);
	writer_init_growing(&request, HISTORY_REQUEST_MAX);
	/* A part can exceed HISTORY_LOOKUP_PART by one row. */
	writer_init_growing(&output, 2 * HISTORY_LOOKUP_PART);
	while (ret == 0 && part.place.prefix < lookup->count) {
		ret = read_next_part(&part, reading, &request, &output);
		if (ret == 0) {
			ret = pass_on(&part, &output, each, ctx);
		}
	}
	writer_free(&output);
	writer_free(&request);
	return ret == 1 ? 0 : ret;
}
