/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/dedup.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret_hash.h"

#define WAYS 4
#define SETS (DEDUP_SEEN / WAYS)

/* The headers without the fields that a router changes. The checksum and the options of TCP are not
 * included, because a retransmission has another time stamp but is the same segment. */
struct head {
	struct flow_key key;
	uint32_t seq, ack;
	uint32_t rest;
	uint32_t urgent;
	uint32_t cut;
};

_Static_assert(sizeof(struct head) == sizeof(struct flow_key) + 5 * sizeof(uint32_t),
               "struct head has no padding");

struct seen {
	uint64_t hash;
	int64_t time_ns;
	uint64_t at;   /* the position of its octets, counted from the first octet ever written */
	uint32_t size; /* 0: free */
};

/* A set-associative cache: a packet belongs to one set, where it replaces the one that came first,
 * regardless of its time stamp. The octets
 * of packets are in a ring, where new ones overwrite the oldest. */
struct dedup {
	int64_t window_ns;
	uint64_t next;    /* where the octets of the next packet start */
	uint64_t written; /* the end of all that was ever written */
	uint8_t *octets;
	struct seen sets[SETS][WAYS];
};

struct dedup *dedup_new(int64_t window_ns)
{
	struct dedup *dedup = calloc(1, sizeof(*dedup));
	if (dedup == NULL || (dedup->octets = malloc(DEDUP_OCTETS)) == NULL) {
		dedup_free(dedup);
		return NULL;
	}
	dedup->window_ns = window_ns;
	return dedup;
}

void dedup_free(struct dedup *dedup)
{
	if (dedup != NULL) {
		free(dedup->octets);
		free(dedup);
	}
}

static struct head head_of(const struct frame *frame)
{
	struct head head = { .key = frame->key, .cut = (uint32_t)frame->cut };
	if (frame->key.protocol == IPPROTO_TCP) {
		head.seq = frame->tcp.seq;
		head.ack = frame->tcp.ack;
		head.rest = (uint32_t)frame->tcp.flags | (uint32_t)frame->tcp.window << 16;
		head.urgent = frame->tcp.urgent;
	}
	return head;
}

/* Writes the octets that are compared to the ring buffer, in one piece. */
static struct seen write_octets(struct dedup *dedup, const struct frame *frame, int64_t time_ns)
{
	const struct head head = head_of(frame);
	size_t size = sizeof(head) + frame->size;
	size_t place = dedup->next % DEDUP_OCTETS;
	if (size > DEDUP_OCTETS - place) {
		dedup->next += DEDUP_OCTETS - place;
		place = 0;
	}
	uint8_t *to = dedup->octets + place;
	memcpy(to, &head, sizeof(head));
	if (frame->size > 0) {
		memcpy(to + sizeof(head), frame->payload, frame->size);
	}
	if (dedup->next + size > dedup->written) {
		dedup->written = dedup->next + size;
	}
	return (struct seen){ secret_hash(to, size), time_ns, dedup->next, (uint32_t)size };
}

/* Returns true for an entry that was never used, or whose octets were overwritten. */
static bool is_free(const struct dedup *dedup, const struct seen *known)
{
	return known->size == 0 || dedup->written - known->at > DEDUP_OCTETS;
}

static bool has_octets(const struct dedup *dedup, const struct seen *known, const struct seen *new)
{
	const uint8_t *octets = dedup->octets + known->at % DEDUP_OCTETS;
	return known->hash == new->hash && known->size == new->size && !is_free(dedup, known) &&
	       memcmp(octets, dedup->octets + new->at % DEDUP_OCTETS, new->size) == 0;
}

bool dedup_is_copy(struct dedup *dedup, const struct frame *frame, int64_t time_ns)
{
	if (frame->size > DEDUP_OCTETS / 2) {
		return false;
	}
	const struct seen new = write_octets(dedup, frame, time_ns);
	struct seen *set = dedup->sets[new.hash % SETS];
	struct seen *oldest = set;
	bool has_room = false;
	for (int i = 0; i < WAYS; i++) {
		if (llabs(time_ns - set[i].time_ns) <= dedup->window_ns &&
		    has_octets(dedup, &set[i], &new)) {
			return true;
		}
		bool room = is_free(dedup, &set[i]);
		if (room || (!has_room && set[i].at < oldest->at)) {
			oldest = &set[i];
			has_room |= room;
		}
	}
	dedup->next += new.size;
	*oldest = new;
	return false;
}
