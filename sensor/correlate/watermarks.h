/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Watermarks: the packet time that each worker of a replay has reached. Private to
 *        sensor/correlate/.
 *
 * A worker whose result depends on all earlier packets waits until the other workers have reached
 * its packet time. No wait is endless: the worker with the earliest time never waits, and two
 * workers at the same packet time do not wait for each other.
 *
 * The watermarks are in memory that forked processes share. A worker sets only its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct watermarks;

/*!
 * \brief Creates watermarks with times before that of any packet. \return NULL when out of memory.
 */
struct watermarks *watermarks_new(unsigned workers);
void watermarks_free(struct watermarks *watermarks);

/*!
 * \brief Records that a worker reads a packet of this time. A time before the recorded one is
 *        ignored.
 */
void watermarks_read(struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*!
 * \brief Records the packet time of a worker's oldest deferred message; INT64_MAX if it has none.
 *        All earlier messages of this worker are settled: those that were deferred have been read
 *        again.
 */
void watermarks_settled(struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*! \brief Records that a worker has read its last packet. */
void watermarks_end_reading(struct watermarks *watermarks, unsigned worker);

/*! \brief Records that a worker has ended or died, so that no other worker waits for it. */
void watermarks_end(struct watermarks *watermarks, unsigned worker);

/*! \brief Returns true once all other workers have read all packets up to this time. */
bool watermarks_all_read(const struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*!
 * \brief Returns true once all other workers have settled their deferred messages up to this time.
 */
bool watermarks_all_settled(const struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*!
 * \brief Records whether a worker waits. While a worker waits, it reads no packet, not even one
 *        with the same time as its last packet.
 */
void watermarks_wait(struct watermarks *watermarks, unsigned worker, bool waiting);

/*!
 * \brief Pauses between two checks of a worker that waits. It yields the processor in the first
 *        rounds, and sleeps in further ones.
 *
 * \param round  The number of earlier pauses in this wait.
 */
void watermarks_pause(unsigned round);
