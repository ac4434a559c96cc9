/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Memory shared with the processes that are forked later, and a lock in it.
 *
 * Any of these processes may be under the control of an attacker. What is read from the memory
 * is copied once, then checked. The memory has no pointers, and no lock of the C library: a
 * robust mutex is in a list of pointers that the kernel and the other processes follow.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/*! \return Zeroed memory; NULL: out of memory. */
void *shared_new(size_t size);

/*! \brief Unmaps memory of shared_new(); `size` is the same. NULL is allowed. */
void shared_free(void *memory, size_t size);

/*!
 * \brief A lock for short changes of a table. Zeroed memory is a free lock.
 *
 * It keeps honest processes apart. It protects from no other: the holder may die, or the word
 * may have any value. So what it guards must be safe to use without it.
 */
struct shared_lock {
	_Atomic uint32_t held;
};

/*! \brief How long a process waits for the lock before it takes it by force. */
#define SHARED_LOCK_WAIT_MS 20
/*! \brief How long a process does not wait again after that. */
#define SHARED_LOCK_FORCE_MS 1000

/*! \brief Takes the lock, after SHARED_LOCK_WAIT_MS at the latest. */
void shared_lock_take(struct shared_lock *lock);

void shared_lock_release(struct shared_lock *lock);
