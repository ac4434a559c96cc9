/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The state of a connection. Only redis.c (the pipeline) and redis_open.c (choice of the
 *        server, authentication) may include it.
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
	size_t unanswered; /*!< Bytes read since the last whole reply. */
	struct reply_bounds bounds;
	char *out; /*!< Commands that were added and not sent. */
	size_t out_size;
	size_t out_room;
	char error[256]; /*!< Text for redis_error(). */

	size_t seed;              /*!< Index of the place in the URL to try first. */
	struct redis_place at;    /*!< The server of the current or last connection. */
	struct redis_place moved; /*!< The server that a redirection named; host "": none. */
	bool asking;   /*!< The hash slot is migrating, so that ASKING must precede commands. */
	bool in_multi; /*!< In a transaction, for all of which one ASKING was sent. */

	/*! Numbers of commands added, commands sent and replies read, ASKING included. */
	uint64_t added, sent, answered;
	uint64_t asked[REDIS_ASKING_MAX]; /*!< Numbers of the replies to ASKING, which the caller
	                                     does not get; in order. */
	size_t asked_count;
};

/*! \brief Refuses a server that another one has named. \return TROUBLE_CONFIG. */
int redis_refuse_place(struct redis *redis, const struct redis_place *place, const char *why);

/*!
 * \brief Connects to a server and resets the parser of replies.
 *
 * \param only  The networks in which the server's address must be; NULL: any.
 *
 * \return 0 or enum trouble.
 */
int redis_connect(struct redis *redis, const struct redis_place *place,
                  const struct redis_networks *only);
