/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The writer of a history folder. There is one at a time.
 *
 * Each batch becomes a file at once, which is complete when it has its name: a crash loses only
 * batches that were not added. When eight files have about the same number of batches, they are
 * merged, so that there are few files, and each row is written a few times only.
 *
 * A damaged file is renamed to `*.damaged`, reported, and not read any more.
 *
 * Ownership: history_store_close() frees the store. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_ERROR_MAX 320

struct history_store;

/*!
 * \brief Opens a folder, and creates it if it does not exist, readable by its owner and group.
 *
 * \param sensor  The name that its rows have in `sensor_id`.
 * \param error   Receives the reason on failure, with the path.
 *
 * \return NULL on failure: the folder cannot be written, or another process writes it.
 */
struct history_store *history_store_open(const char *path, const char *sensor,
                                         char error[HISTORY_ERROR_MAX]);

/*! \brief Closes a store; NULL is ignored. */
void history_store_close(struct history_store *store);

/*!
 * \brief Adds a batch (history/batch.h), which need not be sorted.
 *
 * \return False if it could not be written, or is no batch; the reason was logged, and nothing was
 * added.
 */
bool history_store_add(struct history_store *store, const uint8_t *batch, size_t size);
