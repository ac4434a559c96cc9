/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/deferred.h"

#include <stdlib.h>
#include <string.h>

/* Stands before each message; one of size 0 sends the reader back to the start. */
struct head {
	int64_t time_ns;
	size_t size;
};

struct later {
	uint8_t *bytes;
	size_t first;
	size_t last;
	size_t count;
};

struct later *later_new(void)
{
	struct later *later = calloc(1, sizeof(*later));
	if (later != NULL) {
		later->bytes = malloc(LATER_SIZE); /* touched as far as it is used */
	}
	if (later == NULL || later->bytes == NULL) {
		free(later);
		return NULL;
	}
	return later;
}

void later_free(struct later *later)
{
	if (later != NULL) {
		free(later->bytes);
		free(later);
	}
}

static size_t room_of(size_t size)
{
	const size_t align = _Alignof(struct head);
	return sizeof(struct head) + (size + align - 1) / align * align;
}

static void write_head(struct later *later, const struct head *head)
{
	memcpy(later->bytes + later->last, head, sizeof(*head));
}

/* Goes back to the start where the end has no room. False: nor has that. */
static bool find_room(struct later *later, size_t need)
{
	const size_t end = LATER_SIZE - sizeof(struct head); /* for the way back */
	if (later->count == 0) {
		later->first = later->last = 0;
	}
	if (later->count == 0 || later->last > later->first) {
		if (later->last + need <= end) {
			return true;
		}
		if (later->count == 0 || need >= later->first) {
			return false;
		}
		write_head(later, &(struct head){ .size = 0 });
		later->last = 0;
		return true;
	}
	return later->last + need < later->first;
}

bool later_put(struct later *later, const uint8_t *wire, size_t size, int64_t time_ns)
{
	const struct head head = { .time_ns = time_ns, .size = size };
	if (size == 0 || !find_room(later, room_of(size))) {
		return false;
	}
	write_head(later, &head);
	memcpy(later->bytes + later->last + sizeof(head), wire, size);
	later->last += room_of(size);
	later->count++;
	return true;
}

static struct head head_at(const struct later *later, size_t at)
{
	struct head head;
	memcpy(&head, later->bytes + at, sizeof(head));
	return head;
}

bool later_first(const struct later *later, const uint8_t **wire, size_t *size, int64_t *time_ns)
{
	if (later->count == 0) {
		return false;
	}
	struct head head = head_at(later, later->first);
	*wire = later->bytes + later->first + sizeof(head);
	*size = head.size;
	*time_ns = head.time_ns;
	return true;
}

void later_drop(struct later *later)
{
	if (later->count == 0) {
		return;
	}
	later->first += room_of(head_at(later, later->first).size);
	later->count--;
	if (later->count > 0 && head_at(later, later->first).size == 0) {
		later->first = 0;
	}
}
