/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Sends rows of the history to the outputs that have `rows=` in their URL.
 *
 * A row that is new in this hour is sent at once. Its further sightings are summed up, and the sums
 * are sent at the end of the hour or of the program. A row that is seen all the time is thus sent
 * twice an hour.
 *
 * Rows are sent in records of the kind RECORD_ROWS, which outputs deliver exactly once, like hits.
 * The text of a record is `BATCH SENSOR`, a line feed, and a batch (history/rows/batch.h). BATCH is
 * a number that no other record has, so that an importer inserts each batch once.
 *
 * Limits: After 196,608 rows, the hour ends early. An object uses 42 MiB of memory. Not
 * thread-safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/outputs/outputs.h"

struct rows_output;

/*! \brief Creates an object; `outputs` and `sensor` are borrowed. \return NULL when out of memory.
 */
struct rows_output *rows_output_new(struct outputs *outputs, const char *sensor);

/*! \brief Sends the sums that are left, and frees everything. NULL is ignored. */
void rows_output_close(struct rows_output *rows);

/*! \brief Takes a batch, whose octets are borrowed. `now_ns` is the monotonic time. */
void rows_output_take(struct rows_output *rows, const uint8_t *batch, size_t size, int64_t now_ns);
