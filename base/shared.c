/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/shared.h"

#include <sys/mman.h>

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

bool shared_lock_init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attributes;
	return pthread_mutexattr_init(&attributes) == 0 &&
	       pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0 &&
	       pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0 &&
	       pthread_mutex_init(lock, &attributes) == 0;
}
