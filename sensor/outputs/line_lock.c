/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/line_lock.h"

#include <errno.h>
#include <limits.h>

#include "base/shared.h"

#define NO_WRITER   UINT_MAX
#define DEAD_WRITER (UINT_MAX - 1)

struct line_lock {
	pthread_mutex_t mutex;
	unsigned holder; /* the writer that has the lock */
	unsigned torn;   /* the writer of the line that is torn */
};

static bool init(struct line_lock *lock)
{
	lock->holder = NO_WRITER;
	lock->torn = NO_WRITER;
	return shared_lock_init(&lock->mutex);
}

struct line_lock *line_lock_new(size_t count)
{
	struct line_lock *locks = shared_new(count * sizeof(*locks));
	for (size_t i = 0; locks != NULL && i < count; i++) {
		if (!init(&locks[i])) {
			line_lock_free(locks, count);
			return NULL;
		}
	}
	return locks;
}

void line_lock_free(struct line_lock *locks, size_t count)
{
	shared_free(locks, count * sizeof(*locks));
}

struct line_lock *line_lock_at(struct line_lock *locks, size_t index)
{
	return &locks[index];
}

/* A holder that died may have torn its line. */
static void lock_mutex(struct line_lock *lock)
{
	if (pthread_mutex_lock(&lock->mutex) != EOWNERDEAD) {
		return;
	}
	(void)pthread_mutex_consistent(&lock->mutex);
	if (lock->holder != NO_WRITER) {
		lock->torn = DEAD_WRITER;
		lock->holder = NO_WRITER;
	}
}

static void unlock_mutex(struct line_lock *lock)
{
	(void)pthread_mutex_unlock(&lock->mutex);
}

bool line_lock_acquire(struct line_lock *lock, unsigned writer, bool *torn)
{
	lock_mutex(lock);
	*torn = lock->torn == DEAD_WRITER;
	if (lock->torn != NO_WRITER && lock->torn != DEAD_WRITER && lock->torn != writer) {
		unlock_mutex(lock);
		return false;
	}
	lock->holder = writer;
	return true;
}

void line_lock_release(struct line_lock *lock, unsigned writer, bool torn)
{
	lock->torn = torn ? writer : NO_WRITER;
	lock->holder = NO_WRITER;
	unlock_mutex(lock);
}

void line_lock_reap(struct line_lock *lock, unsigned writer)
{
	lock_mutex(lock);
	if (lock->torn == writer) {
		lock->torn = DEAD_WRITER;
	}
	unlock_mutex(lock);
}
