/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Forks the workers and supervises them.
 *
 * The death of a worker is logged with its reason; a replacement is started after 1 s to 30 s.
 * The supervisor itself reads no packet and no event. SIGINT and SIGTERM stop the workers, a
 * second one kills them; SIGHUP is passed on to workers that are restarted, and stops others;
 * SIGUSR1 logs the counters.
 */
#pragma once

#include <stdbool.h>

#include "sensor/process/channel.h"
#include "sensor/process/worker_group.h"

/*! \brief An exit status of a worker, besides EXIT_DONE and EXIT_FAILED. */
enum supervisor_status {
	SUPERVISOR_OUTPUTS_GONE = 3, /*!< All outputs have failed for good: every worker stops. */
};

enum supervisor_action { SUPERVISOR_CONTINUE, SUPERVISOR_REPLACE };

struct supervisor_config {
	struct worker_group *group;

	/*!
	 * The main function of a worker, in its process.
	 *
	 * \param channel    To the supervisor; see channel.h. A message with descriptors is
	 *                   passed to `take`, the first one without reports that the start
	 *                   has succeeded.
	 * \param restarted  It replaces a worker that has died.
	 *
	 * \return The exit status.
	 */
	int (*work)(void *ctx, unsigned worker, int channel, bool restarted);

	/*! In the supervisor: reads the rules for the workers; a descriptor that is sent to each
	 *  with SIGHUP, or -1. NULL: SIGHUP stops the workers. */
	int (*rules)(void *ctx);

	/*! In the supervisor: a worker has passed on descriptors, has ended; the workers are about
	 *  to be asked to stop. Each may be NULL. */
	void (*take)(void *ctx, unsigned worker, struct channel_fds *fds);
	void (*ended)(void *ctx, unsigned worker);
	void (*stopping)(void *ctx);

	/*! Called in the supervisor: once when all workers are ready, and then several times a
	 *  second. SUPERVISOR_REPLACE replaces all workers by new ones. Either may be NULL. */
	void (*ready)(void *ctx);
	enum supervisor_action (*tick)(void *ctx);
	void *ctx;

	bool restart;     /*!< Replace workers that die; else a death is a failure of the run. */
	unsigned stop_ms; /*!< How long workers may take to stop; 0: without a limit. */
};

/*!
 * \brief Starts the workers, one after the other, and returns when all have ended.
 *
 * \return False when a worker could not start, failed and was not replaced, or was killed
 *         because it did not stop; logged.
 */
bool supervisor_run(const struct supervisor_config *config);
