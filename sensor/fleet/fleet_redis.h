/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The commands for a set of rules in Redis. All return 0 or enum trouble; redis_error() then
 *        has the reason.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "sensor/fleet/fleet_place.h"
#include "sensor/fleet/fleet_set.h"
#include "sensor/redis/redis.h"

/*! \brief The beginning of what the key of the set has. Two sets with the same mark are equal. */
struct fleet_mark {
	char octets[FLEET_HEAD_MAX];
	size_t size; /*!< 0: there is no set. */
};

/*! \brief A connection and the place of the set. */
struct fleet_link {
	const struct fleet_place *place;
	struct redis *redis;
};

/*!
 * \brief Opens the connection if it is closed, calls `step`, and follows redirections of a cluster,
 *        after which `step` is called again.
 */
int fleet_do(const struct fleet_link *link, int (*step)(const struct fleet_link *link, void *ctx),
             void *ctx);

/*! \brief Reads the mark of the set. */
int fleet_peek(const struct fleet_link *link, struct fleet_mark *mark);

/*!
 * \brief Reads what the key of the set has: at most FLEET_SET_MAX octets, and one more if there are
 *        more. Nothing was checked.
 *
 * \param reply  Receives a string, which the caller frees with freeReplyObject().
 */
int fleet_fetch(const struct fleet_link *link, redisReply **reply);

/*!
 * \brief Waits at most FLEET_NEWS_MS for the next set. A set that was pushed before the call may go
 *        unnoticed, so call fleet_peek() after it in any case.
 */
int fleet_wait(const struct fleet_link *link);
#define FLEET_NEWS_MS 2000

/*!
 * \brief Replaces the set by one with the next version.
 *
 * Version and set are exchanged in one transaction, which is repeated if another pusher was faster:
 * the set whose transaction is executed last has the largest version.
 *
 * \param files  Written by fleet_set_add().
 * \param head   Receives the first line of the new set.
 */
int fleet_push(const struct fleet_link *link, const struct writer *files, struct fleet_head *head);

/*! \brief Stores the report of a sensor. */
int fleet_send_report(const struct fleet_link *link, const char *sensor, const char *report);

/*! \brief Reads the reports of all sensors: an array of names and reports in turn. */
int fleet_read_reports(const struct fleet_link *link, redisReply **reply);

/*! \brief Removes the report of a sensor. */
int fleet_remove_report(const struct fleet_link *link, const char *name, size_t size);
