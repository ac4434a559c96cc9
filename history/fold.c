/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/fold.h"

#include <libpsl.h>
#include <stdlib.h>
#include <string.h>

/* Zones with fewer labels are not folded: they are the root and top-level domains. */
#define LABELS_MIN 2

struct zone {
	uint8_t key[1 + DNS_NAME_MAX]; /* HISTORY_KEY_FOLDED, the reversed name */
	size_t size;
	struct history_seen seen; /* `accepted` is the number of names */
};

struct zones {
	struct zone *items;
	size_t count, room;
	size_t known; /* the first `known` zones were folded in the files already; they are sorted
	               */
};

/* A row that waits until the rows of its name are complete. */
struct waiting {
	uint8_t key[HISTORY_KEY_MAX], value[HISTORY_VALUE_MAX];
	size_t size, value_size;
	struct history_seen seen;
};

struct history_fold {
	struct zones zones;
	struct waiting rows[HISTORY_FOLD_ROWS];
	size_t count;
	uint8_t name[DNS_NAME_MAX]; /* the reversed name of the rows, with its zero */
	size_t name_size;
	struct zone *zone; /* of the name; NULL: it is not folded */
	bool restarted;    /* the sums of zones are those of the names that were folded since */
};

/* Returns the number of labels of a reversed name. `last` receives the offset of the last one,
 * which is also the size of the parent's reversed name without its zero. */
static size_t labels_of(const uint8_t *name, size_t size, size_t *last)
{
	size_t count = 0;
	*last = 0;
	for (size_t at = 0; at < size && name[at] != 0; at += 1u + name[at]) {
		*last = at;
		count++;
	}
	return count;
}

/* Returns the size of the reversed name in a key, with its final zero; 0 if the key ends before. */
static size_t name_size(const uint8_t *key, size_t size)
{
	size_t at = 1;
	while (at < size && key[at] != 0) {
		at += 1u + key[at];
	}
	return at < size ? at : 0;
}

static void merge(struct history_seen *sum, const struct history_seen *seen)
{
	if (sum->count == 0) {
		*sum = (struct history_seen){ .first = seen->first,
			                      .last = seen->last,
			                      .count = seen->count };
	} else {
		sum->first = seen->first < sum->first ? seen->first : sum->first;
		sum->last = seen->last > sum->last ? seen->last : sum->last;
		sum->count += seen->count;
	}
}

static int compare(const void *one, const void *other)
{
	const struct zone *a = one, *b = other;
	return history_key_compare(a->key, a->size, b->key, b->size);
}

static struct zone *find(const struct zones *zones, size_t count, const uint8_t *name, size_t size)
{
	struct zone wanted = { .size = 2 + size };
	wanted.key[0] = HISTORY_KEY_FOLDED;
	memcpy(wanted.key + 1, name, size);
	wanted.key[1 + size] = 0;
	return count > 0 ? bsearch(&wanted, zones->items, count, sizeof(wanted), compare) : NULL;
}

static struct zone *add_zone(struct zones *zones, const uint8_t *name, size_t size)
{
	if (zones->count == zones->room) {
		size_t room = zones->room == 0 ? 64 : 2 * zones->room;
		struct zone *items = room <= HISTORY_FOLD_ZONES
		                             ? realloc(zones->items, room * sizeof(*items))
		                             : NULL;
		if (items == NULL) {
			return NULL;
		}
		zones->items = items;
		zones->room = room;
	}
	struct zone *zone = &zones->items[zones->count++];
	*zone = (struct zone){ .key = { HISTORY_KEY_FOLDED }, .size = 2 + size };
	memcpy(zone->key + 1, name, size);
	return zone;
}

static bool is_public_suffix(const uint8_t *reversed, size_t size)
{
	uint8_t with_zero[DNS_NAME_MAX], wire[DNS_NAME_MAX];
	char host[DNS_NAME_MAX + 1];
	memcpy(with_zero, reversed, size);
	with_zero[size] = 0;
	size_t used = history_reverse(with_zero, size + 1, wire);
	wire[used] = 0;
	return dns_name_to_host(wire, used + 1, host) == 0 ||
	       psl_is_public_suffix(psl_builtin(), host) != 0;
}

/* These functions find the zones. */

struct level {
	size_t size; /* of the zone's reversed name */
	size_t names;
	struct history_seen seen;
};

struct finder {
	struct zones *zones;
	struct level levels[DNS_NAME_LABELS_MAX + 1]; /* by number of labels */
	uint8_t name[DNS_NAME_MAX];                   /* the last reversed name */
	size_t name_size, labels;
	struct history_seen seen; /* of its rows */
	size_t rows;
	bool once;
};

static void end_level(struct finder *finder, struct level *level)
{
	struct zone *zone = find(finder->zones, finder->zones->known, finder->name, level->size);
	if (zone == NULL && level->names > HISTORY_FOLD_NAMES &&
	    !is_public_suffix(finder->name, level->size)) {
		zone = add_zone(finder->zones, finder->name, level->size);
	}
	if (zone != NULL && level->names > 0) {
		merge(&zone->seen, &level->seen);
		zone->seen.accepted += (uint32_t)level->names;
	}
	level->names = 0;
	level->seen = (struct history_seen){ .count = 0 };
}

/* Counts a name after all of its rows were read. */
static void end_name(struct finder *finder)
{
	size_t last;
	size_t labels = labels_of(finder->name, finder->name_size, &last);
	if (finder->rows > 0 && finder->once && finder->rows <= HISTORY_FOLD_ROWS &&
	    labels > LABELS_MIN) {
		struct level *level = &finder->levels[labels - 1];
		level->size = last;
		level->names++;
		merge(&level->seen, &finder->seen);
	}
	finder->labels = labels;
	finder->rows = 0;
	finder->once = true;
	finder->seen = (struct history_seen){ .count = 0 };
}

/* Ends the zones that do not contain the next name. */
static void leave(struct finder *finder, const uint8_t *next, size_t size)
{
	size_t common = 0, at = 0;
	while (at < size && at < finder->name_size && next[at] != 0 &&
	       next[at] == finder->name[at] &&
	       memcmp(next + at, finder->name + at, 1u + next[at]) == 0) {
		at += 1u + next[at];
		common++;
	}
	for (size_t labels = finder->labels; labels > common; labels--) {
		if (finder->levels[labels].names > 0) {
			end_level(finder, &finder->levels[labels]);
		}
	}
}

static void start_name(struct finder *finder, const uint8_t *name, size_t size)
{
	end_name(finder);
	leave(finder, name, size);
	memcpy(finder->name, name, size);
	finder->name_size = size;
}

static void find_zones(struct finder *finder, struct history_merged *merged)
{
	const uint8_t kind = HISTORY_KEY_OWNER;
	const uint8_t *key, *value;
	size_t size, value_size;
	struct history_seen seen;
	(void)history_merged_seek(merged, &kind, sizeof(kind));
	while (history_merged_next(merged, &key, &size, &value, &value_size)) {
		size_t name = name_size(key, size);
		if (name == 0 || name > DNS_NAME_MAX ||
		    !history_value_read(kind, value, value_size, &seen)) {
			continue;
		}
		if (name != finder->name_size || memcmp(key + 1, finder->name, name) != 0) {
			start_name(finder, key + 1, name);
		}
		finder->rows++;
		finder->once = finder->once && seen.count == 1 && !seen.kept;
		merge(&finder->seen, &seen);
	}
	end_name(finder);
	leave(finder, NULL, 0);
}

/* Reads the zones that were folded before. */
static void read_zones(struct zones *zones, struct history_merged *merged)
{
	const uint8_t kind = HISTORY_KEY_FOLDED;
	const uint8_t *key, *value;
	size_t size, value_size;
	(void)history_merged_seek(merged, &kind, sizeof(kind));
	while (history_merged_next(merged, &key, &size, &value, &value_size)) {
		struct history_seen seen;
		if (size < 3 || size > 1 + DNS_NAME_MAX ||
		    !history_value_read(kind, value, value_size, &seen)) {
			continue;
		}
		struct zone *zone = add_zone(zones, key + 1, size - 2);
		if (zone != NULL) {
			zone->seen = seen;
		}
	}
	zones->known = zones->count;
}

struct history_fold *history_fold_find(struct history_merged *merged)
{
	struct history_fold *fold = calloc(1, sizeof(*fold));
	struct finder *finder = calloc(1, sizeof(*finder));
	if (fold != NULL && finder != NULL) {
		finder->zones = &fold->zones;
		read_zones(&fold->zones, merged);
		find_zones(finder, merged);
	}
	free(finder);
	if (fold != NULL && fold->zones.count == 0) {
		history_fold_free(fold);
		return NULL;
	}
	if (fold != NULL) {
		qsort(fold->zones.items, fold->zones.count, sizeof(fold->zones.items[0]), compare);
	}
	return fold;
}

void history_fold_restart(struct history_fold *fold)
{
	for (size_t i = 0; i < fold->zones.count; i++) {
		fold->zones.items[i].seen = (struct history_seen){ .count = 0 };
	}
	fold->restarted = true;
}

void history_fold_free(struct history_fold *fold)
{
	if (fold != NULL) {
		free(fold->zones.items);
		free(fold);
	}
}

/* These functions leave out the rows of the zones. */

static bool put(const struct history_fold_target *target, const uint8_t *key, size_t size,
                const uint8_t *value, size_t value_size)
{
	return target->put == NULL || target->put(target->ctx, key, size, value, value_size);
}

static bool put_waiting(const struct waiting *row, const struct history_fold_target *target)
{
	return put(target, row->key, row->size, row->value, row->value_size);
}

static bool are_folded(const struct history_fold *fold)
{
	bool folded = fold->zone != NULL;
	for (size_t i = 0; i < fold->count && folded; i++) {
		folded = fold->rows[i].seen.count == 1 && !fold->rows[i].seen.kept;
	}
	return folded;
}

/* Corrects the sums of the zone of a name. */
static void count(struct history_fold *fold, bool folded)
{
	struct history_seen *sum = &fold->zone->seen;
	if (folded && fold->restarted) {
		for (size_t i = 0; i < fold->count; i++) {
			merge(sum, &fold->rows[i].seen);
		}
		sum->accepted++;
	} else if (!folded && !fold->restarted) {
		sum->accepted--;
		sum->count -= fold->count;
	}
}

bool history_fold_flush(struct history_fold *fold, const struct history_fold_target *target)
{
	bool disposable = fold->count > 0 && are_folded(fold), folded = disposable, good = true;
	for (size_t i = 0; i < fold->count && folded; i++) {
		const struct waiting *row = &fold->rows[i];
		folded = target->folded(target->ctx, row->key, row->size, &row->seen);
	}
	if (disposable) {
		count(fold, folded);
	}
	for (size_t i = 0; i < fold->count && !folded && good; i++) {
		good = put_waiting(&fold->rows[i], target);
	}
	fold->count = 0;
	return good;
}

static void start(struct history_fold *fold, const uint8_t *name, size_t size)
{
	size_t last;
	size_t labels = labels_of(name, size, &last);
	memcpy(fold->name, name, size);
	fold->name_size = size;
	fold->zone = labels > LABELS_MIN ? find(&fold->zones, fold->zones.count, name, last) : NULL;
}

bool history_fold_take(struct history_fold *fold, const struct history_fold_target *target,
                       const uint8_t *key, size_t size, const uint8_t *value, size_t value_size)
{
	size_t name = name_size(key, size);
	bool good = true;
	if (name == 0 || name > DNS_NAME_MAX) {
		return true;
	}
	if (name != fold->name_size || memcmp(key + 1, fold->name, name) != 0) {
		good = history_fold_flush(fold, target);
		start(fold, key + 1, name);
	}
	if (fold->count == HISTORY_FOLD_ROWS) {
		fold->zone = NULL; /* the name has too many rows */
		good = good && history_fold_flush(fold, target);
	}
	if (fold->zone == NULL) {
		return good && put(target, key, size, value, value_size);
	}
	struct waiting *row = &fold->rows[fold->count];
	if (size > sizeof(row->key) || !history_value_read(key[0], value, value_size, &row->seen)) {
		return good;
	}
	memcpy(row->key, key, size);
	memcpy(row->value, value, value_size);
	row->size = size;
	row->value_size = value_size;
	fold->count++;
	return good;
}

bool history_fold_put(struct history_fold *fold, const struct history_fold_target *target)
{
	bool good = history_fold_flush(fold, target);
	for (size_t i = 0; i < fold->zones.count && good; i++) {
		const struct zone *zone = &fold->zones.items[i];
		uint8_t value[HISTORY_VALUE_MAX];
		size_t size = history_value_write(HISTORY_KEY_FOLDED, &zone->seen, value);
		good = (fold->restarted && zone->seen.count == 0) ||
		       put(target, zone->key, zone->size, value, size);
	}
	return good;
}
