/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Counts lost packets: those that the kernel has received for a worker and that the worker
 *        has not read. The counting is done in the supervisor.
 *
 * Each worker sends its packet sockets to the supervisor. The supervisor reads no packets from the
 * sockets, but it reads their counters, even after the death of the worker. When a worker ends, all
 * packets that its sockets have received and that the worker has not read are lost.
 *
 * If there are several workers, the sockets of a dead worker are closed at once, so that the kernel
 * gives its packets to the others. The sockets of a single worker are kept, to count lost packets,
 * until its replacement captures.
 *
 * Packets are not counted if they arrive before the first worker captures, after the request to
 * stop, or while an interface is missing. A packet that arrives in the milliseconds in which a
 * replacement opens its sockets may be counted both as lost and as read.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/metrics/counters.h"
#include "sensor/options/options.h"
#include "sensor/process/channel.h"

struct losses;

/*!
 * \brief Creates an object that counts lost packets, without sockets yet.
 *
 * \param counters  One set for each worker. This module reads `packets` and writes the drops.
 *                  Workers can write to this memory, so its values are checked.
 * \param passed    The number of packets that each worker has read and ignored, in shared memory.
 *
 * \return NULL when out of memory.
 */
struct losses *losses_new(const struct options *options, struct counters *counters,
                          const _Atomic uint64_t *passed);
void losses_free(struct losses *losses);

/*! \brief Stores the sockets of a worker, and closes descriptors of other kinds. */
void losses_take(struct losses *losses, unsigned worker, struct channel_fds *fds);

/*! \brief Updates the counters. Call it several times a second. */
void losses_count(struct losses *losses);

/*! \brief Stops the counting of arriving packets. Call it before the workers are asked to stop. */
void losses_stop(struct losses *losses);

/*! \brief Counts the packets that a worker has not read. Call it when the worker has ended. */
void losses_end(struct losses *losses, unsigned worker);

/*! \brief Counts the remaining packets, and closes the sockets. Call it after all workers have
 * ended. */
void losses_finish(struct losses *losses);

/*! \brief Closes the sockets of all workers except `worker`. A new worker calls it, with its own
 *         number, before it captures. */
void losses_leave(struct losses *losses, unsigned worker);

/*! \brief Ends capture on the sockets of the worker that is replaced. The replacement calls it when
 *         its own capture has begun. */
void losses_replace(struct losses *losses, unsigned worker);
