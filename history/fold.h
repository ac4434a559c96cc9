/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Folds disposable names: if a zone has more than HISTORY_FOLD_NAMES direct children that
 *        were seen once, their records become one row of the zone (HISTORY_KEY_FOLDED).
 *
 * A name was seen once if each of its records was seen once in the files that are merged. Once a
 * zone is folded, every further name of it that was seen once is folded. Never folded are names
 * below a public suffix, such as `com` or `co.uk`, and names with a record of a message that a rule
 * might match (`kept` in struct history_seen).
 *
 * Limits: HISTORY_FOLD_ZONES zones; further zones are not folded. A name with more than
 * HISTORY_FOLD_ROWS records is not folded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/merged.h"
#include "history/rows/row.h"

#define HISTORY_FOLD_NAMES 4096
#define HISTORY_FOLD_ZONES 16384
#define HISTORY_FOLD_ROWS  8

struct history_fold;

/*! \brief Finds the zones to fold in files. \return NULL if there are none, or no memory. */
struct history_fold *history_fold_find(struct history_merged *merged);

/*!
 * \brief From now on the sums of the zones are those of the names that are folded since this call.
 *        Otherwise they include the names that were found, and those that were folded before.
 */
void history_fold_restart(struct history_fold *fold);

/*! \brief Frees the zones; NULL is ignored. */
void history_fold_free(struct history_fold *fold);

/*! \brief Receives keys. `put` is called for each key that is not folded, and for each zone; it
 * returns false to stop. NULL: such keys are not needed. `folded` is called for each key that is
 * folded; it returns false if the row must not be folded. */
struct history_fold_target {
	bool (*put)(void *ctx, const uint8_t *key, size_t size, const uint8_t *value,
	            size_t value_size);
	bool (*folded)(void *ctx, const uint8_t *key, size_t size, const struct history_seen *seen);
	void *ctx;
};

/*! \brief Adds a key of kind HISTORY_KEY_OWNER and its value. Keys must be added in ascending
 * order. */
bool history_fold_take(struct history_fold *fold, const struct history_fold_target *target,
                       const uint8_t *key, size_t size, const uint8_t *value, size_t value_size);

/*! \brief Passes on the rows of the last name that was added. */
bool history_fold_flush(struct history_fold *fold, const struct history_fold_target *target);

/*! \brief Passes on the rows of all zones that have names. Call it after all keys of smaller kinds.
 */
bool history_fold_put(struct history_fold *fold, const struct history_fold_target *target);
