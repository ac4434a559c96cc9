/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rows of a history in ClickHouse.
 *
 * Each shard has a table `history` that contains the keys a history folder would have (rows/row.h).
 * The table is sorted by key, so that a query reads one range of it. Unlike in a folder, every key
 * has the value of its row. The hash of the owner determines the shard of a record; the hash of the
 * key determines the shard of a row of mail. Names of sensors are on all shards.
 *
 * On each shard, one statement inserts a batch. It writes one part of the table, so the shard gets
 * all rows of the batch or none. The batch's number is one of the inserted keys, and the statement
 * inserts nothing if the table already has this key. The server never executes two statements for
 * one batch at the same time. A batch that is inserted again, also after a crash, therefore changes
 * nothing.
 *
 * Failures are logged. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/clickhouse/clickhouse_url.h"
#include "history/rows/row.h"

/*! \brief The greatest size of the number of a batch, in octets. */
#define CLICKHOUSE_BATCH_ID_MAX 128

/*! \brief Creates database and table on all shards where they do not exist. */
bool clickhouse_create(const struct clickhouse_url *url);

/*! \brief A batch for all shards. */
struct clickhouse_batch;

/*! \brief Starts a batch; `url` is borrowed. \return NULL when out of memory. */
struct clickhouse_batch *clickhouse_batch_new(const struct clickhouse_url *url);

void clickhouse_batch_free(struct clickhouse_batch *batch);

/*! \brief Adds a row. `key` is that key of the row that has a value. */
void clickhouse_batch_add(struct clickhouse_batch *batch, const uint8_t *key, size_t size,
                          const struct history_record *record);

/*! \brief Adds a row to a shard regardless of the hash of its key. Readers merge equal keys of all
 *         shards. */
void clickhouse_batch_add_to(struct clickhouse_batch *batch, size_t shard, const uint8_t *key,
                             size_t size, const struct history_record *record);

/*! \brief Cancels the sightings of a row that a shard has. Readers do not find a row without
 *         sightings. */
void clickhouse_batch_cancel(struct clickhouse_batch *batch, size_t shard, const uint8_t *key,
                             size_t size, const struct history_record *record);

/*! \brief Returns the number of octets that the batch has for a shard. */
size_t clickhouse_batch_size(const struct clickhouse_batch *batch, size_t shard);

/*! \brief Returns a hash of the rows that the batch has for a shard. */
uint64_t clickhouse_batch_hash(const struct clickhouse_batch *batch, size_t shard);

/*! \brief Adds the name of a sensor. */
void clickhouse_batch_name_sensor(struct clickhouse_batch *batch, const char *name, size_t size);

/*!
 * \brief Inserts the batch on each shard that does not have it, and then empties `batch`.
 *
 * \param id  The number of the batch: letters, digits, `-`, `.` and `:`.
 *
 * \return False on failure. The caller must then insert the same rows with the same number again.
 */
bool clickhouse_batch_insert(struct clickhouse_batch *batch, const char *id);

/*! \brief Reads keys in ascending order. */
struct clickhouse_reader;

/*! \brief Opens a history. \return NULL when out of memory, or if the URL is invalid. */
struct clickhouse_reader *clickhouse_reader_open(const char *url);

/*! \brief Opens one shard of a history. \return The same as clickhouse_reader_open(). */
struct clickhouse_reader *clickhouse_reader_open_shard(const char *url, size_t shard);

/*! \brief Closes a reader; NULL is ignored. */
void clickhouse_reader_close(struct clickhouse_reader *reader);

/*!
 * \brief Starts to read the keys that begin with `prefix`, on all shards. Ends an earlier reading.
 *
 * \param from  The key at which the reading begins, if `from_size` is not 0. It need not exist.
 */
bool clickhouse_reader_seek(struct clickhouse_reader *reader, const uint8_t *prefix, size_t size,
                            const uint8_t *from, size_t from_size);

/*!
 * \brief Reads the next key and its value (rows/row.h), which are valid until the next call.
 *
 * \return False at the end, and after a failure (clickhouse_reader_failed()).
 */
bool clickhouse_reader_next(struct clickhouse_reader *reader, const uint8_t **key, size_t *key_size,
                            const uint8_t **value, size_t *value_size);

/*! \brief Whether a shard has failed, so that keys may be missing. */
bool clickhouse_reader_failed(const struct clickhouse_reader *reader);

/*! \brief Returns how many parts all tables have together, and how many octets these take on disk.
 */
bool clickhouse_reader_size(struct clickhouse_reader *reader, uint64_t *parts, uint64_t *octets);
