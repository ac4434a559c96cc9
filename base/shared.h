/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Memory shared with the processes that are forked later, and a lock in it.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*! \return Zeroed memory; NULL: out of memory. */
void *shared_new(size_t size);

/*! \brief Unmaps memory of shared_new(); `size` is the same. NULL is allowed. */
void shared_free(void *memory, size_t size);

/*! \brief A robust lock: when its holder dies, the next one to lock it gets EOWNERDEAD. */
bool shared_lock_init(pthread_mutex_t *lock);
