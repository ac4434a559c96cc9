/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Decides whether a hunt looks up the indicators of the rules, or reads all rows, and makes
 *        the keys that are looked up.
 *
 * Each indicator has a few keys. Only the rows with these keys are then read and matched. Names
 * that imitate protected names have no key, so all rows are read if there is a `protect` rule.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/lookup.h"
#include "rules/ruleset/ruleset.h"

/*!
 * \brief Adds the key of the records whose owner is a name. If `exact` is false, the key also
 *        includes the records of the names below it.
 * \return False when out of memory.
 */
bool hunt_key_by_owner(struct history_lookup *lookup, const uint8_t *name, size_t size, bool exact);

enum hunt_way {
	HUNT_LOOK_UP,
	HUNT_READ_ALL, /*!< A rule has no key, or there are more than `most` keys. */
	HUNT_NO_MEMORY,
};

/*! \brief Makes the keys of all rules. */
enum hunt_way hunt_keys_make(const struct ruleset *rules, size_t most,
                             struct history_lookup *lookup);
