/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/repeats.h"

#include <stdlib.h>
#include <string.h>

#define WAYS    8 /* the slots of a bucket, which is a cache line */
#define BUCKETS 8192

struct slot {
	uint32_t tag;   /* other bits of the hash than those that select the bucket; 0: free */
	uint32_t place; /* of the message in `octets`, plus 1; 0: it was noted */
};

struct bucket {
	_Alignas(64) struct slot slots[WAYS];
};

struct history_repeats {
	struct bucket buckets[BUCKETS];
	_Alignas(64) uint8_t octets[HISTORY_REPEATS_OCTETS];
	size_t used;
};

struct history_repeats *history_repeats_new(void)
{
	struct history_repeats *repeats =
	        aligned_alloc(_Alignof(struct history_repeats), sizeof(*repeats));
	if (repeats != NULL) {
		history_repeats_forget(repeats);
	}
	return repeats;
}

void history_repeats_free(struct history_repeats *repeats)
{
	free(repeats);
}

void history_repeats_forget(struct history_repeats *repeats)
{
	memset(repeats->buckets, 0, sizeof(repeats->buckets));
	repeats->used = 0;
}

static const struct bucket *bucket_of(const struct history_repeats *repeats, uint64_t hash)
{
	return &repeats->buckets[hash % BUCKETS];
}

static uint32_t tag_of(uint64_t hash)
{
	uint32_t tag = (uint32_t)(hash >> 32);
	return tag > 0 ? tag : 1;
}

void history_repeats_expect(const struct history_repeats *repeats, uint64_t hash)
{
	__builtin_prefetch(bucket_of(repeats, hash));
}

/* Returns the number of the slot with a tag; WAYS if there is none. */
static size_t find_tag(const struct bucket *bucket, uint32_t tag)
{
	size_t way = 0;
	while (way < WAYS && bucket->slots[way].tag != tag) {
		way++;
	}
	return way;
}

const struct history_repeat *history_repeats_find(const struct history_repeats *repeats,
                                                  uint64_t hash, const uint8_t *octets, size_t size)
{
	const struct bucket *bucket = bucket_of(repeats, hash);
	size_t way = find_tag(bucket, tag_of(hash));
	if (way == WAYS || bucket->slots[way].place == 0) {
		return NULL;
	}
	const struct history_repeat *repeat =
	        (const void *)(repeats->octets + bucket->slots[way].place - 1);
	bool equal =
	        repeat->size == size && memcmp(&repeat->rows[repeat->count], octets, size) == 0;
	return equal ? repeat : NULL;
}

/* Returns a slot for a message that was not noted: a free one, or any that has no message, or any.
 * Which one cannot be predicted by the senders of messages. */
static struct slot *choose(struct bucket *bucket, uint64_t hash)
{
	size_t any = hash / BUCKETS % WAYS;
	struct slot *best = NULL;
	for (size_t i = 0; i < WAYS; i++) {
		struct slot *slot = &bucket->slots[(any + i) % WAYS];
		if (slot->place == 0 && (best == NULL || slot->tag == 0)) {
			best = slot;
		}
	}
	return best != NULL ? best : &bucket->slots[any];
}

bool history_repeats_note(struct history_repeats *repeats, uint64_t hash)
{
	struct bucket *bucket = &repeats->buckets[hash % BUCKETS];
	uint32_t tag = tag_of(hash);
	size_t way = find_tag(bucket, tag);
	if (way < WAYS) {
		return bucket->slots[way].place == 0;
	}
	*choose(bucket, hash) = (struct slot){ .tag = tag };
	return false;
}

void history_repeats_add(struct history_repeats *repeats, uint64_t hash, const uint8_t *octets,
                         size_t size, const struct history_repeat_row *rows, size_t count)
{
	size_t needed = sizeof(struct history_repeat) + count * sizeof(*rows) + size;
	needed = (needed + 7) & ~(size_t)7;
	if (needed > HISTORY_REPEATS_OCTETS - repeats->used) {
		history_repeats_forget(repeats);
		return;
	}
	struct bucket *bucket = &repeats->buckets[hash % BUCKETS];
	size_t way = find_tag(bucket, tag_of(hash));
	if (way == WAYS) {
		return;
	}
	struct history_repeat *repeat = (void *)(repeats->octets + repeats->used);
	repeat->size = (uint32_t)size;
	repeat->count = (uint32_t)count;
	if (count > 0) {
		memcpy(repeat->rows, rows, count * sizeof(*rows));
	}
	memcpy(&repeat->rows[count], octets, size);
	bucket->slots[way].place = (uint32_t)repeats->used + 1;
	repeats->used += needed;
}
