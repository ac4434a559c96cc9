/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A lock for each place that several processes append lines to.
 *
 * A pipe takes a large write in parts, and a full disk takes only a part of it. A
 * writer holds the lock while it writes, and as long as only a part of its line is written. If
 * it dies with its line torn, the next writer ends that line first.
 *
 * The locks are record locks (fcntl(2)), which the kernel keeps: it frees those of a process
 * that dies, and no process can change them for another. A process that never frees a lock
 * keeps others from writing until it dies, so callers limit how long they try. In shared memory
 * is only whether a line is torn; a wrong value adds an empty line, or joins two lines.
 *
 * Not for several writers in one process: record locks do not keep them apart.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct line_lock;

/*! \return `count` locks; NULL when out of memory or descriptors. */
struct line_lock *line_lock_new(size_t count);
void line_lock_free(struct line_lock *locks, size_t count);

/*! \brief The lock at an index. */
struct line_lock *line_lock_at(struct line_lock *locks, size_t index);

/*! \brief The descriptor of all locks, for a child that closes all others. */
int line_lock_fd(const struct line_lock *locks);

/*!
 * \brief Takes the lock if it is free. Never waits.
 *
 * \param torn  Set when the caller must first end the line of a dead writer.
 *
 * \return False while another process has the lock.
 */
bool line_lock_try(struct line_lock *lock, bool *torn);

/*! \param torn  Only a part of the caller's last line is written: the lock is kept. */
void line_lock_release(struct line_lock *lock, bool torn);
