/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Adds batches to a history in ClickHouse.
 *
 * The number of a batch from a file or folder is a hash of its octets and of the names of its
 * sensors. An interrupted import can therefore be repeated, and no row counts twice.
 *
 * Failures are logged. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/folder.h"
#include "history/import/import.h"

struct clickhouse_target;

/*! \brief Opens a history; creates its tables where they do not exist. \return NULL on failure. */
struct clickhouse_target *clickhouse_target_open(const char *url);

/*! \brief Closes a target; NULL is ignored. */
void clickhouse_target_close(struct clickhouse_target *target);

/*! \brief Returns the functions by which an import adds batches. */
struct history_target clickhouse_target_of(struct clickhouse_target *target);

/*!
 * \brief Adds a batch.
 *
 * \param id  The number of the batch (clickhouse_rows.h); NULL: a hash of the batch.
 *
 * \return False if the octets are not a batch, or if the batch could not be inserted; it can then
 * be added again.
 */
bool clickhouse_target_add(struct clickhouse_target *target, const uint8_t *batch, size_t size,
                           const char *id);

/*! \brief Returns whether these octets are a batch with at least one row. */
bool clickhouse_target_is_batch(const uint8_t *batch, size_t size);

/*! \brief Adds all rows of a folder. */
bool clickhouse_target_add_folder(struct clickhouse_target *target, struct history_folder *folder);
