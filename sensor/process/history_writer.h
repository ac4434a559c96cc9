/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The process that writes the history folder, and the pipes to it from the workers.
 *
 * A command with one worker that is no process of its own has no such process: it writes itself.
 *
 * A worker writes a batch whole and with its size before it. What a killed worker has not completed
 * is discarded, so that no row counts twice. The process ends when all workers have closed their
 * pipes.
 *
 * Ownership: the process that starts it also calls history_writer_close().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/metrics/counters.h"

struct history_writer;

struct history_writer_config {
	const char *path; /*!< The folder. */
	const char *sensor;
	unsigned workers;
	bool forked;               /*!< Workers are processes of their own. */
	struct counters *counters; /*!< By worker, in shared memory. */
};

/*! \brief Opens the folder, and starts the process if there is to be one. \return NULL on failure,
 *         which was logged. */
struct history_writer *history_writer_start(const struct history_writer_config *config);

/*! \brief Call it in a worker: closes what belongs to the others. */
void history_writer_enter_worker(struct history_writer *writer, unsigned worker);

/*! \brief Passes a batch on; it may wait until the process has read it. Rows that are lost are
 *         counted. */
void history_writer_pass(struct history_writer *writer, unsigned worker, const uint8_t *batch,
                         size_t size, size_t rows);

/*! \brief Waits for the process after all workers have ended. \return False if it has failed. NULL
 *         is ignored. */
bool history_writer_close(struct history_writer *writer);
