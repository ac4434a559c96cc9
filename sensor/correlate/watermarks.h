/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief How far each worker of a replay has read, in packet time. Private to this room.
 *
 * A worker that needs to know what others have seen up to a time waits until they have passed
 * it. No wait is endless: the worker at the earliest time never waits, and two workers
 * that wait at the same time do not wait for each other.
 *
 * The watermarks are in memory that forked processes share. A worker sets only its own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct watermarks;

/*! \brief All watermarks begin before any packet. \return NULL when out of memory. */
struct watermarks *watermarks_new(unsigned workers);
void watermarks_free(struct watermarks *watermarks);

/*! \brief Records that a worker reads a packet of this time. Watermarks never go back. */
void watermarks_read(struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*! \brief Records the time of a worker's oldest deferred message; INT64_MAX: it has none. */
void watermarks_settled(struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*! \brief Records that a worker has read its last packet. */
void watermarks_end_reading(struct watermarks *watermarks, unsigned worker);

/*! \brief Records that a worker has ended or died: no other waits for it. */
void watermarks_end(struct watermarks *watermarks, unsigned worker);

/*! \brief True once all other workers have read everything up to this time. */
bool watermarks_all_read(const struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*! \brief True once all other workers have settled their messages up to this time. */
bool watermarks_all_settled(const struct watermarks *watermarks, unsigned worker, int64_t time_ns);

/*! \brief Marks a worker as waiting: it reads nothing more of its current time meanwhile. */
void watermarks_wait(struct watermarks *watermarks, unsigned worker, bool waiting);

/*! \brief One step of a wait: yields at first, sleeps in further rounds. */
void watermarks_pause(unsigned round);
