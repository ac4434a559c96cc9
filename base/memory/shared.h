/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Memory shared with the processes that are forked later, and a lock in it.
 *
 * An attacker may control any of these processes. Values that are read from the memory are
 * therefore copied once and then checked. The memory has no pointers, and no lock of the C
 * library, because a robust mutex is in a list of pointers that the kernel and the other processes
 * follow.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief Allocates zeroed memory. \return NULL when out of memory. */
void *shared_new(size_t size);

/*! \brief Unmaps memory that shared_new() has returned for this `size`. NULL is allowed. */
void shared_free(void *memory, size_t size);

/*!
 * \brief A lock for short changes of a table. Zeroed memory is a free lock.
 *
 * It prevents concurrent changes by processes that use it correctly. It gives no protection from
 * other processes: the process that holds it may die, and an attacker may write any value to it.
 * The table must therefore be safe to use without the lock, too.
 */
struct shared_lock {
	_Atomic uint32_t held;
};

/*!
 * \brief The longest time that a process waits for the lock, in ms. After this time, it takes the
 *        lock even if another process seems to hold it.
 */
#define SHARED_LOCK_WAIT_MS 20
/*!
 * \brief The time, in ms, that begins when a process takes a lock by force. During this time the
 *        process does not wait for any lock.
 */
#define SHARED_LOCK_FORCE_MS 1000

/*! \brief Takes the lock, after SHARED_LOCK_WAIT_MS at the latest. */
void shared_lock_take(struct shared_lock *lock);

void shared_lock_release(struct shared_lock *lock);
