/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A batch: rows that are passed to a store as one sequence of octets. Each row is the size
 *        of its key (2 octets), the size of its value (1 octet), the key and the value. Of the
 *        keys that a row has in a file, it is the one that has a value.
 *
 * The octets of a batch are borrowed. They can come from another process, so history_batch_next()
 * checks them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/writer.h"
#include "history/rows/row.h"

/*! \brief Adds a row to the batch; if there is no room, the writer fails. */
void history_batch_add(struct writer *w, const uint8_t *key, size_t size,
                       const struct history_seen *seen);

/*!
 * \brief Reads the next row.
 *
 * \param key     Receives the row's key, a view into the batch.
 * \param record  Receives the row and its value, as read from the octets.
 *
 * \return 1: a row was read; 0: the batch has ended; -1: the octets are not a batch, or the row is
 *         invalid.
 */
int history_batch_next(struct cursor *c, const uint8_t **key, size_t *size,
                       struct history_record *record);
