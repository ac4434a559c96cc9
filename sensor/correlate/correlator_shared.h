/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the correlators of all workers share: watched addresses, the summary of
 *        incidents, and how far each worker has read.
 *
 * Created before the workers are forked, in memory that forked processes share: the worker
 * that sees the DNS answer need not be the worker that sees the mail.
 *
 * Members are private to this room.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/correlate/incident_summary.h"
#include "sensor/correlate/watch.h"
#include "sensor/correlate/watermarks.h"

struct correlator_shared {
	unsigned workers;
	struct watch *watch;
	struct watermarks *watermarks;        /*!< NULL: all workers see the same moment. */
	struct incident_summary *summaries[]; /*!< One of each worker, which alone writes it. */
};

/*!
 * \param watch_ns  How long at least an address stays watched.
 *
 * \return NULL when out of memory.
 */
struct correlator_shared *correlator_shared_new(unsigned workers, int64_t watch_ns);
void correlator_shared_free(struct correlator_shared *shared);

/*!
 * \brief For workers that read different files, each at its own packet time.
 *
 * Call it before the first correlator_new().
 *
 * \return False when out of memory.
 */
bool correlator_shared_add_watermarks(struct correlator_shared *shared);

/*! \brief Records that a worker has ended or died: no other waits for it. */
void correlator_shared_leave(struct correlator_shared *shared, unsigned worker);

/*! \brief Logs the incidents that all workers have seen. Call it once, after the workers. */
void correlator_shared_report(const struct correlator_shared *shared);
