/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/dedup.h"

#include <stdlib.h>
#include <xxhash.h>

#define WAYS 4
#define SETS (DEDUP_SEEN / WAYS)

struct seen {
	uint64_t hash; /* 0: free */
	int64_t time_ns;
};

/* A set-associative cache: a packet belongs to one set, where it replaces the oldest. */
struct dedup {
	int64_t window_ns;
	struct seen sets[SETS][WAYS];
};

struct dedup *dedup_new(int64_t window_ns)
{
	struct dedup *dedup = calloc(1, sizeof(*dedup));
	if (dedup != NULL) {
		dedup->window_ns = window_ns;
	}
	return dedup;
}

void dedup_free(struct dedup *dedup)
{
	free(dedup);
}

/* Hashes all that a router does not change. Of TCP that excludes the checksum and the options:
 * a retransmission has another time stamp but is the same segment. */
static uint64_t hash_packet(const struct frame *frame)
{
	struct {
		struct flow_key key;
		uint32_t seq, ack;
		uint32_t rest;
	} head = { .key = frame->key };
	if (frame->key.protocol == IPPROTO_TCP) {
		head.seq = frame->tcp.seq;
		head.ack = frame->tcp.ack;
		head.rest = (uint32_t)frame->tcp.flags | (uint32_t)frame->tcp.window << 16;
	}
	uint64_t hash = XXH3_64bits(&head, sizeof(head));
	hash = XXH3_64bits_withSeed(frame->payload, frame->size, hash);
	return hash != 0 ? hash : 1;
}

bool dedup_is_copy(struct dedup *dedup, const struct frame *frame, int64_t time_ns)
{
	uint64_t hash = hash_packet(frame);
	struct seen *set = dedup->sets[hash % SETS];
	struct seen *oldest = set;
	for (int i = 0; i < WAYS; i++) {
		if (set[i].hash == hash && llabs(time_ns - set[i].time_ns) <= dedup->window_ns) {
			return true;
		}
		if (set[i].hash == 0 || (oldest->hash != 0 && set[i].time_ns < oldest->time_ns)) {
			oldest = &set[i];
		}
	}
	*oldest = (struct seen){ hash, time_ns };
	return false;
}
