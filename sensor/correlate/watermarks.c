/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/watermarks.h"

#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#include "base/shared.h"

#define SPINS    200 /* what a worker of the same pace takes to come here */
#define PAUSE_NS 50000

/* On a cache line of its own, since it is written with each packet. */
struct clock {
	_Alignas(64) _Atomic int64_t read_ns;
	_Atomic int64_t settled_ns;
	_Atomic bool waiting;
};

struct clocks {
	unsigned count;
	struct clock clocks[];
};

static size_t size_of(unsigned workers)
{
	return sizeof(struct clocks) + workers * sizeof(struct clock);
}

struct clocks *clocks_new(unsigned workers)
{
	struct clocks *clocks = shared_new(size_of(workers));
	if (clocks == NULL) {
		return NULL;
	}
	clocks->count = workers;
	for (unsigned i = 0; i < workers; i++) {
		atomic_init(&clocks->clocks[i].read_ns, INT64_MIN);
		atomic_init(&clocks->clocks[i].settled_ns, INT64_MAX);
	}
	return clocks;
}

void clocks_free(struct clocks *clocks)
{
	if (clocks != NULL) {
		shared_free(clocks, size_of(clocks->count));
	}
}

void clocks_read(struct clocks *clocks, unsigned worker, int64_t time_ns)
{
	_Atomic int64_t *read_ns = &clocks->clocks[worker].read_ns;
	if (time_ns > atomic_load_explicit(read_ns, memory_order_relaxed)) {
		atomic_store_explicit(read_ns, time_ns, memory_order_release);
	}
}

void clocks_settled(struct clocks *clocks, unsigned worker, int64_t time_ns)
{
	atomic_store_explicit(&clocks->clocks[worker].settled_ns, time_ns, memory_order_release);
}

void clocks_end_reading(struct clocks *clocks, unsigned worker)
{
	atomic_store_explicit(&clocks->clocks[worker].read_ns, INT64_MAX, memory_order_release);
}

void clocks_end(struct clocks *clocks, unsigned worker)
{
	clocks_settled(clocks, worker, INT64_MAX);
	clocks_end_reading(clocks, worker);
}

static bool has_passed(const struct clock *clock, int64_t time_ns, bool settled)
{
	/* In this order: what is unsettled was said to be before the clock went on. */
	int64_t at_ns = atomic_load_explicit(&clock->read_ns, memory_order_acquire);
	int64_t settled_ns = atomic_load_explicit(&clock->settled_ns, memory_order_acquire);
	if (settled && settled_ns < at_ns) {
		at_ns = settled_ns;
	}
	return at_ns > time_ns || at_ns == INT64_MAX ||
	       (at_ns == time_ns && atomic_load_explicit(&clock->waiting, memory_order_acquire));
}

static bool all_passed(const struct clocks *clocks, unsigned worker, int64_t time_ns, bool settled)
{
	for (unsigned i = 0; i < clocks->count; i++) {
		if (i != worker && !has_passed(&clocks->clocks[i], time_ns, settled)) {
			return false;
		}
	}
	return true;
}

bool clocks_all_read(const struct clocks *clocks, unsigned worker, int64_t time_ns)
{
	return all_passed(clocks, worker, time_ns, false);
}

bool clocks_all_settled(const struct clocks *clocks, unsigned worker, int64_t time_ns)
{
	return all_passed(clocks, worker, time_ns, true);
}

void clocks_wait(struct clocks *clocks, unsigned worker, bool waiting)
{
	atomic_store_explicit(&clocks->clocks[worker].waiting, waiting, memory_order_release);
}

void clocks_pause(unsigned round)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	if (round < SPINS) {
		(void)sched_yield();
	} else {
		(void)nanosleep(&pause, NULL);
	}
}
