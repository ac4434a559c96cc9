/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A table of the rows that a worker has seen since it last passed on a batch.
 *
 * When a row is seen again, only its value changes. When the table is full, or when the caller
 * calls history_table_flush(), all rows are passed on as one batch, and the table is then empty. If
 * the sink has no room, the rows stay; further rows are dropped while the table is full.
 *
 * Each row has a place: a number greater than 0. A caller that remembers the place (repeats.h) can
 * find the row again. All places become invalid when rows are passed on; the table then also
 * empties its memory of messages.
 *
 * Limits: HISTORY_TABLE_ROWS rows, which together have at most HISTORY_TABLE_OCTETS octets. All
 * memory, 26 MiB, is allocated by history_table_new(). Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/repeats.h"
#include "history/rows/row.h"

#define HISTORY_TABLE_OCTETS ((size_t)16 << 20)
#define HISTORY_TABLE_ROWS   98304

/*! \brief The octets that a row has in a batch besides its key: both sizes and the value. */
#define HISTORY_BATCH_OVERHEAD (3 + HISTORY_VALUE_MAX)
/*! \brief The largest batch of a table, in octets: 21 MiB. */
#define HISTORY_BATCH_MAX (HISTORY_TABLE_OCTETS + HISTORY_TABLE_ROWS * HISTORY_BATCH_OVERHEAD)

struct history_table;

/*! \brief Where a table writes its batches. */
struct history_sink {
	/*! Returns room for HISTORY_BATCH_MAX octets; NULL: there is no room at the moment. */
	uint8_t *(*room)(void *ctx);
	/*! Takes the batch of `rows` rows that was written to the room. */
	void (*put)(void *ctx, size_t size, size_t rows);
	void *ctx;
};

/*! \brief Creates a table. \return NULL when out of memory. */
struct history_table *history_table_new(const struct history_sink *sink);

/*! \brief Frees a table without passing rows on; NULL is ignored. */
void history_table_free(struct history_table *table);

/*! \brief Adds sightings of a row. `key` is its key that has a value; if `size` is 0, the row is
 * counted as dropped. \return The place of the row; 0: it was dropped. */
uint32_t history_table_add(struct history_table *table, const uint8_t *key, size_t size,
                           const struct history_seen *seen);

/*!
 * \brief Adds one sighting of a record.
 *
 * \param time_s  Packet time, in seconds since 1970 UTC.
 * \param kept    True: the record must never be folded (history/fold.h).
 *
 * \return The place of the row; 0: it was dropped.
 */
uint32_t history_table_see(struct history_table *table, const struct history_row *row,
                           uint64_t time_s, uint32_t ttl, bool kept);

/*! \brief Adds that a record was sent to a client. \return The place of the row; 0: it was
 *         dropped. */
uint32_t history_table_see_client(struct history_table *table, const struct history_row *row,
                                  const struct in6_addr *client, uint64_t time_s, uint32_t ttl);

/*! \brief Adds one sighting of the row at a place. The parameters are those of
 *         history_table_see(). */
void history_table_again(struct history_table *table, uint32_t place, uint64_t time_s, uint32_t ttl,
                         bool kept);

/*! \brief Returns the place of a record's row; 0: there is no such row. If `client` is not NULL,
 *         returns the place of the row of this record and this client instead. */
uint32_t history_table_find(const struct history_table *table, const struct history_row *row,
                            const struct in6_addr *client);

/*! \brief Returns a number that changes when the table is emptied, and with it all places. */
uint32_t history_table_generation(const struct history_table *table);

/*! \brief Returns the memory of messages whose rows are in the table. */
struct history_repeats *history_table_repeats(struct history_table *table);

/*! \brief Counts a row that cannot be kept, because its data are invalid or too large. */
void history_table_drop(struct history_table *table);

/*! \brief Passes on all rows as one batch and empties the table. \return False if the sink has no
 *         room; the rows are then still in the table. */
bool history_table_flush(struct history_table *table);

/*! \brief Returns the number of rows in the table. */
size_t history_table_rows(const struct history_table *table);

/*!
 * \brief Returns the number of sightings that were dropped (history_table_drop()) or for which
 *        there was no room.
 */
uint64_t history_table_dropped(const struct history_table *table);
