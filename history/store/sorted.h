/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Sorts all keys of a batch. Each row has one key with a value, which is in the batch, and
 * can have keys without a value (history_key_write_other()).
 *
 * Ownership: the batch is borrowed; history_sorted_free() frees all other memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "history/rows/row.h"

struct history_sorted {
	struct history_sorted_key *keys;
	size_t count, room;
	size_t at;            /*!< Index of the next key. */
	struct writer memory; /*!< Holds the keys without a value. */
	uint8_t value[HISTORY_VALUE_MAX];
};

/*!
 * \brief Reads and sorts a batch. Call history_sorted_free() in all cases. \return 0, -ENOMEM, or
 *        -EBADMSG if the octets are not a batch.
 */
int history_sorted_init(struct history_sorted *sorted, const uint8_t *batch, size_t size);

void history_sorted_free(struct history_sorted *sorted);

/*!
 * \brief Reads the next key; rows with equal keys are merged.
 *
 * \param value  Receives the value, which is valid until the next call. Its size is 0 for a key
 * that has none.
 *
 * \return False at the end.
 */
bool history_sorted_next(struct history_sorted *sorted, const uint8_t **key, size_t *size,
                         const uint8_t **value, size_t *value_size);
