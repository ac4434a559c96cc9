/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The publisher: a process that delivers the journal's records to one output in the network.
 *        Each output has its own publisher, so that no output waits for another.
 *
 * delivery.h describes how Redis receives each record exactly once, and target_syslog.c what is
 * guaranteed for syslog.
 *
 * After a broken connection, or a reply of -LOADING, -READONLY, -OOM, -MISCONF, -BUSY, -CLUSTERDOWN
 * or -TRYAGAIN, the publisher tries again after 0.1 s to 30 s, without end. Any other error reply
 * (-NOAUTH, -WRONGPASS, -NOPERM, -WRONGTYPE, ...) is a configuration error, after which the
 * publisher tries again every 30 s. Redirections of a cluster are followed at once. Only the first
 * failure after a success and the first success after a failure are logged.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/redis/redis_url.h"
#include "sensor/syslog/syslog_url.h"

/*! \brief The largest number of counters in the sensor's hash (heartbeat.h). */
#define PUBLISHER_COUNTERS_MAX 64

/*! \brief The configuration of a publisher. Pointers are borrowed. */
struct publisher_config {
	const char *name;            /*!< The name of the output, for messages. */
	uint64_t hash;               /*!< Identifies the output in the journal. */
	const struct redis_url *url; /*!< The server, group or cluster; NULL: `syslog` is given. */
	const struct syslog_url *syslog; /*!< The receiver of syslog. */
	const char *journal;             /*!< Directory of the journal. */
	const char *sensor;              /*!< The name in nsmx:sensor:<name>. */
	int wake_fd;                     /*!< Read end of the worker's pipe. */

	/*!
	 * When its pipe is closed, the publisher delivers the remaining records. It ends, even if
	 * records are left, this many ms after the pipe was closed; 0: no limit. `nsmx run` sets it
	 * to 3000. After a configuration error the publisher ends at once.
	 */
	unsigned drain_ms;
	/*!
	 * After its pipe was closed, the publisher also ends this many ms after it has last
	 * delivered a batch or got the reply -LOADING; 0: no limit. `nsmx replay` sets it to 10000.
	 */
	unsigned stall_ms;
	/*!
	 * Replaces a shorter `stall_ms` if Redis has answered in this run, because Redis will then
	 * probably answer again. `nsmx replay` sets it to 60000.
	 */
	unsigned return_ms;

	/*! Writes names and values of at most `max` counters, and returns their number. The names
	 *  must live as long as the publisher. */
	size_t (*counters)(void *ctx, const char **names, uint64_t *values, size_t max);
	void *counters_ctx;

	/*! Counters in memory shared with the worker. */
	_Atomic uint64_t *delivered; /*!< Number of events that Redis has acknowledged. */
	/*! Sequence number of the last event that Redis has acknowledged. */
	_Atomic uint64_t *counted;
	_Atomic uint64_t *errors;           /*!< Number of failed attempts to connect or deliver. */
	_Atomic uint64_t *dropped;          /*!< Number of events that this output cannot take. */
	_Atomic uint64_t *dropped_anywhere; /*!< Number of dropped events of all outputs. */
	_Atomic uint64_t *loading; /*!< Number of attempts that Redis answered with -LOADING. */
};

/*!
 * \brief Delivers until the pipe is closed and all records are delivered, or until a time limit of
 *        the configuration is reached.
 *
 * Call it in a forked child that has closed the write ends of all wake pipes. The call blocks. It
 * ignores SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 and SIGPIPE, because the worker stops it by
 * closing the pipe.
 *
 * \retval 0  All records in the journal are delivered.
 * \retval 1  Records are left in the journal; the reason was logged.
 */
int publisher_run(const struct publisher_config *config);

/*!
 * \brief Wakes the publisher. The worker calls it after it has flushed the journal.
 *
 * \param fd  Write end of the publisher's pipe. It must be non-blocking, so that the call never
 *            blocks. If the pipe is full, the publisher wakes anyway.
 *
 * The caller must ignore SIGPIPE, because the publisher may be dead.
 */
void publisher_wake(int fd);
