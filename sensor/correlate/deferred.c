/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/deferred.h"

#include <stdlib.h>
#include <string.h>

/* Precedes each message. A size of 0 marks the end of the buffer: the next message is at its
 * start. */
struct head {
	int64_t time_ns;
	size_t size;
	struct in6_addr client;
	struct network_id network;
};

struct deferred {
	uint8_t *bytes;
	size_t first;
	size_t last;
	size_t count;
};

struct deferred *deferred_new(void)
{
	struct deferred *deferred = calloc(1, sizeof(*deferred));
	if (deferred != NULL) {
		deferred->bytes =
		        malloc(DEFERRED_SIZE_MAX); /* pages that are not used take no memory */
	}
	if (deferred == NULL || deferred->bytes == NULL) {
		free(deferred);
		return NULL;
	}
	return deferred;
}

void deferred_free(struct deferred *deferred)
{
	if (deferred != NULL) {
		free(deferred->bytes);
		free(deferred);
	}
}

static size_t room_of(size_t size)
{
	const size_t align = _Alignof(struct head);
	return sizeof(struct head) + (size + align - 1) / align * align;
}

static void write_head(struct deferred *deferred, const struct head *head)
{
	memcpy(deferred->bytes + deferred->last, head, sizeof(*head));
}

/* Wraps to the start if the end has no room. \return False if the start has none either. */
static bool find_room(struct deferred *deferred, size_t need)
{
	/* room for the mark of the end */
	const size_t end = DEFERRED_SIZE_MAX - sizeof(struct head);
	if (deferred->count == 0) {
		deferred->first = deferred->last = 0;
	}
	if (deferred->count == 0 || deferred->last > deferred->first) {
		if (deferred->last + need <= end) {
			return true;
		}
		if (deferred->count == 0 || need >= deferred->first) {
			return false;
		}
		write_head(deferred, &(struct head){ .size = 0 });
		deferred->last = 0;
		return true;
	}
	return deferred->last + need < deferred->first;
}

bool deferred_put(struct deferred *deferred, const struct deferred_message *message)
{
	const struct head head = { .time_ns = message->time_ns,
		                   .size = message->size,
		                   .client = message->client,
		                   .network = message->network };
	if (head.size == 0 || !find_room(deferred, room_of(head.size))) {
		return false;
	}
	write_head(deferred, &head);
	memcpy(deferred->bytes + deferred->last + sizeof(head), message->wire, head.size);
	deferred->last += room_of(head.size);
	deferred->count++;
	return true;
}

static struct head head_at(const struct deferred *deferred, size_t at)
{
	struct head head;
	memcpy(&head, deferred->bytes + at, sizeof(head));
	return head;
}

bool deferred_first(const struct deferred *deferred, struct deferred_message *message)
{
	if (deferred->count == 0) {
		return false;
	}
	const struct head head = head_at(deferred, deferred->first);
	*message = (struct deferred_message){
		.wire = deferred->bytes + deferred->first + sizeof(head),
		.size = head.size,
		.time_ns = head.time_ns,
		.client = head.client,
		.network = head.network,
	};
	return true;
}

void deferred_drop(struct deferred *deferred)
{
	if (deferred->count == 0) {
		return;
	}
	deferred->first += room_of(head_at(deferred, deferred->first).size);
	deferred->count--;
	if (deferred->count > 0 && head_at(deferred, deferred->first).size == 0) {
		deferred->first = 0;
	}
}
