/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Locks for files and standard output to which several processes append lines.
 *
 * A pipe accepts a large write in parts, and a full disk accepts only the first part, so that a
 * line can be torn: only its beginning is written. A writer holds the lock while it writes, and as
 * long as its last line is torn. If the writer dies then, the next writer must first end that line.
 *
 * The locks are record locks (fcntl(2)). The kernel releases those of a process that dies, and no
 * process can change those of another. A process that never releases a lock prevents others from
 * writing until it dies, so callers limit how long they try. Shared memory contains only a flag for
 * a torn line. A wrong value there can only add an empty line or join two lines.
 *
 * A process must have only one writer, because record locks do not exclude a second writer in the
 * same process.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct line_lock;

/*! \brief Creates `count` locks. \return NULL when out of memory or descriptors. */
struct line_lock *line_lock_new(size_t count);
void line_lock_free(struct line_lock *locks, size_t count);

/*! \brief Returns the lock at an index. */
struct line_lock *line_lock_at(struct line_lock *locks, size_t index);

/*! \brief Returns the descriptor of the locks, which a child that closes descriptors must keep
 * open. */
int line_lock_fd(const struct line_lock *locks);

/*!
 * \brief Takes the lock if it is free. The call never waits.
 *
 * \param torn  Set to true when the caller must first end the line of a dead writer.
 *
 * \return False while another process has the lock.
 */
bool line_lock_try(struct line_lock *lock, bool *torn);

/*!
 * \brief Releases the lock.
 *
 * \param torn  The caller's last line was written only in part. If true, the lock is not released.
 */
void line_lock_release(struct line_lock *lock, bool torn);
