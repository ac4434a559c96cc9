/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rules of a live capture that come from Redis (fleet.h). This module judges each new
 *        set, and finds out when all workers use it.
 */
#pragma once

#include <stdbool.h>

#include "sensor/options/options.h"
#include "sensor/redis/redis_url.h"

struct pushed_rules;
struct worker_group;

/*! \brief Checks the URL in --rules, if there is one. \return False on a mistake, which was logged.
 */
bool pushed_rules_check(const struct options *options);

/*! \brief The functions that drop the rights of a new process. The process with the connection to
 *         Redis calls `link`, and the process that judges a set of rules calls `judge`. */
struct pushed_rules_confine {
	bool (*link)(void), (*judge)(void);
};

/*!
 * \brief Prepares to follow the rules of the URL in --rules, and overwrites the password in this
 *        URL. Without a URL the call does nothing.
 *
 * \return False on failure, which was logged.
 */
bool pushed_rules_open(struct worker_group *group, const struct pushed_rules_confine *confine);

/*!
 * \brief Starts the process that follows Redis again if it has ended, has a new set judged, and
 *        reports to Redis when all workers use it. Call it several times a second. NULL is allowed.
 *
 * \return True if all workers must reload their rules now.
 */
bool pushed_rules_maintain(struct pushed_rules *pushed);

/*! \brief In a child: wipes the password, unless `keep` is the URL that contains it. `pushed` may
 *         be NULL. */
void pushed_rules_forget(struct pushed_rules *pushed, const struct redis_url *keep);
/*! \brief In a child: closes the descriptors. NULL is allowed. */
void pushed_rules_leave(struct pushed_rules *pushed);

/*! \brief Ends the processes, and frees the object. NULL is allowed. */
void pushed_rules_stop(struct pushed_rules *pushed);
