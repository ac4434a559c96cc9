/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the rows of a history in the order of their keys: those of several files of a
 *        folder, as if they were one file, or those in ClickHouse. Rows with equal keys are merged.
 *
 * This is the interface between stores and queries: all queries read rows by these functions.
 *
 * libmtbl ends the process when it reads a damaged block. Callers therefore check the files first
 * (history_file_check()), or read them in a child process (query.h).
 *
 * Ownership: history_merged_free() closes the files. Keys and values are views, which are valid
 * until the next call. Not thread-safe.
 */
#pragma once

#include "history/files.h"
#include "history/rows/row.h"

struct history_merged;

/*! \brief Called for a file that is not in the format of libmtbl. */
typedef void (*history_damaged_t)(void *ctx, const struct history_file *file);

/*! \brief Which parts of files are read. */
enum history_access {
	HISTORY_RANGES, /*!< Large parts: the kernel reads ahead. */
	HISTORY_POINTS, /*!< Few keys: only the pages that contain them are read. */
};

/*!
 * \brief Opens files.
 *
 * \param damaged  Called for each file that cannot be opened and is therefore left out.
 *
 * \return NULL if out of memory.
 */
struct history_merged *history_merged_open(int folder, const struct history_file *files,
                                           size_t count, enum history_access access,
                                           history_damaged_t damaged, void *ctx);

/*!
 * \brief Reads the files of several readers as one file. The files are borrowed: free the result
 * before the other readers.
 *
 * \return NULL if out of memory.
 */
struct history_merged *history_merged_combine(struct history_merged *const *others, size_t count);

/*!
 * \brief Opens a history in ClickHouse (clickhouse/clickhouse_rows.h). It is read like files, but
 * every key has the value of its row.
 *
 * \return NULL if out of memory, or if the URL is invalid, which has been logged.
 */
struct history_merged *history_merged_open_url(const char *url);

/*! \brief Opens one shard of a history in ClickHouse. history_merged_find() must not be called for
 *         it. \return The same as history_merged_open_url(). */
struct history_merged *history_merged_open_shard(const char *url, size_t shard);

/*! \brief Whether reading a history in ClickHouse has failed, so that keys may be missing. The
 * reason has been logged. */
bool history_merged_failed(const struct history_merged *merged);

/*! \brief Adds up the parts of a history in ClickHouse, and their octets on the disks. */
void history_merged_size(struct history_merged *merged, uint64_t *parts, uint64_t *octets);

/*! \brief Whether a file is compressed as a batch is (HISTORY_FAST in history/store/output.h): it
 *         becomes smaller when it is written again. */
bool history_merged_is_fast(const struct history_merged *merged);

/*! \brief Closes the files; NULL is ignored. */
void history_merged_free(struct history_merged *merged);

/*!
 * \brief Starts to read the keys that begin with `prefix`, or all keys if it is empty. Ends an
 *        earlier reading.
 */
bool history_merged_seek(struct history_merged *merged, const uint8_t *prefix, size_t size);

/*!
 * \brief Starts to read the keys that begin with `prefix` and are not less than `from`. Ends an
 *        earlier reading. \return False if there is no such key, or after a failure.
 */
bool history_merged_seek_from(struct history_merged *merged, const uint8_t *prefix, size_t size,
                              const uint8_t *from, size_t from_size);

/*! \brief Reads the next key and its value. \return False at the end, and after a failure. */
bool history_merged_next(struct history_merged *merged, const uint8_t **key, size_t *key_size,
                         const uint8_t **value, size_t *value_size);

/*! \brief Looks up the value of the row with this key. */
bool history_merged_find(struct history_merged *merged, const uint8_t *key, size_t size,
                         struct history_seen *seen);

/*!
 * \brief Looks up the value of a row in files. Each call needs a greater key than the previous one,
 *        so that each part of a file is read only once. Call no other function that reads with the
 *        same `merged`.
 *
 * \return False if there is no such row.
 */
bool history_merged_find_next(struct history_merged *merged, const uint8_t *key, size_t size,
                              struct history_seen *seen);

/*!
 * \brief Writes the names of the sensors that have written rows, separated by commas; names for
 *        which there is no room are left out. Ends an earlier reading.
 */
void history_merged_sensors(struct history_merged *merged, char *sensors, size_t room);
