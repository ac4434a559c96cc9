/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Rows on their way to a store, as octets: each row is its key by owner and its value, with
 *        their sizes.
 *
 * A batch is borrowed. It can come from another process: history_batch_next() checks its octets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/writer.h"
#include "history/row.h"

/*! \brief Adds a row; the writer fails when there is no room. */
void history_batch_add(struct writer *w, const uint8_t *key, size_t size,
                       const struct history_seen *seen);

/*!
 * \brief Reads the next row.
 *
 * \param key     Receives its key by owner, a view.
 * \param record  Receives what the key and the value say.
 *
 * \return 1: there was a row; 0: the end; -1: the octets are no batch, or the row is no row.
 */
int history_batch_next(struct cursor *c, const uint8_t **key, size_t *size,
                       struct history_record *record);
