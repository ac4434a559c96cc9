/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The publisher: the process that delivers the journal's records to one
 *        Redis. Each output has its own publisher, so that none waits for another.
 *
 * delivery.h describes how each record is delivered exactly once.
 *
 * After a broken connection, or a reply of -LOADING, -READONLY, -OOM, -MISCONF, -BUSY,
 * -CLUSTERDOWN or -TRYAGAIN, the publisher tries again after 0.1 s to 30 s, without end. Any
 * other error reply (-NOAUTH, -WRONGPASS, -NOPERM, -WRONGTYPE, ...) is an error of the
 * configuration, after which it tries again every 30 s. Redirections of a cluster are followed
 * at once. The first failure after a success is logged, and the first success after a failure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/redis/redis_url.h"

/*! \brief The largest number of counters in the sensor's hash (heartbeat.h). */
#define PUBLISHER_COUNTERS_MAX 64

/*! \brief The configuration of a publisher. Pointers are borrowed. */
struct publisher_config {
	const struct redis_url *url;
	const char *journal; /*!< Directory of the journal. */
	const char *sensor;  /*!< Name in nsmx:sensor:<name>. */
	int wake_fd;         /*!< Read end of the worker's pipe. */

	/*! When the publisher ends although records are left, after its pipe was closed. Times
	 *  are in ms; 0: never.
	 *
	 *  drain_ms: this time after the close (3000 in `nsmx run`).
	 *  stall_ms: when for this time no batch was delivered and Redis did not answer
	 *  -LOADING (10000 in `nsmx replay`).
	 *  return_ms: replaces a shorter stall_ms once Redis has answered in this run, because
	 *  it is then likely to answer again (60000 in `nsmx replay`).
	 *
	 *  After an error of the configuration it ends at once. */
	unsigned drain_ms;
	unsigned stall_ms;
	unsigned return_ms;

	/*! Writes names and values of at most `max` counters, and returns their number. The names
	 *  must live as long as the publisher. */
	size_t (*counters)(void *ctx, const char **names, uint64_t *values, size_t max);
	void *counters_ctx;

	/*! Counters in memory shared with the worker. */
	_Atomic uint64_t *delivered; /*!< Number of events that Redis has acknowledged. */
	_Atomic uint64_t *counted;   /*!< Sequence number of the last of them. */
	_Atomic uint64_t *errors;    /*!< Number of failed attempts to connect or deliver. */
	_Atomic uint64_t *loading;   /*!< Number of attempts that Redis answered with -LOADING. */
};

/*!
 * \brief Delivers until the pipe is closed and all records are delivered, or until a time in the
 *        config ends it.
 *
 * Call it in a forked child that has closed the write ends of all wake pipes. It blocks, and
 * ignores SIGTERM, SIGINT, SIGHUP and SIGPIPE, because the end of the pipe ends it.
 *
 * \retval 0  All records in the journal are delivered.
 * \retval 1  Records are left in the journal; the reason was logged.
 */
int publisher_run(const struct publisher_config *config);

/*!
 * \brief Wakes the publisher. The worker calls it after it has flushed the journal.
 *
 * \param fd  Write end of the publisher's pipe. It must be non-blocking, so that the call never
 *            blocks; a full pipe wakes the publisher, too.
 *
 * The caller must ignore SIGPIPE, because the publisher may be dead.
 */
void publisher_wake(int fd);
