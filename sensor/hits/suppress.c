/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hits/suppress.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#define BUCKETS SUPPRESS_WINDOWS_MAX
#define NONE    UINT32_MAX
/* The share of the memory budget. */
#define SHARE ((size_t)8 << 20)

/* A window of equal hits, or of all hits of a rule and a value. */
struct window {
	uint64_t key;
	int64_t opened_ns;
	struct event_repeat repeat;
	size_t copy_size;
	struct event_copy *copy; /* NULL until the first repeat was stored */
	uint32_t next;           /* the next window in the same bucket */

	/* The rest is set only for a window of a rule and a value. */
	bool gathers; /* all further hits; the clients are those of gathered hits */
	struct in6_addr first;
	struct event_clients *clients; /* NULL: `first` is the only one */
};

/* The windows are in a ring buffer, with hash buckets of indexes into it. All windows have the same
 * length, so they end in the order in which they were opened. The exception is a window that was
 * opened again while the clock was unsure: it and those after it end later. */
struct suppress {
	struct memory_share memory; /* the memory of the copies and of the clients */
	int64_t window_ns;
	int64_t now_ns;
	bool unsure; /* the clock */
	suppress_emit_t emit;
	void *ctx;
	uint32_t oldest;
	uint32_t count;
	uint32_t buckets[BUCKETS];
	struct window windows[SUPPRESS_WINDOWS_MAX];
};

static uint32_t *bucket_of(struct suppress *suppress, uint64_t key)
{
	return &suppress->buckets[key % BUCKETS];
}

static struct window *find(struct suppress *suppress, uint64_t key)
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

static void free_clients(struct suppress *suppress, struct window *window)
{
	if (window->clients != NULL) {
		free(window->clients);
		memory_budget_give(&suppress->memory, sizeof(*window->clients));
		window->clients = NULL;
	}
}

static void close_oldest(struct suppress *suppress)
{
	struct window *window = &suppress->windows[suppress->oldest];
	unlink_window(suppress, suppress->oldest);
	emit_repeats(suppress, window);
	free_clients(suppress, window);
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

/* \return NULL if there is no room. */
static struct window *open_window(struct suppress *suppress, uint64_t key)
{
	if (suppress->count == SUPPRESS_WINDOWS_MAX) {
		return NULL;
	}
	uint32_t index = (suppress->oldest + suppress->count++) % SUPPRESS_WINDOWS_MAX;
	uint32_t *bucket = bucket_of(suppress, key);
	suppress->windows[index] =
	        (struct window){ .key = key, .opened_ns = suppress->now_ns, .next = *bucket };
	*bucket = index;
	return &suppress->windows[index];
}

/* The next hit is the first one in the window. */
static void open_again(struct suppress *suppress, struct window *window)
{
	emit_repeats(suppress, window);
	free_clients(suppress, window);
	window->gathers = false;
	window->opened_ns = suppress->now_ns;
}

/* A single stamp from the future must not let the first hits of ten clients pass again. */
static bool gathers(struct suppress *suppress, struct window *window, const struct in6_addr *client)
{
	if (!suppress->unsure && is_over(suppress, window)) {
		open_again(suppress, window);
		window->first = *client;
	}
	return window->gathers;
}

static bool list_clients(struct suppress *suppress, struct window *window)
{
	if (window->clients != NULL) {
		return true;
	}
	if (!memory_budget_take(&suppress->memory, sizeof(*window->clients))) {
		return false;
	}
	window->clients = calloc(1, sizeof(*window->clients));
	if (window->clients == NULL) {
		memory_budget_give(&suppress->memory, sizeof(*window->clients));
		return false;
	}
	event_clients_add(window->clients, &window->first);
	return true;
}

/* Adds the client of a hit. \return False if the hit, and all further ones, are gathered. Without
 * memory to list clients each hit is emitted. */
static bool admit(struct suppress *suppress, struct window *window, const struct in6_addr *client)
{
	if ((window->clients == NULL && IN6_ARE_ADDR_EQUAL(&window->first, client)) ||
	    !list_clients(suppress, window)) {
		return true;
	}
	if (window->clients->count == SUPPRESS_CLIENTS &&
	    !event_clients_has(window->clients, client)) {
		window->clients->count = 0;
		window->gathers = true;
		return false;
	}
	event_clients_add(window->clients, client);
	return true;
}

static enum suppress_verdict count(struct window *window, const struct suppress_key *key,
                                   int64_t time_ns)
{
	if (window->gathers) {
		event_clients_add(window->clients, &key->client);
	}
	if (window->copy == NULL) {
		window->repeat = (struct event_repeat){ .count = 1,
			                                .first_ns = time_ns,
			                                .last_ns = time_ns,
			                                .clients = window->clients };
		return SUPPRESS_KEEP;
	}
	window->repeat.count++;
	window->repeat.last_ns = time_ns;
	return SUPPRESS_COUNTED;
}

static struct window *open_value(struct suppress *suppress, const struct suppress_key *key)
{
	struct window *window = open_window(suppress, key->value);
	if (window != NULL) {
		window->first = key->client;
	}
	return window;
}

/* The tick ends no windows while the clock is unsure. */
static bool is_repeat(struct suppress *suppress, struct window *window)
{
	if (window != NULL && is_over(suppress, window)) {
		open_again(suppress, window);
		return false;
	}
	return window != NULL;
}

enum suppress_verdict suppress_check(struct suppress *suppress, const struct suppress_key *key,
                                     int64_t time_ns)
{
	struct window *value = find(suppress, key->value);
	struct window *window = find(suppress, key->whole);
	if (value != NULL && gathers(suppress, value, &key->client)) {
		return count(value, key, time_ns);
	}
	if (is_repeat(suppress, window)) {
		return count(window, key, time_ns);
	}
	value = value != NULL ? value : open_value(suppress, key);
	if (value != NULL && !admit(suppress, value, &key->client)) {
		return count(value, key, time_ns);
	}
	if (window == NULL) {
		(void)open_window(suppress, key->whole);
	}
	return SUPPRESS_PASS;
}

bool suppress_keep(struct suppress *suppress, const struct suppress_key *key,
                   const struct event *event)
{
	struct window *window = find(suppress, key->value);
	size_t size = event_copy_size(event);
	if (window == NULL || !window->gathers) {
		window = find(suppress, key->whole);
	}
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
	suppress->unsure = clock->unsure;
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
