/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/line_lock.h"

#include <errno.h>
#include <limits.h>

#include "base/shared.h"

#define NOBODY UINT_MAX
#define DEAD   (UINT_MAX - 1)

struct line_lock {
	pthread_mutex_t lock;
	unsigned inside; /* who writes */
	unsigned torn;   /* whose line is half written */
};

static bool init(struct line_lock *line_lock)
{
	line_lock->inside = NOBODY;
	line_lock->torn = NOBODY;
	return shared_lock_init(&line_lock->lock);
}

struct line_lock *line_lock_new(size_t count)
{
	struct line_lock *line_locks = shared_new(count * sizeof(*line_locks));
	for (size_t i = 0; line_locks != NULL && i < count; i++) {
		if (!init(&line_locks[i])) {
			line_lock_free(line_locks, count);
			return NULL;
		}
	}
	return line_locks;
}

void line_lock_free(struct line_lock *line_locks, size_t count)
{
	shared_free(line_locks, count * sizeof(*line_locks));
}

struct line_lock *line_lock_at(struct line_lock *line_locks, size_t index)
{
	return &line_locks[index];
}

static void lock(struct line_lock *line_lock)
{
	if (pthread_mutex_lock(&line_lock->lock) != EOWNERDEAD) {
		return;
	}
	(void)pthread_mutex_consistent(&line_lock->lock);
	if (line_lock->inside != NOBODY) {
		line_lock->torn = DEAD;
		line_lock->inside = NOBODY;
	}
}

bool line_lock_acquire(struct line_lock *line_lock, unsigned writer, bool *torn)
{
	lock(line_lock);
	*torn = line_lock->torn == DEAD;
	if (line_lock->torn != NOBODY && line_lock->torn != DEAD && line_lock->torn != writer) {
		(void)pthread_mutex_unlock(&line_lock->lock);
		return false;
	}
	line_lock->inside = writer;
	return true;
}

void line_lock_release(struct line_lock *line_lock, unsigned writer, bool torn)
{
	line_lock->torn = torn ? writer : NOBODY;
	line_lock->inside = NOBODY;
	(void)pthread_mutex_unlock(&line_lock->lock);
}

void line_lock_reap(struct line_lock *line_lock, unsigned writer)
{
	lock(line_lock);
	if (line_lock->torn == writer) {
		line_lock->torn = DEAD;
	}
	(void)pthread_mutex_unlock(&line_lock->lock);
}
