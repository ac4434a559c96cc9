/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The process that writes the history folder, and the pipes through which workers pass
 *        batches to it.
 *
 * If the only worker runs in the command's own process, no other process is started: that process
 * writes the folder itself.
 *
 * A worker writes the size of a batch and then the whole batch. If a worker is killed before a
 * batch is complete, the incomplete batch is discarded, so no row is counted twice. The process
 * ends when all workers have closed their pipes.
 *
 * Ownership: the process that calls history_writer_start() also calls history_writer_close().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/metrics/counters.h"

struct history_writer;

struct history_writer_config {
	const char *path; /*!< Path of the folder. */
	const char *sensor;
	unsigned workers;
	bool forked;               /*!< Each worker is a separate process. */
	struct counters *counters; /*!< An array in shared memory, indexed by worker. */
};

/*!
 * \brief Opens the folder, and starts the process if `forked`. \return NULL on failure, which has
 *        been logged.
 */
struct history_writer *history_writer_start(const struct history_writer_config *config);

/*!
 * \brief Must be called in each worker process: closes the descriptors that belong to other
 *        processes.
 */
void history_writer_enter_worker(struct history_writer *writer, unsigned worker);

/*!
 * \brief Passes on a batch; it may wait until the process has read it. If the batch cannot be
 *        written, its rows are counted as dropped.
 */
void history_writer_pass(struct history_writer *writer, unsigned worker, const uint8_t *batch,
                         size_t size, size_t rows);

/*!
 * \brief Waits until the process ends; call it after all workers have ended. NULL is ignored.
 *        \return False if the process has failed.
 */
bool history_writer_close(struct history_writer *writer);
