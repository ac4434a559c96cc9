/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Decides whether a hunt looks up the indicators of the rules or reads all rows. For
 *        look-ups, it also makes the keys.
 *
 * Each indicator has a few keys. In a look-up, only the rows with these keys are read and matched.
 * Names that imitate protected names have no key, so all rows are read if there is a `protect`
 * rule.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/lookup.h"
#include "rules/ruleset/ruleset.h"

/*!
 * \brief Adds the key of the records whose owner is `name`. If `exact` is false, the key also
 *        includes the records of the names below `name`.
 * \return False when out of memory.
 */
bool hunt_key_by_owner(struct history_lookup *lookup, const uint8_t *name, size_t size, bool exact);

enum hunt_way {
	HUNT_LOOK_UP,
	HUNT_READ_ALL, /*!< A rule has no key, or there are more than `most` keys. */
	HUNT_NO_MEMORY,
};

/*! \brief Makes the keys of all rules, but stops when there are more than `most`. */
enum hunt_way hunt_keys_make(const struct ruleset *rules, size_t most,
                             struct history_lookup *lookup);
