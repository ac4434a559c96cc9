/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The state of a connection. Private to redis.c (the pipeline), redis_open.c (the choice of
 *        the server, authentication) and redis_redirect.c.
 */
#pragma once

#include "sensor/redis/redis.h"
#include "sensor/redis/reply_bounds.h"
#include "sensor/redis/transport.h"

/*! \brief The largest number of ASKING commands in a pipeline. A few are enough: one for a
 * transaction, and one for each command outside it. */
#define REDIS_ASKING_MAX 32

struct redis {
	const struct redis_url *url;
	struct transport transport;
	redisReader *reader;
	size_t unanswered; /*!< The number of bytes that were read since the last complete reply. */
	struct reply_bounds bounds;
	char *out; /*!< The commands that were added and not sent yet. */
	size_t out_size;
	size_t out_room;
	char error[256]; /*!< The text that redis_error() returns. */

	size_t seed;           /*!< Index of the server in the URL that is tried first. */
	struct redis_place at; /*!< The server of the current or last connection. */
	/*! The server that a redirection named; its host is empty if there was no redirection. */
	struct redis_place moved;
	bool asking;   /*!< The hash slot is migrating, so that ASKING must precede commands. */
	bool in_multi; /*!< A transaction is open. One ASKING is sent for the whole transaction. */

	/*! Numbers of commands added, commands sent and replies read, ASKING included. */
	uint64_t added, sent, answered;
	/*! When `answered` has the first of these values, the next reply is one to ASKING. The
	 * caller does not get these replies. The values are in ascending order. */
	uint64_t asked[REDIS_ASKING_MAX];
	size_t asked_count;
};

/*! \brief Refuses a server that another server has named. \return TROUBLE_CONFIG. */
int redis_refuse_place(struct redis *redis, const struct redis_place *place, const char *why);

/*!
 * \brief Connects to a server and resets the parser of replies.
 *
 * \param only  One of these networks must contain the server's address; NULL: any address is
 *              accepted.
 *
 * \return 0 or enum trouble.
 */
int redis_connect(struct redis *redis, const struct redis_place *place,
                  const struct redis_networks *only);
