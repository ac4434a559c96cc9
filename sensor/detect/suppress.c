/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/suppress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define BUCKETS SUPPRESS_WINDOWS_MAX
#define NONE    UINT32_MAX
/* The share of the memory budget. */
#define SHARE ((size_t)8 << 20)

struct window {
	suppress_key key;
	int64_t opened_ns;
	struct event_repeat repeat;
	size_t copy_size;
	struct event_copy *copy; /* NULL until the first repeat was stored */
	uint32_t next;           /* the next window in the same bucket */
};

/* The windows are in a ring buffer, with hash buckets of indexes into it. All windows have the same
 * length, so they end in the order in which they were opened. The exception is a window that was
 * opened again while the clock was unsure: it and those after it end later. */
struct suppress {
	struct memory_share memory; /* the memory of the copies */
	int64_t window_ns;
	int64_t now_ns;
	suppress_emit_t emit;
	void *ctx;
	uint32_t oldest;
	uint32_t count;
	uint32_t buckets[BUCKETS];
	struct window windows[SUPPRESS_WINDOWS_MAX];
};

static uint32_t *bucket_of(struct suppress *suppress, suppress_key key)
{
	return &suppress->buckets[key % BUCKETS];
}

static struct window *find(struct suppress *suppress, suppress_key key)
{
	for (uint32_t i = *bucket_of(suppress, key); i != NONE; i = suppress->windows[i].next) {
		if (suppress->windows[i].key == key) {
			return &suppress->windows[i];
		}
	}
	return NULL;
}

static void unlink_window(struct suppress *suppress, uint32_t index)
{
	uint32_t *link = bucket_of(suppress, suppress->windows[index].key);
	while (*link != index) {
		link = &suppress->windows[*link].next;
	}
	*link = suppress->windows[index].next;
}

static void emit_repeats(struct suppress *suppress, struct window *window)
{
	if (window->copy != NULL) {
		suppress->emit(suppress->ctx, window->copy, &window->repeat);
		event_copy_free(window->copy);
		memory_budget_give(&suppress->memory, window->copy_size);
		window->copy = NULL;
	}
}

static void close_oldest(struct suppress *suppress)
{
	unlink_window(suppress, suppress->oldest);
	emit_repeats(suppress, &suppress->windows[suppress->oldest]);
	suppress->oldest = (suppress->oldest + 1) % SUPPRESS_WINDOWS_MAX;
	suppress->count--;
}

/* A window that was opened by a packet from the future begins now. */
static bool is_over(const struct suppress *suppress, struct window *window)
{
	window->opened_ns = MIN(window->opened_ns, suppress->now_ns);
	return suppress->now_ns - window->opened_ns >= suppress->window_ns;
}

static bool yield_window(void *ctx)
{
	struct suppress *suppress = ctx;
	if (suppress->count == 0) {
		return false;
	}
	close_oldest(suppress);
	return true;
}

struct suppress *suppress_new(int64_t window_ns, struct memory_budget *memory, suppress_emit_t emit,
                              void *ctx)
{
	struct suppress *suppress = calloc(1, sizeof(*suppress));
	if (suppress == NULL) {
		return NULL;
	}
	memory_budget_add(memory, &suppress->memory, SHARE, yield_window, suppress);
	suppress->window_ns = window_ns;
	suppress->emit = emit;
	suppress->ctx = ctx;
	memset(suppress->buckets, 0xff, sizeof(suppress->buckets)); /* NONE */
	return suppress;
}

static void open_window(struct suppress *suppress, suppress_key key)
{
	if (suppress->count == SUPPRESS_WINDOWS_MAX) {
		return;
	}
	uint32_t index = (suppress->oldest + suppress->count++) % SUPPRESS_WINDOWS_MAX;
	uint32_t *bucket = bucket_of(suppress, key);
	suppress->windows[index] =
	        (struct window){ .key = key, .opened_ns = suppress->now_ns, .next = *bucket };
	*bucket = index;
}

enum suppress_verdict suppress_check(struct suppress *suppress, suppress_key key, int64_t time_ns)
{
	struct window *window = find(suppress, key);
	if (window == NULL) {
		open_window(suppress, key);
		return SUPPRESS_PASS;
	}
	/* The tick ends no windows while the clock is unsure. */
	if (is_over(suppress, window)) {
		emit_repeats(suppress, window);
		window->opened_ns = suppress->now_ns;
		return SUPPRESS_PASS;
	}
	if (window->copy == NULL) {
		window->repeat = (struct event_repeat){ .count = 1,
			                                .first_ns = time_ns,
			                                .last_ns = time_ns };
		return SUPPRESS_KEEP;
	}
	window->repeat.count++;
	window->repeat.last_ns = time_ns;
	return SUPPRESS_COUNTED;
}

bool suppress_keep(struct suppress *suppress, suppress_key key, const struct event *event)
{
	struct window *window = find(suppress, key);
	size_t size = event_copy_size(event);
	if (window == NULL || !memory_budget_take(&suppress->memory, size)) {
		return false;
	}
	window->copy = event_copy_new(event);
	window->copy_size = size;
	if (window->copy == NULL) {
		memory_budget_give(&suppress->memory, size);
	}
	return window->copy != NULL;
}

void suppress_tick(struct suppress *suppress, const struct packet_clock *clock)
{
	suppress->now_ns = clock->now_ns;
	while (suppress->count > 0 && !clock->unsure &&
	       is_over(suppress, &suppress->windows[suppress->oldest])) {
		close_oldest(suppress);
	}
}

void suppress_free(struct suppress *suppress)
{
	if (suppress == NULL) {
		return;
	}
	while (suppress->count > 0) {
		close_oldest(suppress);
	}
	memory_budget_remove(&suppress->memory);
	free(suppress);
}
