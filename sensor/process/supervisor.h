/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Forks the workers and looks after them: one that dies is replaced, with its reason
 *        said, after 1 s to 30 s.
 *
 * The process itself reads no packet and no event. SIGINT and SIGTERM end the workers, a
 * second one at once; SIGHUP is handed on to them, or ends what is no
 * service; SIGUSR1 tells the counters.
 */
#pragma once

#include <stdbool.h>

#include "sensor/process/worker_group.h"

/*! \brief What a worker's exit status means beyond EXIT_DONE and EXIT_FAILED. */
enum supervisor_status {
	SUPERVISOR_OUTPUTS_GONE = 3, /*!< Nobody takes the events: all is over. */
};

enum supervisor_action { SUPERVISOR_CONTINUE, SUPERVISOR_REPLACE };

struct supervisor_config {
	struct worker_group *group;

	/*!
	 * A worker's whole life, in its process.
	 *
	 * \param ready_fd  To be given to supervisor_ready(); -1 for later workers.
	 * \param restarted     It takes the place of one that has died.
	 *
	 * \return The exit status.
	 */
	int (*work)(void *ctx, unsigned worker, int ready_fd, bool restarted);

	/*! In this process, when all workers are ready, and then several times a second; it
	 *  may wish that all workers make room for new ones. Either may be NULL. */
	void (*ready)(void *ctx);
	enum supervisor_action (*tick)(void *ctx);
	void *ctx;

	bool restart; /*!< Replace who dies; else its death is a failure, and the others go on. */
	unsigned stop_ms; /*!< How long workers may take to stop; 0: as long as they like. */
};

/*!
 * \brief Starts the workers, one after the other, and returns when all have ended.
 *
 * \return False when one could not start, or failed and was not replaced, or was killed
 *         since it did not stop; said.
 */
bool supervisor_run(const struct supervisor_config *config);

/*! \brief In a worker: the start has gone well. */
void supervisor_ready(int ready_fd);
