/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The commands for a set of rules in Redis. All functions return 0, or a value of enum
 *        trouble if they fail; redis_error() then has the reason.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "sensor/fleet/fleet_place.h"
#include "sensor/fleet/fleet_set.h"
#include "sensor/redis/redis.h"

/*! \brief The first FLEET_HEAD_MAX octets of the set in Redis, or fewer if it is shorter. They
 *         include its first line (fleet_set.h), so two sets with the same mark are equal. */
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
 * \brief Opens the connection if it is closed, and calls `step`. If a node of a cluster redirects
 *        to another node, connects to that node and calls `step` again.
 */
int fleet_do(const struct fleet_link *link, int (*step)(const struct fleet_link *link, void *ctx),
             void *ctx);

/*! \brief Reads the mark of the set. */
int fleet_peek(const struct fleet_link *link, struct fleet_mark *mark);

/*!
 * \brief Reads the set, and does not check it. Reads at most FLEET_SET_MAX + 1 octets, so that the
 *        caller can recognise a set that is too large.
 *
 * \param reply  Receives the set as a string, which the caller frees with freeReplyObject().
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
 * Version and set are replaced in one transaction. If another pusher was faster, the transaction is
 * repeated with the version after that of the other set. So of two sets, the one that was pushed
 * last has the larger version.
 *
 * \param files  The files of the set, as fleet_set_add() has written them.
 * \param head   Receives the first line of the new set.
 */
int fleet_push(const struct fleet_link *link, const struct writer *files, struct fleet_head *head);

/*! \brief Stores the report of a sensor. */
int fleet_send_report(const struct fleet_link *link, const char *sensor, const char *report);

/*! \brief Reads the reports of all sensors: an array in which each name is followed by its
 *         report. */
int fleet_read_reports(const struct fleet_link *link, redisReply **reply);

/*! \brief Removes the report of a sensor. */
int fleet_remove_report(const struct fleet_link *link, const char *name, size_t size);
