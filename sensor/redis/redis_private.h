/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What redis.c (the pipeline) and redis_open.c (which server, and the
 *        first words with it) share, and nobody else sees.
 */
#pragma once

#include "sensor/redis/redis.h"
#include "sensor/redis/transport.h"

/*! \brief ASKING goes before a transaction and what stands around it: a few a pipeline. */
#define REDIS_ASKING_MAX 32

struct redis {
	const struct redis_url *url;
	struct transport transport;
	redisReader *reader;
	size_t unanswered; /*!< Bytes read since the last reply. */
	char *out;
	size_t out_size;
	size_t out_room;
	char error[256];

	size_t seed;              /*!< Which of the named places comes first. */
	struct redis_place at;    /*!< The server that we are, or were, connected to. */
	struct redis_place moved; /*!< Where a cluster has sent us; host "" is nowhere. */
	bool asking;              /*!< It is a slot on its way: each command needs ASKING. */
	bool in_multi;            /*!< Then ASKING was said once for all. */

	/*! Replies to ASKING are not the caller's: their numbers, in order. */
	uint64_t added, sent, answered;
	uint64_t asked[REDIS_ASKING_MAX];
	size_t asked_count;
};

/*! \brief Connects the link to a place, and makes ready for replies. */
int redis_connect(struct redis *redis, const struct redis_place *place);
