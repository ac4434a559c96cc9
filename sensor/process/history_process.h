/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The main function of the process that writes the history folder.
 *
 * The process takes batches from the trays of all workers, and adds them to the folder. It ends
 * when the other ends of all its sockets are closed and all batches are taken.
 */
#pragma once

#include <stdbool.h>

#include "history/tray.h"
#include "sensor/metrics/counters.h"
#include "sensor/options/options.h"

struct history_process {
	const char *path; /*!< Path of the folder. */
	const char *sensor;
	unsigned workers;
	struct counters *counters; /*!< An array in shared memory, indexed by worker. */
	struct history_tray *trays[OPTIONS_WORKERS_MAX];
	struct history_claim *claim; /*!< In shared memory. */
	/*! The socket of each worker. A message from it: its tray is full. To it: it is empty. */
	int sockets[OPTIONS_WORKERS_MAX];
};

/*! \brief Runs in the new process. \return The exit status; failures have been logged. */
int history_process_run(struct history_process *process);
