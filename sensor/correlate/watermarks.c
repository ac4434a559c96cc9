/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/watermarks.h"

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory/shared.h"

#define SPINS    200 /* a worker of the same speed arrives within this many rounds */
#define PAUSE_NS 50000

/* Each watermark has a cache line of its own, because it is written often. */
struct watermark {
	_Alignas(64) _Atomic int64_t read_ns;
	_Atomic int64_t settled_ns;
	_Atomic uint8_t waiting; /* 0: no */
};

struct watermarks {
	unsigned count;
	struct watermark *items; /* shared */
};

struct watermarks *watermarks_new(unsigned workers)
{
	struct watermarks *watermarks = calloc(1, sizeof(*watermarks));
	if (watermarks == NULL) {
		return NULL;
	}
	watermarks->count = workers;
	watermarks->items = shared_new(workers * sizeof(*watermarks->items));
	if (watermarks->items == NULL) {
		free(watermarks);
		return NULL;
	}
	for (unsigned i = 0; i < workers; i++) {
		atomic_init(&watermarks->items[i].read_ns, INT64_MIN);
		atomic_init(&watermarks->items[i].settled_ns, INT64_MAX);
	}
	return watermarks;
}

void watermarks_free(struct watermarks *watermarks)
{
	if (watermarks != NULL) {
		shared_free(watermarks->items, watermarks->count * sizeof(*watermarks->items));
		free(watermarks);
	}
}

void watermarks_read(struct watermarks *watermarks, unsigned worker, int64_t time_ns)
{
	_Atomic int64_t *read_ns = &watermarks->items[worker].read_ns;
	if (time_ns > atomic_load_explicit(read_ns, memory_order_relaxed)) {
		atomic_store_explicit(read_ns, time_ns, memory_order_release);
	}
}

void watermarks_settled(struct watermarks *watermarks, unsigned worker, int64_t time_ns)
{
	atomic_store_explicit(&watermarks->items[worker].settled_ns, time_ns, memory_order_release);
}

void watermarks_end_reading(struct watermarks *watermarks, unsigned worker)
{
	atomic_store_explicit(&watermarks->items[worker].read_ns, INT64_MAX, memory_order_release);
}

void watermarks_end(struct watermarks *watermarks, unsigned worker)
{
	watermarks_settled(watermarks, worker, INT64_MAX);
	watermarks_end_reading(watermarks, worker);
}

static bool has_passed(const struct watermark *watermark, int64_t time_ns, bool settled)
{
	/* The order matters: a worker sets `settled_ns` before it advances `read_ns`. */
	int64_t at_ns = atomic_load_explicit(&watermark->read_ns, memory_order_acquire);
	int64_t settled_ns = atomic_load_explicit(&watermark->settled_ns, memory_order_acquire);
	if (settled && settled_ns < at_ns) {
		at_ns = settled_ns;
	}
	return at_ns > time_ns || at_ns == INT64_MAX ||
	       (at_ns == time_ns &&
	        atomic_load_explicit(&watermark->waiting, memory_order_acquire) != 0);
}

static bool all_passed(const struct watermarks *watermarks, unsigned worker, int64_t time_ns,
                       bool settled)
{
	for (unsigned i = 0; i < watermarks->count; i++) {
		if (i != worker && !has_passed(&watermarks->items[i], time_ns, settled)) {
			return false;
		}
	}
	return true;
}

bool watermarks_all_read(const struct watermarks *watermarks, unsigned worker, int64_t time_ns)
{
	return all_passed(watermarks, worker, time_ns, false);
}

bool watermarks_all_settled(const struct watermarks *watermarks, unsigned worker, int64_t time_ns)
{
	return all_passed(watermarks, worker, time_ns, true);
}

void watermarks_wait(struct watermarks *watermarks, unsigned worker, bool waiting)
{
	atomic_store_explicit(&watermarks->items[worker].waiting, waiting, memory_order_release);
}

void watermarks_pause(unsigned round)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	if (round < SPINS) {
		(void)sched_yield();
	} else {
		(void)nanosleep(&pause, NULL);
	}
}
