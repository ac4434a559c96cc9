/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Selects the newest of many rows, up to a given number.
 *
 * Limits: it uses memory for at most twice that number of rows. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "history/rows/row.h"

struct history_selection {
	struct history_selected *items;
	size_t count, room;
	size_t limit;
	uint64_t left_out; /*!< The number of older rows, which were discarded. */
};

/*! \brief Starts an empty selection of at most `limit` rows, at least 1. */
void history_selection_init(struct history_selection *selection, size_t limit);

void history_selection_free(struct history_selection *selection);

/*! \brief Adds a row. `key` is that key of the row that has a value. \return False when out of
 *         memory. */
bool history_selection_add(struct history_selection *selection, const uint8_t *key, size_t size,
                           const struct history_seen *seen);

/*!
 * \brief Writes the rows as a batch: those that were seen last come first; rows with equal times
 *        are sorted by key.
 */
void history_selection_write(struct history_selection *selection, struct writer *batch);
