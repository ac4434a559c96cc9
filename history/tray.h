/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A place in shared memory in which a worker puts one batch at a time for the process that
 *        writes the history.
 *
 * The tray keeps the batch until its file is complete. A batch is thus not lost when either process
 * dies. Each batch has a sequence number. Before the writing process writes a batch, it notes the
 * batch's sequence number and the number of the new file in memory that workers cannot access
 * (struct history_claim). A process that replaces the writing process therefore knows whether the
 * batch in a tray was already written, and no row is counted twice.
 *
 * An attacker may control the worker. The writing process therefore copies a batch out of the tray,
 * and history_batch_next() checks all octets of the copy.
 *
 * Ownership: history_tray_free() unmaps a tray in the calling process only.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/table.h"

struct history_tray;

/*! \brief States which batch is being written. Zeroed memory: none. */
struct history_claim {
	_Atomic uint64_t
	        sequence; /*!< The sequence number of the batch; 0: no batch is being written. */
	_Atomic uint32_t tray; /*!< The number of the tray. */
	_Atomic uint32_t file; /*!< The number that the batch has in the folder. */
	/*! The total number of rows written from this tray, those of this batch included. */
	_Atomic uint64_t rows;
};

/*! \brief Creates an empty tray, which is shared with processes that are forked later. \return NULL
 * when out of memory. */
struct history_tray *history_tray_new(void);

void history_tray_free(struct history_tray *tray);

/*! \brief Whether the tray has a batch. */
bool history_tray_is_full(const struct history_tray *tray);

/* These functions are for the worker. */

/*! \brief Returns room for HISTORY_BATCH_MAX octets; NULL: the tray is full. */
uint8_t *history_tray_room(struct history_tray *tray);

/*! \brief Marks the octets in the room as a batch, which the writing process takes. */
void history_tray_put(struct history_tray *tray, size_t size, size_t rows);

/*! \brief Sets the number of rows that only the memory of the worker contains, and that are lost if
 * the worker dies. */
void history_tray_hold(struct history_tray *tray, size_t rows);

/* These functions are for other processes. */

/*! \brief Returns the number of rows that a worker held when it died, at most HISTORY_TABLE_ROWS,
 *         and sets it to 0. */
size_t history_tray_reap(struct history_tray *tray);

/*! \brief A batch that was copied out of a tray. */
struct history_batch {
	uint8_t *octets; /*!< Room for HISTORY_BATCH_MAX octets. */
	size_t size;
	size_t rows; /*!< The number of rows according to the worker, at most HISTORY_TABLE_ROWS. */
	uint64_t sequence;
};

/*! \brief Returns the number of rows in the batch according to the worker, at most
 * HISTORY_TABLE_ROWS. */
size_t history_tray_rows(const struct history_tray *tray);

/*! \brief Copies the batch of a full tray. */
void history_tray_copy(const struct history_tray *tray, struct history_batch *batch);

/*! \brief Removes the batch after its rows were written, or when they are given up. */
void history_tray_empty(struct history_tray *tray);

/*! \brief Notes that `batch`, from the tray with the number `tray`, will be written with the number
 *         `file`, and that `rows` rows from this tray have been written by then. */
void history_claim_set(struct history_claim *claim, uint32_t tray,
                       const struct history_batch *batch, uint32_t file, uint64_t rows);

/*! \brief Notes that no batch is being written. */
void history_claim_clear(struct history_claim *claim);

/*!
 * \brief Whether an earlier process has written the batch that is in a tray.
 *
 * \param number  The number of the tray.
 * \param next    The number of the next batch in the folder, before this process has added any.
 */
bool history_claim_is_done(const struct history_claim *claim, uint32_t number,
                           const struct history_tray *tray, uint32_t next);
