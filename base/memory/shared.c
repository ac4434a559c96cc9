/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory/shared.h"

#include <sched.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "base/time_ns.h"

/* The time until which this process does not wait for a lock. It is not in shared memory. */
static int64_t force_until_ns;

void *shared_new(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return memory != MAP_FAILED ? memory : NULL;
}

void shared_free(void *memory, size_t size)
{
	if (memory != NULL) {
		(void)munmap(memory, size);
	}
}

static bool try_take(struct shared_lock *lock)
{
	return atomic_exchange_explicit(&lock->held, 1, memory_order_acquire) == 0;
}

/* Waits while another process holds the lock. */
static void wait_or_force(struct shared_lock *lock)
{
	int64_t now_ns = monotonic_ns();
	if (now_ns < force_until_ns) {
		return; /* `held` is 1 already, so the lock counts as taken */
	}
	int64_t end_ns = now_ns + SHARED_LOCK_WAIT_MS * NS_PER_MS;
	while (now_ns < end_ns) {
		if (try_take(lock)) {
			return;
		}
		(void)sched_yield();
		now_ns = monotonic_ns();
	}
	force_until_ns = now_ns + SHARED_LOCK_FORCE_MS * NS_PER_MS;
}

void shared_lock_take(struct shared_lock *lock)
{
	if (!try_take(lock)) {
		wait_or_force(lock);
	}
}

void shared_lock_release(struct shared_lock *lock)
{
	atomic_store_explicit(&lock->held, 0, memory_order_release);
}
