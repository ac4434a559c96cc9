/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/store/sorted.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret_hash.h"
#include "history/rows/batch.h"

/* The octets of a key by which it is compared at once. */
#define PART 7

/* So few keys are sorted by insertion. */
#define FEW 12

/* Keys are scattered in memory, so so many are loaded ahead. */
#define AHEAD 8

struct history_sorted_key {
	uint64_t part;      /* see part_of() */
	const uint8_t *key; /* NULL: the key is the next one in `memory` */
	uint16_t size;
	uint8_t value_size; /* in the batch the value comes after the key; 0: there is none */
};

/* Returns the next octets of a key as a number, and in its lowest octet how many octets the key has
 * from there on, at most PART + 1. Equal parts of two keys with PART octets or less are the ends of
 * equal keys. */
static uint64_t part_of(const struct history_sorted_key *key, size_t at)
{
	size_t left = key->size - at;
	uint64_t octets = 0;
	memcpy(&octets, key->key + at, left < PART ? left : PART);
	return be64toh(octets) | (left > PART ? PART + 1 : left);
}

static void swap(struct history_sorted_key *one, struct history_sorted_key *other)
{
	const struct history_sorted_key key = *one;
	*one = *other;
	*other = key;
}

/* Moves the keys with a smaller part than that of a random key before those with an equal part, and
 * these before those with a greater part. The senders of packets choose the keys; they cannot
 * choose them so that most are on one side. */
static void split(struct history_sorted_key *keys, size_t count, uint64_t *state, size_t *smaller,
                  size_t *not_greater)
{
	*state = *state * 6364136223846793005U + 1442695040888963407U; /* Knuth's MMIX */
	const uint64_t part = keys[(*state >> 32) % count].part;
	size_t low = 0, high = count;
	for (size_t at = 0; at < high;) {
		if (keys[at].part < part) {
			swap(&keys[low++], &keys[at++]);
		} else if (keys[at].part > part) {
			swap(&keys[--high], &keys[at]);
		} else {
			at++;
		}
	}
	*smaller = low;
	*not_greater = high;
}

/* Compares keys whose first `at` octets are equal, and whose parts are of the octets from there on.
 */
static bool is_smaller(const struct history_sorted_key *one, const struct history_sorted_key *other,
                       size_t at)
{
	if (one->part != other->part || (uint8_t)one->part <= PART) {
		return one->part < other->part;
	}
	size_t begun = at + PART;
	size_t both = (one->size < other->size ? one->size : other->size) - begun;
	int order = memcmp(one->key + begun, other->key + begun, both);
	return order != 0 ? order < 0 : one->size < other->size;
}

static void insert(struct history_sorted_key *keys, size_t count, size_t at)
{
	for (size_t i = 1; i < count; i++) {
		const struct history_sorted_key key = keys[i];
		size_t to = i;
		for (; to > 0 && is_smaller(&key, &keys[to - 1], at); to--) {
			keys[to] = keys[to - 1];
		}
		keys[to] = key;
	}
}

static void next_parts(struct history_sorted_key *keys, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++) {
		__builtin_prefetch(keys[i + AHEAD < count ? i + AHEAD : i].key + at);
		keys[i].part = part_of(&keys[i], at);
	}
}

/* Sorts keys whose first `at` octets are equal, and whose parts are of the octets from there on.
 * The parts are next to each other in memory, the keys are not: they are read once only. */
static void sort(struct history_sorted_key *keys, size_t count, size_t at, uint64_t *state)
{
	while (count > FEW) {
		size_t smaller, not_greater;
		split(keys, count, state, &smaller, &not_greater);
		struct history_sorted_key *equal = keys + smaller;
		size_t equal_count = not_greater - smaller;
		if (equal_count > 1 && (uint8_t)equal->part > PART) {
			next_parts(equal, equal_count, at + PART);
			sort(equal, equal_count, at + PART, state);
		}
		/* The larger of both sides is left to this loop, so that calls are not deep. */
		if (smaller < count - not_greater) {
			sort(keys, smaller, at, state);
			keys += not_greater;
			count -= not_greater;
		} else {
			sort(keys + not_greater, count - not_greater, at, state);
			count = smaller;
		}
	}
	insert(keys, count, at);
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
                    size_t value_size, const struct history_record *record)
{
	uint8_t by_data[HISTORY_KEY_MAX];
	const struct history_sorted_key own = { .key = key,
		                                .size = (uint16_t)size,
		                                .value_size = (uint8_t)value_size };
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

/* Sets the pointers to keys in `memory`, which no longer grows, and the first part of all keys. */
static void place_keys(struct history_sorted *sorted)
{
	const uint8_t *at = (const uint8_t *)sorted->memory.start;
	for (size_t i = 0; i < sorted->count; i++) {
		if (sorted->keys[i].key == NULL) {
			sorted->keys[i].key = at;
			at += sorted->keys[i].size;
		}
		sorted->keys[i].part = part_of(&sorted->keys[i], 0);
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
		size_t value_size = (size_t)(batch + c.pos - (key + key_size));
		if (!add_row(sorted, key, key_size, value_size, &record)) {
			return -ENOMEM;
		}
	}
	if (ret != 0) {
		return -EBADMSG;
	}
	place_keys(sorted);
	sort(sorted->keys, sorted->count, 0, &(uint64_t){ secret_hash_numbers[0] });
	return 0;
}

void history_sorted_free(struct history_sorted *sorted)
{
	free(sorted->keys);
	writer_free(&sorted->memory);
}

static bool is_equal(const struct history_sorted_key *one, const struct history_sorted_key *other)
{
	return one->size == other->size && memcmp(one->key, other->key, one->size) == 0;
}

static void read_value(const struct history_sorted_key *key, struct history_seen *seen)
{
	(void)history_value_read(key->key[0], key->key + key->size, key->value_size, seen);
}

/* Merges the values of equal keys. */
static size_t merge(struct history_sorted *sorted, const struct history_sorted_key *keys,
                    size_t count)
{
	struct history_seen seen, other;
	read_value(&keys[0], &seen);
	for (size_t i = 1; i < count; i++) {
		read_value(&keys[i], &other);
		history_seen_merge(keys[0].key[0], &seen, &other);
	}
	return history_value_write(keys[0].key[0], &seen, sorted->value);
}

bool history_sorted_next(struct history_sorted *sorted, const uint8_t **key, size_t *size,
                         const uint8_t **value, size_t *value_size)
{
	if (sorted->at == sorted->count) {
		return false;
	}
	const struct history_sorted_key *first = &sorted->keys[sorted->at];
	size_t equal = 1;
	if (sorted->at + AHEAD < sorted->count) {
		__builtin_prefetch(first[AHEAD].key);
		__builtin_prefetch(first[AHEAD].key + first[AHEAD].size);
	}
	while (sorted->at + equal < sorted->count && is_equal(first, first + equal)) {
		equal++;
	}
	sorted->at += equal;
	*key = first->key;
	*size = first->size;
	*value = first->key + first->size;
	*value_size = first->value_size;
	if (equal > 1 && first->value_size > 0) {
		*value_size = merge(sorted, first, equal);
		*value = sorted->value;
	}
	return true;
}
