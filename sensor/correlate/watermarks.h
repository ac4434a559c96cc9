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

struct clocks;

/*! \return NULL without memory. All stand before any packet. */
struct clocks *clocks_new(unsigned workers);
void clocks_free(struct clocks *clocks);

/*! \brief A worker begins with a packet: all before it is read. Never goes back. */
void clocks_read(struct clocks *clocks, unsigned worker, int64_t time_ns);

/*! \brief What a worker has read of this time on is not yet settled; INT64_MAX: all is. */
void clocks_settled(struct clocks *clocks, unsigned worker, int64_t time_ns);

/*! \brief A worker reads no more. */
void clocks_end_reading(struct clocks *clocks, unsigned worker);

/*! \brief A worker has ended, or died: nobody waits for it. */
void clocks_end(struct clocks *clocks, unsigned worker);

/*! \brief Whether all others have read what is of this time, and before. */
bool clocks_all_read(const struct clocks *clocks, unsigned worker, int64_t time_ns);

/*! \brief Whether they have settled it, too. */
bool clocks_all_settled(const struct clocks *clocks, unsigned worker, int64_t time_ns);

/*! \brief Around a wait for others: what we have read stays as it is. */
void clocks_wait(struct clocks *clocks, unsigned worker, bool waiting);

/*! \brief One step of a wait, longer with each `round`. */
void clocks_pause(unsigned round);
