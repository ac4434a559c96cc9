/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The publisher: the process that brings events from the journal to one
 *        Redis. Each output has a publisher of its own, so none waits for another.
 *
 * Exactly once, into streams and lists: a batch and the journal's position go in
 * one MULTI/EXEC, guarded by WATCH on the position; after any break the position
 * is read back and delivery goes on behind it. The position is the key
 * `nsmx:journal:<journal id>:<hash of the output>` and lives for 7 days after
 * the last delivery; `delivered-<hash>` in the journal is used when it is gone.
 * Where Redis has a position it is believed, even a lower one: then Redis has
 * lost what came after it. Channels: at most once for a subscriber; how many
 * were reached is told at the end.
 *
 * In a cluster redirections are followed at once, and all keys end in the output's
 * hash tag (see redis_url.h).
 *
 * Trouble: a broken connection and -LOADING, -READONLY, -OOM, -MISCONF, -BUSY,
 * -CLUSTERDOWN, -TRYAGAIN are retried for ever, after 0.1 s to 30 s; any other
 * error reply (-NOAUTH, -WRONGPASS, -NOPERM, -WRONGTYPE, ...) is a matter of
 * configuration: said once, retried every 30 s. Changes of state are logged, not
 * every failure.
 *
 * `nsmx:sensor:<name>`, a hash of the sensor's counters, is refreshed every 10 s
 * and at the end, and vanishes 30 s after the last time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/redis/redis_url.h"

/*! \brief At most so many counters go into the sensor's hash. */
#define PUBLISHER_COUNTERS_MAX 64

struct publisher_config {
	const struct redis_url *url;
	const char *journal; /*!< Directory of the journal. */
	const char *sensor;  /*!< Name in nsmx:sensor:<name>; NULL: no such hash. */
	int wake_fd;         /*!< Read end of the worker's pipe. */

	/*! After the end of the pipe, give up when so many milliseconds have
	 *  passed altogether (run: 3000; 0: no such bound), or without a sign of
	 *  life: a batch that went in, or Redis saying that it is loading. What
	 *  has not answered at all in this run is given `stall_ms` (replay: 10000;
	 *  0: for ever); what has is expected back, and given `return_ms`, if that
	 *  is more (replay: 60000). A configuration error gives up at once. */
	unsigned drain_ms;
	unsigned stall_ms;
	unsigned return_ms;

	/*! Fills in names and values of at most `max` counters, and returns how
	 *  many. The names live on. NULL: no counters. */
	size_t (*counters)(void *ctx, const char **names, uint64_t *values, size_t max);
	void *counters_ctx;

	/*! Counted up, in memory shared with the worker; each may be NULL. */
	_Atomic uint64_t *delivered; /*!< Events that Redis has answered for, */
	_Atomic uint64_t *counted;   /*!< the last of which was this record. */
	_Atomic uint64_t *errors;    /*!< Failed attempts to connect or deliver. */
	_Atomic uint64_t *loading;   /*!< Attempts to which Redis said that it is loading. */
};

/*!
 * \brief Delivers until the pipe has ended and the journal is empty, or the
 *        bounds of the config are reached.
 *
 * For a forked child that has closed the write ends of all wake pipes. Blocks
 * and ignores SIGTERM, SIGINT and SIGPIPE: it ends with the pipe.
 *
 * \retval 0  All that was in the journal is delivered.
 * \retval 1  Events wait in the journal; the reason is logged.
 */
int publisher_run(const struct publisher_config *config);

/*!
 * \brief Worker's side: tells the publisher that the journal was flushed.
 *
 * Never blocks, provided that `fd` (write end) is non-blocking; a full pipe is
 * as good as another byte. SIGPIPE should be ignored: the publisher may be dead.
 */
void publisher_wake(int fd);
