/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The main function of the process that writes the history folder.
 *
 * The process takes batches from the trays of all workers, and adds them to the folder. It ends
 * when the other ends of all its sockets are closed and all batches are taken.
 *
 * While the disk is full, batches of a live capture stay in their trays, and the process tries
 * again every second.
 *
 * Limits: the process may allocate HISTORY_PROCESS_MEMORY octets. It has at most two children, and
 * each of them may allocate as much. Shared memory does not count, nor does the memory that the
 * parent had at the fork.
 */
#pragma once

#include <stdbool.h>

#include "history/store/retention.h"
#include "history/store/store.h"
#include "history/tray.h"
#include "sensor/metrics/counters.h"
#include "sensor/options/options.h"

/*! \brief The largest amount of memory that the process allocates, in octets. */
#define HISTORY_PROCESS_MEMORY ((size_t)256 << 20)

struct history_process {
	const char *path; /*!< Path of the folder. */
	const char *sensor;
	struct history_keep keep; /*!< How long rows are kept. */
	unsigned workers;
	/*! The rows are of a live capture. Batches then stay in their trays while the disk is
	 * full. */
	bool live;
	/*! Called with an open descriptor of the folder. It drops the rights to all other folders.
	 * May be NULL. */
	bool (*confine)(int folder);
	struct counters *counters; /*!< An array in shared memory, indexed by worker. */
	struct history_tray *trays[OPTIONS_WORKERS_MAX];
	struct history_claim *claim; /*!< In shared memory. */
	/*! The socket of each worker. A message from the worker states that its tray is full; a
	 * message to the worker states that the tray is empty. */
	int sockets[OPTIONS_WORKERS_MAX];
};

/*!
 * \brief Updates the counters of the folder: the number of files and of octets, and the time at
 *        which rows were last added.
 *
 * \param sets   The array of counters. The first set has those of the folder.
 * \param added  True if rows were just added. Only then the time is set.
 */
void history_process_count(struct counters *sets, const struct history_store *store, bool added);

/*! \brief Runs in the new process. \return The exit status; failures have been logged. */
int history_process_run(const struct history_process *process);
