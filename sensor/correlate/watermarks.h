/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief How far each worker of a replay has come, in packet time: who wants to know what
 *        others have seen by a moment waits until they have passed it.
 *
 * Nobody waits for ever: the one that is behind waits for no one, and of two that wait at
 * the same moment neither waits for the other.
 *
 * In memory that forked processes share. A worker sets its own clocks alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct watermarks;

/*! \return NULL without memory. All stand before any packet. */
struct watermarks *watermarks_new(unsigned workers);
void watermarks_free(struct watermarks *watermarks);

/*! \brief A worker begins with a packet: all before it is read. Never goes back. */
void watermarks_read(struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*! \brief What a worker has read of this time on is not yet settled; INT64_MAX: all is. */
void watermarks_settled(struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*! \brief A worker reads no more. */
void watermarks_end_reading(struct watermarks *watermarks, unsigned worker);

/*! \brief A worker has ended, or died: nobody waits for it. */
void watermarks_end(struct watermarks *watermarks, unsigned worker);

/*! \brief Whether all others have read what is of this time, and before. */
bool watermarks_all_read(const struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*! \brief Whether they have settled it, too. */
bool watermarks_all_settled(const struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*! \brief Around a wait for others: what we have read stays as it is. */
void watermarks_wait(struct watermarks *watermarks, unsigned worker, bool waiting);

/*! \brief One step of a wait, longer with each `round`. */
void watermarks_pause(unsigned round);
