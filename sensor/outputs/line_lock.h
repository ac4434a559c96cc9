/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A lock for each place that several processes append lines to.
 *
 * A pipe takes a large write in parts, and a full disk takes only a part of it. A
 * writer holds the lock while it writes; while a part of its line is written, no
 * other writer gets the lock. If it dies with its line torn, the next writer ends
 * that line first.
 *
 * The locks are in memory that forked children share.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct line_lock;

/*! \return `count` locks; NULL when out of memory. */
struct line_lock *line_lock_new(size_t count);
void line_lock_free(struct line_lock *locks, size_t count);

/*! \brief The lock at an index. */
struct line_lock *line_lock_at(struct line_lock *locks, size_t index);

/*!
 * \brief Waits for the lock.
 *
 * \param writer  The caller's number.
 * \param torn    Set when the caller must first end the line of a dead writer.
 *
 * \return False, without the lock, while the line of another writer is torn.
 */
bool line_lock_acquire(struct line_lock *lock, unsigned writer, bool *torn);

/*! \param torn  Only a part of the caller's last line is written. */
void line_lock_release(struct line_lock *lock, unsigned writer, bool torn);

/*! \brief Takes note that a writer is dead. */
void line_lock_reap(struct line_lock *lock, unsigned writer);
