/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rules of a live capture that come from Redis (fleet.h): how they are judged, and when
 *        all workers have them.
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

/*! \brief What a process does first that has a connection to Redis, or that compiles rules. */
struct pushed_rules_confine {
	bool (*link)(void), (*judge)(void);
};

/*!
 * \brief Prepares to follow the rules of the URL in --rules, whose password is overwritten there.
 *        Without a URL the call does nothing.
 *
 * \return False on failure, which was logged.
 */
bool pushed_rules_open(struct worker_group *group, const struct pushed_rules_confine *confine);

/*!
 * \brief Does what is due. Call it several times a second. NULL is allowed.
 *
 * \return True if all workers must reload their rules now.
 */
bool pushed_rules_maintain(struct pushed_rules *pushed);

/*! \brief In a child: wipes the password, unless it is that of `keep`. NULL is allowed. */
void pushed_rules_forget(struct pushed_rules *pushed, const struct redis_url *keep);
/*! \brief In a child: closes the descriptors. NULL is allowed. */
void pushed_rules_leave(struct pushed_rules *pushed);

/*! \brief Ends the processes, and frees the object. NULL is allowed. */
void pushed_rules_stop(struct pushed_rules *pushed);
