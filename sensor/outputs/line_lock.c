/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/line_lock.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory/shared.h"

struct line_lock {
	int fd;                /* the same for all */
	off_t at;              /* the octet of the file that is locked */
	_Atomic uint8_t *open; /* shared; not 0: a writer has written only a part of a line */
	bool kept;             /* this process keeps the lock because its own line is torn */
};

struct line_lock *line_lock_new(size_t count)
{
	struct line_lock *locks = calloc(count, sizeof(*locks));
	_Atomic uint8_t *open = shared_new(count);
	int fd = memfd_create("nsmx-lines", MFD_CLOEXEC);
	if (locks == NULL || open == NULL || fd < 0) {
		free(locks);
		shared_free(open, count);
		if (fd >= 0) {
			(void)close(fd);
		}
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		locks[i] = (struct line_lock){ .fd = fd, .at = (off_t)i, .open = open + i };
	}
	return locks;
}

void line_lock_free(struct line_lock *locks, size_t count)
{
	if (locks != NULL) {
		(void)close(locks->fd);
		shared_free(locks->open, count);
		free(locks);
	}
}

struct line_lock *line_lock_at(struct line_lock *locks, size_t index)
{
	return &locks[index];
}

int line_lock_fd(const struct line_lock *locks)
{
	return locks->fd;
}

static bool set_lock(const struct line_lock *lock, short type)
{
	struct flock range = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = lock->at, .l_len = 1
	};
	return fcntl(lock->fd, F_SETLK, &range) == 0;
}

bool line_lock_try(struct line_lock *lock, bool *torn)
{
	*torn = false;
	if (lock->kept) {
		return true; /* it continues its own line */
	}
	if (!set_lock(lock, F_WRLCK)) {
		return false;
	}
	*torn = atomic_exchange(lock->open, 1) != 0;
	return true;
}

void line_lock_release(struct line_lock *lock, bool torn)
{
	lock->kept = torn;
	if (!torn) {
		atomic_store(lock->open, 0);
		(void)set_lock(lock, F_UNLCK);
	}
}
