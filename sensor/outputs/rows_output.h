/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Sends rows of the history to the outputs that have `rows=` in their URL.
 *
 * A row that is new in this hour is sent at once. Further sightings are summed up, and the sums are
 * sent after an hour and at the end. So a row that is seen all the time is sent twice an hour.
 *
 * Rows are sent in records of the kind RECORD_ROWS, which outputs deliver exactly once, like hits.
 * The text of a record is `BATCH SENSOR`, a line feed, and a batch (history/rows/batch.h). BATCH is
 * a number that no other record has, so that an importer can recognise it.
 *
 * Limits: 196,608 rows in an hour, then the hour ends; 41 MiB of memory. Not thread-safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/outputs/outputs.h"

struct rows_output;

/*! \brief Starts; `outputs` and `sensor` are borrowed. \return NULL when out of memory. */
struct rows_output *rows_output_new(struct outputs *outputs, const char *sensor);

/*! \brief Sends the sums that are left, and frees everything. NULL is ignored. */
void rows_output_close(struct rows_output *rows);

/*! \brief Takes a batch, whose octets are borrowed. `now_ns` is monotonic. */
void rows_output_take(struct rows_output *rows, const uint8_t *batch, size_t size, int64_t now_ns);
