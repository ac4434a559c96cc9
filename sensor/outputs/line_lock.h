/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Several processes write lines to one place: whole ones, one after the other.
 *
 * A pipe takes large writes in parts, and a full disk takes the half of one. So a
 * writer enters before it writes, and as long as the half of its line is out nobody
 * else may. When it dies so, the next one ends the line first.
 *
 * In memory that forked children share.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct line_lock;

/*! \return `count` gates, or NULL without memory. */
struct line_lock *line_lock_new(size_t count);
void line_lock_free(struct line_lock *line_locks, size_t count);

/*! \brief The gate at an index. */
struct line_lock *line_lock_at(struct line_lock *line_locks, size_t index);

/*!
 * \brief Waits for its turn.
 *
 * \param writer  Its number.
 * \param torn    Set when a line of a writer that died is to be ended first.
 *
 * \return False when another writer's line is half written: come again later.
 */
bool line_lock_acquire(struct line_lock *line_lock, unsigned writer, bool *torn);

/*! \param torn  The half of a line is out. */
void line_lock_release(struct line_lock *line_lock, unsigned writer, bool torn);

/*! \brief The writer is dead. */
void line_lock_reap(struct line_lock *line_lock, unsigned writer);
