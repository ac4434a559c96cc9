/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Deletes rows of a history in ClickHouse.
 *
 * The servers delete in the background (ALTER TABLE DELETE), also after they were restarted. A
 * deletion that is repeated changes nothing. Failures are logged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/clickhouse/clickhouse_url.h"
#include "history/rows/row.h"

/*! \brief The greatest size of all keys that clickhouse_delete_keys() deletes at once. */
#define CLICKHOUSE_DELETE_MAX ((size_t)256 << 10)

/*!
 * \brief Starts to delete the rows of some kinds. Each shard deletes the rows whose last sighting
 *        on this shard was before a time.
 *
 * \param kinds   The kinds of all keys that these rows have.
 * \param time_s  Seconds since 1970 UTC.
 */
bool clickhouse_delete_older(const struct clickhouse_url *url, const uint8_t *kinds, size_t count,
                             uint64_t time_s);

/*! \brief Starts to delete the rows that were cancelled (clickhouse_batch_cancel()), if the server
 *         has merged them with their cancellations; the others are deleted by a later call. */
bool clickhouse_delete_cancelled(const struct clickhouse_url *url);

/*!
 * \brief Starts to delete keys.
 *
 * \param keys  Each with its size (2 octets, big-endian) before it; at most CLICKHOUSE_DELETE_MAX
 *              octets.
 */
bool clickhouse_delete_keys(const struct clickhouse_url *url, const uint8_t *keys, size_t size);

/*! \brief Counts the deletions that the servers have not completed. \return False on failure. */
bool clickhouse_deletions(const struct clickhouse_url *url, uint64_t *count);
