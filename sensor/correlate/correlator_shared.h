/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The data that the correlators of all workers share: watched addresses, and the packet time
 *        that each worker has reached.
 *
 * It is created before the workers are forked, in memory that forked processes share, because the
 * worker that reads the DNS answer and the worker that reads the mail may differ.
 *
 * Fields are private to sensor/correlate/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/correlate/watch.h"
#include "sensor/correlate/watermarks.h"

struct correlator_shared {
	unsigned workers;
	struct watch *watch;
	/*! The watermarks; NULL: all workers read packets of the same time. */
	struct watermarks *watermarks;
};

/*!
 * \brief Creates the shared data.
 *
 * \param watch_ns  The shortest time for which an address stays watched.
 *
 * \return NULL when out of memory.
 */
struct correlator_shared *correlator_shared_new(unsigned workers, int64_t watch_ns);
void correlator_shared_free(struct correlator_shared *shared);

/*!
 * \brief Adds watermarks, which are necessary if workers read different files and thus different
 *        packet times.
 *
 * Call it before the first correlator_new().
 *
 * \return False when out of memory.
 */
bool correlator_shared_add_watermarks(struct correlator_shared *shared);

/*! \brief Records that a worker has ended or died, so that no other worker waits for it. */
void correlator_shared_leave(struct correlator_shared *shared, unsigned worker);
