/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Shared by redis.c (the pipeline) and redis_open.c (choice of the server,
 *        authentication) only.
 */
#pragma once

#include "sensor/redis/redis.h"
#include "sensor/redis/reply_bounds.h"
#include "sensor/redis/transport.h"

/*! \brief ASKING precedes a transaction and the commands around it: a few a pipeline. */
#define REDIS_ASKING_MAX 32

struct redis {
	const struct redis_url *url;
	struct transport transport;
	redisReader *reader;
	size_t unanswered; /*!< Bytes read since the last reply. */
	struct reply_bounds bounds;
	char *out;
	size_t out_size;
	size_t out_room;
	char error[256];

	size_t seed;              /*!< The place that is tried first. */
	struct redis_place at;    /*!< The server that we are, or were, connected to. */
	struct redis_place moved; /*!< The target of a redirection; host "": none. */
	bool asking;              /*!< The slot is migrating: each command needs ASKING. */
	bool in_multi;            /*!< ASKING was sent for the whole transaction. */

	/*! Replies to ASKING are not given to the caller: their numbers, in order. */
	uint64_t added, sent, answered;
	uint64_t asked[REDIS_ASKING_MAX];
	size_t asked_count;
};

/*! \brief Refuses a server that another one has named. \return TROUBLE_CONFIG. */
int redis_refuse_place(struct redis *redis, const struct redis_place *place, const char *why);

/*!
 * \brief Connects to a place and resets the reader of replies.
 *
 * \param only  NULL, or the networks in which its address must be.
 */
int redis_connect(struct redis *redis, const struct redis_place *place,
                  const struct redis_networks *only);
