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

struct gate;

/*! \return `count` gates, or NULL without memory. */
struct gate *gate_new(size_t count);
void gate_free(struct gate *gates, size_t count);

/*! \brief The gate at an index. */
struct gate *gate_at(struct gate *gates, size_t index);

/*!
 * \brief Waits for its turn.
 *
 * \param writer  Its number.
 * \param torn    Set when a line of a writer that died is to be ended first.
 *
 * \return False when another writer's line is half written: come again later.
 */
bool gate_enter(struct gate *gate, unsigned writer, bool *torn);

/*! \param torn  The half of a line is out. */
void gate_leave(struct gate *gate, unsigned writer, bool torn);

/*! \brief The writer is dead. */
void gate_bury(struct gate *gate, unsigned writer);
