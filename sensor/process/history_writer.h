/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The process that writes the history folder (history_process.h), and what its parent and
 *        the workers do for it.
 *
 * Each worker has a tray (history/tray.h) for batches, and a socket: a message from the worker
 * states that its tray is full; a message to the worker states that the tray is empty again.
 *
 * If the only worker runs in the command's own process, no other process is started, and the
 * command's process writes the folder itself.
 *
 * Ownership: the process that calls history_writer_start() also calls history_writer_close().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/store/retention.h"
#include "sensor/metrics/counters.h"

struct history_writer;

struct history_writer_config {
	const char *path; /*!< Path of the folder. */
	const char *sensor;
	struct history_keep keep; /*!< How long rows are kept. */
	unsigned workers;
	bool forked; /*!< Each worker is a separate process. */
	/*! The rows are of a live capture, which requires `forked`. Workers then never wait for the
	 * process. The process is restarted when it dies, and must end within `stop_ms`. */
	bool live;
	unsigned stop_ms;
	/*! `confine` and `forget` are called at the start of the process; each may be NULL.
	 * `confine` gets an open descriptor of the folder, and drops the rights to everything else.
	 * `forget` wipes passwords. */
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
 * \brief Closes the descriptors that belong to other processes, and unmaps the shared memory that
 *        this worker does not use. It must be called in each worker process.
 */
void history_writer_enter_worker(struct history_writer *writer, unsigned worker);

/*!
 * \brief Does the same as history_writer_enter_worker(), for the descriptors and the memory of all
 *        workers. It must be called in every other child process. NULL is ignored.
 */
void history_writer_leave(struct history_writer *writer);

/*!
 * \brief Restarts the process of a live capture if it has died, and logs this. Call it several
 *        times a second. NULL is ignored.
 */
void history_writer_maintain(struct history_writer *writer);

/*! \brief Counts rows as dropped: those that a worker had in memory when it died. NULL is
 *         ignored. */
void history_writer_reap(struct history_writer *writer, unsigned worker);

/*!
 * \brief Records the number of rows that exist only in the memory of a worker. The worker calls it.
 */
void history_writer_hold(struct history_writer *writer, unsigned worker, size_t rows);

/*! \brief Waits at most `wait_ms` for room in the tray of the worker. A worker of a live capture
 *         calls it. */
void history_writer_await_room(struct history_writer *writer, unsigned worker, unsigned wait_ms);

/*!
 * \brief Returns HISTORY_BATCH_MAX octets of room for a batch of this worker. In a live capture it
 *        returns NULL if the tray is full. In a replay it waits while the tray is full, and returns
 *        NULL if the process has ended.
 */
uint8_t *history_writer_room(struct history_writer *writer, unsigned worker);

/*!
 * \brief Passes on the batch that is in the room of history_writer_room(). If the batch cannot be
 *        written, its rows are counted as dropped.
 */
void history_writer_put(struct history_writer *writer, unsigned worker, size_t size, size_t rows);

/*!
 * \brief Asks the process to end when it has written all batches. Call it after all workers have
 *        ended. NULL is ignored.
 */
void history_writer_stop(struct history_writer *writer);

/*!
 * \brief Calls history_writer_stop(), waits until the process ends, and frees everything. After
 *        `stop_ms` the process of a live capture is killed. NULL is ignored.
 *
 * \return False if rows were dropped.
 */
bool history_writer_close(struct history_writer *writer);
