/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rows that a worker has seen since it last passed rows on.
 *
 * A row that is seen again only changes its value. When the table is full, or when the caller asks
 * for it, all rows are passed on as one batch, and the table is empty again: it never drops a row.
 *
 * Limits: HISTORY_TABLE_OCTETS of rows and HISTORY_TABLE_ROWS rows, allocated at the start, 17 MiB.
 * Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/row.h"

#define HISTORY_TABLE_OCTETS ((size_t)16 << 20)
#define HISTORY_TABLE_ROWS   98304

struct history_table;

/*! \brief Takes a batch, which is borrowed. */
typedef void (*history_flush_t)(void *ctx, const uint8_t *batch, size_t size, size_t rows);

/*! \brief Creates a table. \return NULL when out of memory. */
struct history_table *history_table_new(history_flush_t flush, void *ctx);

/*! \brief Frees a table without passing rows on; NULL is ignored. */
void history_table_free(struct history_table *table);

/*! \brief Adds one sighting of a row. `time_s` is the packet time, in seconds since 1970 UTC. */
void history_table_see(struct history_table *table, const struct history_row *row, uint64_t time_s,
                       uint32_t ttl);

/*! \brief Counts a row that cannot be kept, because its data are invalid or too large. */
void history_table_drop(struct history_table *table);

/*! \brief Passes all rows on. */
void history_table_flush(struct history_table *table);

/*! \brief Returns the rows that were dropped, and those for which there was no memory. */
uint64_t history_table_dropped(const struct history_table *table);
