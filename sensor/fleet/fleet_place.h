/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The place of a set of rules in Redis: the URL of `rules = redis://...`, and the keys.
 *
 * The option `key=` of the URL names the key of the set, so that groups of sensors can have sets of
 * their own; the default is FLEET_KEY. The other keys are named after it:
 *
 *     KEY           string: the set (fleet_set.h)
 *     KEY:news      stream with one entry: the version; it wakes sensors that wait for it
 *     KEY:sensors   hash: for each sensor, what it did with the set (fleet_report.h)
 *
 * In a cluster, all three keys must be in one hash slot, so a KEY without braces is written
 * `{KEY}`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/redis/redis_url.h"

#define FLEET_KEY     "nsmx:rules"
#define FLEET_KEY_MAX 544

struct fleet_place {
	struct redis_url url;
	char set[FLEET_KEY_MAX], news[FLEET_KEY_MAX], sensors[FLEET_KEY_MAX];
};

/*!
 * \brief Parses a URL. `place` then has copies of the password; redis_url_forget() wipes them.
 *
 * \return False on failure: `error` then has one line that describes the mistake, without the
 *         password.
 */
bool fleet_place_parse(struct fleet_place *place, const char *target, char *error,
                       size_t error_size);
