/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Forks the workers and supervises them.
 *
 * When a worker dies, the reason is logged, and a replacement is started after 1 to 30 s. The
 * supervisor itself reads neither packets nor events. SIGINT or SIGTERM stops the workers; a second
 * such signal kills them. SIGUSR1 logs the counters. SIGHUP is passed on to the workers of a live
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

/*! \brief What the supervisor does after `tick`: it continues, replaces all workers, or reloads the
 *         rules as after SIGHUP. */
enum supervisor_action { SUPERVISOR_CONTINUE, SUPERVISOR_REPLACE, SUPERVISOR_RELOAD };

struct supervisor_config {
	struct worker_group *group;

	/*!
	 * The main function of a worker, which runs in the worker's process.
	 *
	 * \param channel    The worker's end of the channel (channel.h). A message with descriptors
	 *                   is passed to `take`. With the first message without descriptors the
	 *                   worker reports that its start has succeeded.
	 * \param restarted  The worker replaces one that has died.
	 *
	 * \return The exit status.
	 */
	int (*work)(void *ctx, unsigned worker, int channel, bool restarted);

	/*!
	 * The main function of the process that compiles the rules on SIGHUP (loader.h). It writes
	 * them to `image`, which is sent to each worker, and returns an exit status. NULL: SIGHUP
	 * stops the workers.
	 */
	int (*load)(void *ctx, int image);
	/*! Called in the supervisor after `load` has ended, even if it has failed. Opens the files
	 * of the outputs again, writes their descriptors to `fds`, and returns their number. The
	 * supervisor sends the descriptors to every worker, where worker_reload() takes them, and
	 * then closes its own. May be NULL. */
	size_t (*files)(void *ctx, int fds[OUTPUTS_MAX]);

	/*!
	 * Called in the supervisor; each may be NULL. `take` is called when a worker has sent
	 * descriptors, `ended` when a worker has ended, and `stopping` before the workers are asked
	 * to stop.
	 */
	void (*take)(void *ctx, unsigned worker, struct channel_fds *fds);
	void (*ended)(void *ctx, unsigned worker);
	void (*stopping)(void *ctx);

	/*!
	 * Called in the supervisor; both may be NULL. `ready` is called once when all workers are
	 * ready, `tick` several times a second after that.
	 */
	void (*ready)(void *ctx);
	enum supervisor_action (*tick)(void *ctx);
	void *ctx;

	/*! Workers that die are replaced. If false, the run fails when a worker dies. */
	bool restart;
	unsigned stop_ms; /*!< Time after which workers that do not stop are killed; 0: never. */
};

/*!
 * \brief Starts the workers, one after the other, and returns when all have ended.
 *
 * \return False if a worker could not start, failed without being replaced, or was killed because
 *         it did not stop. The reason was logged.
 */
bool supervisor_run(const struct supervisor_config *config);
