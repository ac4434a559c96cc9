/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Forks the workers and supervises them.
 *
 * When a worker dies, the reason is logged, and a replacement is started after 1 s to 30 s. The
 * supervisor itself reads no packet and no event. SIGINT or SIGTERM stops the workers; a second
 * one kills them. SIGUSR1 logs the counters. SIGHUP is passed on to the workers of a live
 * capture, which reload their rules; in a replay it stops the workers.
 */
#pragma once

#include <stdbool.h>

#include "sensor/process/channel.h"
#include "sensor/process/worker_group.h"

/*! \brief An exit status that a worker may have, besides EXIT_DONE and EXIT_FAILED. */
enum supervisor_status {
	SUPERVISOR_OUTPUTS_GONE =
	        3, /*!< All outputs have failed permanently: every worker must stop. */
};

/*! \brief What the supervisor does after `tick`: nothing, or replace all workers. */
enum supervisor_action { SUPERVISOR_CONTINUE, SUPERVISOR_REPLACE };

struct supervisor_config {
	struct worker_group *group;

	/*!
	 * The main function of a worker, in its process.
	 *
	 * \param channel    To the supervisor; see channel.h. A message with descriptors is passed
	 *                   to `take`. The first message without descriptors reports that the
	 *                   start has succeeded.
	 * \param restarted  The worker replaces one that has died.
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

	/*! Both are called in the supervisor, and both may be NULL: `ready` once when all workers
	 * are ready, then `tick` several times a second. If `tick` returns SUPERVISOR_REPLACE, all
	 *  workers are replaced. */
	void (*ready)(void *ctx);
	enum supervisor_action (*tick)(void *ctx);
	void *ctx;

	bool restart; /*!< Replace workers that die. If false, a death is a failure of the run. */
	unsigned stop_ms; /*!< Time after which workers that do not stop are killed; 0: never. */
};

/*!
 * \brief Starts the workers, one after the other, and returns when all have ended.
 *
 * \return False when a worker could not start, failed and was not replaced, or was killed
 *         because it did not stop. The reason was logged.
 */
bool supervisor_run(const struct supervisor_config *config);
