/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes a history folder. Only one process at a time can write a folder.
 *
 * Each batch becomes a file at once. A file gets its final name when it is complete, so a crash
 * loses only batches that were not added yet. Files are merged (rollup.h), so that their number
 * stays small; a child process merges while batches are added.
 *
 * A damaged file is renamed to `*.damaged`, logged, and no longer read.
 *
 * Ownership: history_store_close() frees the store. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/store/retention.h"

#define HISTORY_ERROR_MAX 320
/*! \brief The greatest number of sensors that are named with a batch. */
#define HISTORY_STORE_SENSORS 64
/*! \brief The greatest number of octets of a sensor's name; more are cut. */
#define HISTORY_SENSOR_MAX 255

struct history_store;

/*!
 * \brief Opens a folder. If it does not exist, it is created; its owner and group can read it.
 *
 * \param sensor  The name of this sensor, which is output as `sensor_id`; "": there is none.
 * \param error   On failure it receives the reason, with the path.
 *
 * \return NULL if the folder cannot be written, or if another process has opened it for writing.
 */
struct history_store *history_store_open(const char *path, const char *sensor,
                                         char error[HISTORY_ERROR_MAX]);

/*!
 * \brief Records that another sensor, too, has seen rows of the next batch.
 *
 * \return False if the batch has HISTORY_STORE_SENSORS sensors already; add the batch first.
 */
bool history_store_name_sensor(struct history_store *store, const char *name, size_t size);

/*! \brief Sets how long rows are kept; initially forever. */
void history_store_keep(struct history_store *store, const struct history_keep *keep);

/*!
 * \brief Writes all files again without the rows of the given mailboxes and clients.
 *
 * \param rows  Receives the number of rows that were left out; a row counts once for each file that
 *              had it. 0 after an error.
 *
 * \return 0, or a negative error of errno.h: some files may have been written again.
 */
int history_store_forget(struct history_store *store, const struct history_person *persons,
                         size_t count, uint64_t *rows);

/*! \brief Closes a store; NULL is ignored. A merge that has not ended is given up. */
void history_store_close(struct history_store *store);

/*!
 * \brief Adds a batch (history/rows/batch.h), which need not be sorted.
 *
 * \return False if the batch could not be written, or if the octets are not a batch; nothing was
 *         added. The reason is logged once, and again only after a batch was added.
 */
bool history_store_add(struct history_store *store, const uint8_t *batch, size_t size);

/*! \brief Whether the last batch was not added because the disk is full. */
bool history_store_is_full(const struct history_store *store);

/*! \brief The number of files in a folder, and their size. */
struct history_size {
	size_t files;
	uint64_t octets;
};

/*! \brief Adds up the sizes of the files that are read. All numbers are 0 if the folder cannot be
 * listed. */
struct history_size history_store_measure(const struct history_store *store);

/*! \brief An open descriptor of the folder. */
int history_store_folder(const struct history_store *store);

/*! \brief Returns the number that the next batch will have in the folder. */
uint32_t history_store_next(const struct history_store *store);

/*! \brief Yields the next key and its value. The key is greater than the one before; if it has no
 * value, `value_size` is 0. \return False at the end. */
typedef bool (*history_next_key_t)(void *ctx, const uint8_t **key, size_t *key_size,
                                   const uint8_t **value, size_t *value_size);

/*!
 * \brief Adds all keys that `next` yields as one batch: either all of them are added, or none.
 *
 * \param next  Is called in a child process.
 * \param size  An upper limit of the size of the file, in octets; the disk must have that much
 * space.
 *
 * \return 0, or a negative error of errno.h.
 */
int history_store_add_keys(struct history_store *store, history_next_key_t next, void *ctx,
                           uint64_t size);

/*!
 * \brief Returns the descriptor for which poll(2) reports POLLHUP when the current merge has ended;
 *        -1: no files are being merged. After POLLHUP, call history_store_merge().
 */
int history_store_merge_end(const struct history_store *store);

/*! \brief Completes a merge that has ended, and starts the next one if files can be merged. */
void history_store_merge(struct history_store *store);

/*! \brief Waits until no files remain that can be merged. */
void history_store_settle(struct history_store *store);

/*! \brief Merges all files into one, as history_rollup_merge_all() does. \return The same. */
bool history_store_tidy(struct history_store *store);
