/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief All keys of a batch in order: each row by its owner, with its value, and by its data.
 *
 * Ownership: the batch is borrowed; history_sorted_free() frees the rest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "history/row.h"

struct history_sorted {
	struct history_sorted_key *keys;
	size_t count, room;
	size_t at;            /*!< The next one. */
	struct writer memory; /*!< Keys by data. */
	uint8_t value[HISTORY_VALUE_MAX];
};

/*! \brief Reads a batch. \return 0, -ENOMEM, or -EBADMSG: it is no batch. Free it in all cases. */
int history_sorted_init(struct history_sorted *sorted, const uint8_t *batch, size_t size);

void history_sorted_free(struct history_sorted *sorted);

/*!
 * \brief Returns the next key; rows with equal keys are one.
 *
 * \param value  Receives the value, which lives until the next call. Its size is 0 for a key by
 * data.
 *
 * \return False at the end.
 */
bool history_sorted_next(struct history_sorted *sorted, const uint8_t **key, size_t *size,
                         const uint8_t **value, size_t *value_size);
