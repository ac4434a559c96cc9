/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/evidence/frame_ring.h"

#include <stdlib.h>
#include <string.h>

/* A power of two. */
#define BUCKETS ((size_t)1 << 15)

/* A frame, whose octets follow. Padding at the end of the memory has only a size. */
struct entry {
	uint32_t size; /* of the entry with its octets, a multiple of 8 */
	uint32_t captured, length;
	int link;
	uint64_t group;
	uint64_t older;         /* the latest frame of the bucket that is of another group */
	uint64_t before, after; /* frames of the same group */
	uint64_t unit;
	int64_t time_ns;
	const char *interface;
	bool padding, written, held;
};

_Static_assert(sizeof(struct entry) % 8 == 0, "entries are aligned");

struct frame_ring {
	uint8_t *memory;
	size_t octets;
	uint64_t start, end; /* the places of the oldest frame and of the next one */
	uint64_t units;
	frame_ring_lose_t lose;
	void *ctx;
	uint8_t *moved; /* the octets of the frame that frame_ring_copy() copies */
	uint64_t buckets[BUCKETS];
};

struct frame_ring *frame_ring_new(size_t octets, frame_ring_lose_t lose, void *ctx)
{
	struct frame_ring *ring = calloc(1, sizeof(*ring));
	if (ring == NULL) {
		return NULL;
	}
	ring->octets = octets / 8 * 8;
	ring->start = ring->end = ring->octets; /* the first multiple of the size that is a place */
	ring->lose = lose;
	ring->ctx = ctx;
	ring->memory = malloc(ring->octets);
	ring->moved = malloc(ring->octets / 4);
	if (ring->memory == NULL || ring->moved == NULL) {
		frame_ring_free(ring);
		return NULL;
	}
	return ring;
}

void frame_ring_free(struct frame_ring *ring)
{
	if (ring != NULL) {
		free(ring->memory);
		free(ring->moved);
		free(ring);
	}
}

static struct entry *entry_at(const struct frame_ring *ring, uint64_t place)
{
	return (struct entry *)(void *)(ring->memory + place % ring->octets);
}

static bool is_kept(const struct frame_ring *ring, uint64_t place)
{
	return place >= ring->start && place < ring->end;
}

/* The end of the memory can be too small for an entry. */
static size_t room_to_end(const struct frame_ring *ring, uint64_t place)
{
	return ring->octets - place % ring->octets;
}

static void replace_oldest(struct frame_ring *ring)
{
	size_t left = room_to_end(ring, ring->start);
	if (left < sizeof(struct entry)) {
		ring->start += left;
		return;
	}
	const struct entry *entry = entry_at(ring, ring->start);
	if (!entry->padding && entry->held && !entry->written && ring->lose != NULL) {
		ring->lose(ring->ctx, ring->start);
	}
	ring->start += entry->size;
}

static void make_room(struct frame_ring *ring, size_t size)
{
	while (ring->end + size - ring->start > ring->octets) {
		replace_oldest(ring);
	}
}

/* An entry is contiguous, so what is left at the end of the memory may have to be skipped. */
static struct entry *append(struct frame_ring *ring, size_t size)
{
	size_t left = room_to_end(ring, ring->end);
	if (left < size) {
		make_room(ring, left);
		if (left >= sizeof(struct entry)) {
			*entry_at(ring, ring->end) =
			        (struct entry){ .size = (uint32_t)left, .padding = true };
		}
		ring->end += left;
	}
	make_room(ring, size);
	struct entry *entry = entry_at(ring, ring->end);
	*entry = (struct entry){ .size = (uint32_t)size };
	ring->end += size;
	return entry;
}

static uint64_t *bucket_of(struct frame_ring *ring, uint64_t group)
{
	return &ring->buckets[group / 2 % BUCKETS];
}

/* Each step leads to another group. */
static uint64_t find(const struct frame_ring *ring, uint64_t place, uint64_t group)
{
	for (int i = 0; i < FRAME_RING_WALK_MAX && is_kept(ring, place); i++) {
		const struct entry *entry = entry_at(ring, place);
		if (entry->group == group) {
			return place;
		}
		place = entry->older;
	}
	return 0;
}

/* Makes the frame the latest one of its group and of the bucket. */
static void link_entry(struct frame_ring *ring, struct entry *entry, uint64_t place)
{
	uint64_t *bucket = bucket_of(ring, entry->group);
	uint64_t latest = is_kept(ring, *bucket) ? *bucket : 0;
	entry->before = find(ring, latest, entry->group);
	entry->older = latest;
	if (entry->before != 0) {
		entry_at(ring, entry->before)->after = place;
	}
	if (latest != 0 && entry->before == latest) {
		entry->older = entry_at(ring, latest)->older;
	}
	*bucket = place;
}

static void add(struct frame_ring *ring, const struct packet *packet, uint64_t group, uint64_t unit)
{
	size_t size = (sizeof(struct entry) + packet->captured + 7) / 8 * 8;
	if (size > ring->octets / 4) {
		return;
	}
	struct entry *entry = append(ring, size);
	entry->captured = packet->captured;
	entry->length = packet->length;
	entry->link = packet->link;
	entry->time_ns = packet->time_ns;
	entry->interface = packet->interface;
	entry->group = group;
	entry->unit = unit;
	memcpy(entry + 1, packet->bytes, packet->captured);
	link_entry(ring, entry, ring->end - size);
}

void frame_ring_add(struct frame_ring *ring, const struct packet *packet, uint64_t group)
{
	add(ring, packet, group, ++ring->units);
}

static uint64_t first_unwritten(const struct frame_ring *ring, uint64_t group)
{
	uint64_t first = 0;
	for (uint64_t place = frame_ring_latest(ring, group);
	     place != 0 && !entry_at(ring, place)->written;
	     place = frame_ring_before(ring, place)) {
		first = place;
	}
	return first;
}

void frame_ring_copy(struct frame_ring *ring, uint64_t from, uint64_t to)
{
	struct packet packet;
	uint64_t unit = ++ring->units;
	uint64_t place = first_unwritten(ring, from);
	while (place != 0) {
		uint64_t after = frame_ring_after(ring, place);
		frame_ring_get(ring, place, &packet);
		memcpy(ring->moved, packet.bytes, packet.captured);
		packet.bytes = ring->moved;
		frame_ring_set_written(ring, place);
		add(ring, &packet, to, unit);
		/* Copies may have replaced the frame that is next. */
		place = is_kept(ring, after) ? after : 0;
	}
}

uint64_t frame_ring_latest(const struct frame_ring *ring, uint64_t group)
{
	return find(ring, ring->buckets[group / 2 % BUCKETS], group);
}

uint64_t frame_ring_before(const struct frame_ring *ring, uint64_t place)
{
	uint64_t before = entry_at(ring, place)->before;
	return is_kept(ring, before) ? before : 0;
}

uint64_t frame_ring_after(const struct frame_ring *ring, uint64_t place)
{
	return entry_at(ring, place)->after;
}

uint64_t frame_ring_unit(const struct frame_ring *ring, uint64_t place)
{
	return entry_at(ring, place)->unit;
}

void frame_ring_get(const struct frame_ring *ring, uint64_t place, struct packet *packet)
{
	const struct entry *entry = entry_at(ring, place);
	*packet = (struct packet){
		.bytes = (const uint8_t *)(entry + 1),
		.captured = entry->captured,
		.length = entry->length,
		.time_ns = entry->time_ns,
		.link = entry->link,
		.interface = entry->interface,
	};
}

bool frame_ring_is_written(const struct frame_ring *ring, uint64_t place)
{
	return entry_at(ring, place)->written;
}

void frame_ring_set_written(struct frame_ring *ring, uint64_t place)
{
	entry_at(ring, place)->written = true;
}

void frame_ring_hold(struct frame_ring *ring, uint64_t place)
{
	entry_at(ring, place)->held = true;
}
