/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Memory that processes forked after it share, and a lock in it.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*! \return Zeroed memory; NULL when there is none. */
void *shared_new(size_t size);

/*! \brief Gives it back, of the size it was made with. NULL is nothing. */
void shared_free(void *memory, size_t size);

/*! \brief A robust lock: who waits when its holder dies gets EOWNERDEAD, and may go on. */
bool shared_lock_init(pthread_mutex_t *lock);
