/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Folds disposable names: if a zone has more than HISTORY_FOLD_NAMES direct children that
 *        were seen once, their records become one row of the zone (HISTORY_KEY_FOLDED).
 *
 * A name was seen once if each of its records was seen once in the files that are merged. Once a
 * zone is folded, every further direct child of the zone that was seen once is folded, too. Two
 * sorts of names are never folded: direct children of the root, of a top-level domain or of another
 * public suffix, such as `co.uk`; and names with a record from a message that a rule might match
 * (`kept` in struct history_seen).
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
 * \brief Sets the sums of all zones to 0. From this call on, they count only the names that are
 *        then folded. Without this call, they include the names that history_fold_find() has found,
 *        and the names that were already folded in the files.
 */
void history_fold_restart(struct history_fold *fold);

/*! \brief Frees the zones; NULL is ignored. */
void history_fold_free(struct history_fold *fold);

/*! \brief Receives keys. `put` is called for each key that is not folded, and for each zone. It
 *         returns false to stop; it may be NULL if the caller does not need such keys. `folded` is
 *         called for each key that is folded. It returns false if the row must not be folded. */
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

/*! \brief Passes on the row of each zone that has folded names. Call it after all keys of the kinds
 *         before HISTORY_KEY_FOLDED were added or passed on. */
bool history_fold_put(struct history_fold *fold, const struct history_fold_target *target);
