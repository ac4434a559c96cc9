/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A set of rules in memory. It was read from Redis, or from the folder of `--state`, where a
 *        sensor stores the last set that it has accepted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/fleet/fleet_place.h"
#include "sensor/fleet/fleet_set.h"

/*! \brief The name of the file in the folder of `--state` that has the set. */
#define FLEET_FILE "pushed-rules"

/*! \brief In a bundle, the names of a set's files begin with this, so that messages do not confuse
 *         them with rule files of the sensor. */
#define FLEET_PREFIX "pushed/"

/*! \brief A set and its memory. There is no set if `set.head.version` is 0. */
struct fleet_copy {
	char *memory;
	struct fleet_set set; /*!< Views into the memory. */
};

void fleet_copy_free(struct fleet_copy *copy);

/*!
 * \brief Reads a set from Redis. Waits at most 10 s for Redis.
 *
 * \param target  The URL. The password in this text is overwritten.
 *
 * \return False on failure, which was logged. If Redis has no set, that is a failure, too.
 */
bool fleet_copy_from_redis(struct fleet_copy *copy, char *target);

/*!
 * \brief Reads the set in the folder of `--state`.
 *
 * The user of the sensor owns the folder, so the file is checked like a set from Redis, and a
 * symbolic link is not followed.
 *
 * \return False on failure, which was logged. If there is no set, that is not a failure.
 */
bool fleet_copy_from_state(struct fleet_copy *copy, const char *state);

/*!
 * \brief Replaces the set in the folder of `--state`. The new set is first written to the disk
 *        under another name, and then takes the place of the old one at once, by rename(2).
 *
 * \return 0 or a negative errno value.
 */
int fleet_copy_keep(const struct fleet_set *set, const char *state);

/*! \brief Adds the files of a set to a bundle (bundle.h), with FLEET_PREFIX. \return False on
 * failure, with errno set.
 */
bool fleet_copy_bundle(const struct fleet_set *set, int bundle);
