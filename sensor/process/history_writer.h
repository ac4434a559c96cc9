/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The process that writes the history folder (history_process.h), and what its parent and
 *        the workers do for it.
 *
 * Each worker has a tray (history/tray.h) for batches, and a socket: a message from the worker
 * states that its tray is full, one to the worker that it is empty again.
 *
 * If the only worker runs in the command's own process, no other process is started: that process
 * writes the folder itself.
 *
 * Ownership: the process that calls history_writer_start() also calls history_writer_close().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/retention.h"
#include "sensor/metrics/counters.h"

struct history_writer;

struct history_writer_config {
	const char *path; /*!< Path of the folder. */
	const char *sensor;
	struct history_keep keep; /*!< How long rows are kept. */
	unsigned workers;
	bool forked; /*!< Each worker is a separate process. */
	/*! Packets cannot wait: no worker waits for the process, which is restarted when it dies,
	 * and has `stop_ms` to end. It needs `forked`. */
	bool live;
	unsigned stop_ms;
	/*! Called at the start of the process; each may be NULL. `confine` gets an open descriptor
	 * of the folder and drops the rights to anything else, `forget` wipes passwords. */
	bool (*confine)(int folder);
	void (*forget)(void *ctx);
	void *forget_ctx;
	struct counters *counters; /*!< An array in shared memory, indexed by worker. */
};

/*!
 * \brief Opens the folder, and starts the process if `forked`. \return NULL on failure, which has
 *        been logged.
 */
struct history_writer *history_writer_start(const struct history_writer_config *config);

/*!
 * \brief Must be called in each worker process: closes the descriptors that belong to other
 *        processes, and unmaps the memory that they share.
 */
void history_writer_enter_worker(struct history_writer *writer, unsigned worker);

/*! \brief Must be called in each other child of the process: does the same for all workers. NULL is
 *         ignored. */
void history_writer_leave(struct history_writer *writer);

/*! \brief Restarts the process of a live capture when it has died, which is logged. Call it several
 *         times a second; NULL is ignored. */
void history_writer_maintain(struct history_writer *writer);

/*! \brief Counts the rows that a worker had in memory when it died as dropped. NULL is ignored. */
void history_writer_reap(struct history_writer *writer, unsigned worker);

/*! \brief In a worker: notes how many rows are only in its memory. */
void history_writer_hold(struct history_writer *writer, unsigned worker, size_t rows);

/*! \brief In a worker of a live capture: waits until there is room, for at most `wait_ms`. */
void history_writer_await_room(struct history_writer *writer, unsigned worker, unsigned wait_ms);

/*!
 * \brief Returns room for a batch of this worker, of HISTORY_BATCH_MAX octets. In a replay it waits
 *        while the tray is full. NULL: there is no room, or the process of a replay has ended.
 */
uint8_t *history_writer_room(struct history_writer *writer, unsigned worker);

/*! \brief Passes on the batch in the room. If it cannot be written, its rows are counted as
 *         dropped. */
void history_writer_put(struct history_writer *writer, unsigned worker, size_t size, size_t rows);

/*! \brief Asks the process to end when it has written all batches; call it after all workers have
 *         ended. NULL is ignored. */
void history_writer_stop(struct history_writer *writer);

/*!
 * \brief Calls history_writer_stop(), waits until the process ends, and frees everything. After
 *        `stop_ms` the process of a live capture is killed. NULL is ignored.
 *
 * \return False if rows were dropped.
 */
bool history_writer_close(struct history_writer *writer);
