/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief In the supervisor: counts every packet that the kernel took for a worker and that the
 *        worker did not read.
 *
 * Each worker passes on its packet sockets. The supervisor reads no packet from them; it reads
 * their counters, also those of a worker that died. At the end of a worker the packets that its
 * sockets received, less those that it read, are lost.
 *
 * With several workers the sockets of a dead one are closed at once, so that the kernel gives
 * its packets to the others. A single worker has no others: its sockets are kept, and count
 * what is lost, until its successor captures.
 *
 * Not counted: packets that arrive before the first worker captures, after the request to
 * stop, or while an interface is missing. A packet that arrives in the milliseconds in which a
 * successor opens its sockets may be counted as lost and as read.
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
 * \param counters  One set for each worker; `packets` is read, the drops are written. Shared
 *                  with workers: what they write there is not relied on.
 * \param passed    For each worker the packets that it read and passed over; shared.
 *
 * \return NULL when out of memory.
 */
struct losses *losses_new(const struct options *options, struct counters *counters,
                          const _Atomic uint64_t *passed);
void losses_free(struct losses *losses);

/*! \brief Takes the sockets of a worker; descriptors of other kinds are closed. */
void losses_take(struct losses *losses, unsigned worker, struct channel_fds *fds);

/*! \brief Several times a second: writes the counters. */
void losses_count(struct losses *losses);

/*! \brief Before the workers are asked to stop: no further packet arrives. */
void losses_stop(struct losses *losses);

/*! \brief A worker has ended. */
void losses_end(struct losses *losses, unsigned worker);

/*! \brief After all workers: counts what is left, and closes the sockets. */
void losses_finish(struct losses *losses);

/*! \brief In a new worker, before it captures: closes the sockets of others. */
void losses_leave(struct losses *losses, unsigned worker);

/*! \brief In a new worker that captures now: its predecessor's sockets take no more packets. */
void losses_replace(struct losses *losses, unsigned worker);
