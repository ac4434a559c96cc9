/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Removes rows of a history in ClickHouse: those that are too old, those of persons, and
 *        disposable names (history/fold.h), as the writer of a folder does.
 *
 * Each function can be called again after an interruption; no row is then counted twice. Importers
 * may add rows at the same time. Failures are logged.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/store/filter.h"

#define CLICKHOUSE_FOLD_MAX ((size_t)64 << 20)

/*!
 * \brief Deletes the rows whose last sighting was before the limit of their class, and waits until
 *        the servers have done so, or until the work is given up (history/child.h).
 *
 * \param limits  Seconds since 1970 UTC; 0: rows of the class are kept.
 */
bool clickhouse_tidy_ages(const char *url, const uint64_t limits[HISTORY_CLASSES]);

/*!
 * \brief Replaces disposable names by rows of their zones.
 *
 * All records are read: once to find the zones, and, if there are any, once more for each batch. A
 * batch has at most CLICKHOUSE_FOLD_MAX octets, and is for one shard. It cancels names and counts
 * them for their zones, so a shard does both or neither.
 *
 * \param names  Receives the number of names that were folded.
 */
bool clickhouse_tidy_names(const char *url, uint64_t *names);

/*!
 * \brief Deletes the rows of single mails to and from mailboxes or from clients, and all other rows
 *        of these clients. Waits as clickhouse_tidy_ages() does.
 *
 * \param rows  Receives the number of deleted rows.
 */
bool clickhouse_tidy_persons(const char *url, const struct history_person *persons, size_t count,
                             uint64_t *rows);
