/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The publisher: the process that delivers the journal's records to one
 *        Redis. Each output has its own publisher, so that none waits for another.
 *
 * How records are delivered exactly once: see delivery.h.
 *
 * Trouble: a broken connection and -LOADING, -READONLY, -OOM, -MISCONF, -BUSY,
 * -CLUSTERDOWN, -TRYAGAIN are retried without end, after 0.1 s to 30 s. Any other
 * error reply (-NOAUTH, -WRONGPASS, -NOPERM, -WRONGTYPE, ...) is an error of the
 * configuration, and is retried every 30 s. Redirections of a cluster are followed
 * at once. Changes of state are logged, not every failure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/redis/redis_url.h"

/*! \brief The most counters in the sensor's hash. */
#define PUBLISHER_COUNTERS_MAX 64

struct publisher_config {
	const struct redis_url *url;
	const char *journal; /*!< Directory of the journal. */
	const char *sensor;  /*!< Name in nsmx:sensor:<name>; NULL: no such hash. */
	int wake_fd;         /*!< Read end of the worker's pipe. */

	/*! When to give up after the end of the pipe, in ms; 0: never.
	 *
	 *  drain_ms: after this time in any case (run: 3000).
	 *  stall_ms: after this time without a sign of life, which is a delivered batch
	 *  or a Redis that is loading (replay: 10000).
	 *  return_ms: in place of a shorter stall_ms, once Redis has answered in this
	 *  run: it is expected back (replay: 60000).
	 *
	 *  An error of the configuration gives up at once. */
	unsigned drain_ms;
	unsigned stall_ms;
	unsigned return_ms;

	/*! Fills in names and values of at most `max` counters, and returns how
	 *  many. The names live on. NULL: no counters. */
	size_t (*counters)(void *ctx, const char **names, uint64_t *values, size_t max);
	void *counters_ctx;

	/*! Counters in memory shared with the worker; each may be NULL. */
	_Atomic uint64_t *delivered; /*!< Events that Redis has acknowledged, */
	_Atomic uint64_t *counted;   /*!< and the sequence of the last of them. */
	_Atomic uint64_t *errors;    /*!< Failed attempts to connect or deliver. */
	_Atomic uint64_t *loading;   /*!< Attempts that Redis answered with -LOADING. */
};

/*!
 * \brief Delivers until the pipe has ended and the journal is empty, or the
 *        bounds of the config are reached.
 *
 * For a forked child that has closed the write ends of all wake pipes. Blocks, and
 * ignores SIGTERM, SIGINT, SIGHUP and SIGPIPE: it ends with the pipe.
 *
 * \retval 0  All that was in the journal is delivered.
 * \retval 1  Events wait in the journal; the reason is logged.
 */
int publisher_run(const struct publisher_config *config);

/*!
 * \brief In the worker: wakes the publisher, since the journal was flushed.
 *
 * Never blocks, provided that `fd` (write end) is non-blocking; a full pipe wakes
 * as well. SIGPIPE should be ignored: the publisher may be dead.
 */
void publisher_wake(int fd);
