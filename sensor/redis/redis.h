/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One connection to a Redis server: commands in a pipeline, replies in
 *        order.
 *
 * hiredis formats commands and parses replies (RESP); transport.h carries the bytes,
 * with or without TLS. Calls block, with the time-outs of transport.h.
 *
 * In a cluster, the server is the node that the last redirection named while it is
 * reachable, else one of those in the URL. ASKING is sent, and its reply is consumed,
 * without the caller. With sentinels, the server is the master that the first sentinel
 * to answer names, if its ROLE confirms it.
 *
 * Use: `redis_open()`, some `redis_add()`, `redis_send()`, then `redis_reply()`
 * for each command. After TROUBLE_LINK the connection is closed; commands without a
 * reply may or may not have been executed.
 *
 * Limits: a reply of at most REDIS_REPLY_MAX bytes, and as in reply_bounds.h. The caller bounds the
 * pipeline.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include "sensor/redis/redis_url.h"

#define REDIS_REPLY_MAX ((size_t)8 << 20)

/*! \brief Classes of errors by their remedy. 0 is success. */
enum trouble {
	TROUBLE_LINK = -1,   /*!< Unreachable, broken, or not RESP: connect again. */
	TROUBLE_WAIT = -2,   /*!< The server asks to try later (-LOADING, -OOM, ...). */
	TROUBLE_CONFIG = -3, /*!< An error of configuration: trying again is useless. */
	TROUBLE_MEMORY = -4, /*!< Out of memory here. */
	TROUBLE_RACE = -5,   /*!< Another connection has changed the position: read it again. */
	TROUBLE_MOVED = -6,  /*!< Another node of the cluster has the keys: open again, at once. */
};

struct redis;

/*! \brief A connection to `url` (borrowed), not yet opened. NULL: no memory. */
struct redis *redis_new(const struct redis_url *url);
void redis_free(struct redis *redis);

/*!
 * \brief Finds the server, connects, authenticates and selects the database.
 *
 * \return 0 or enum trouble; then the connection is closed and `redis_error()` has the reason.
 */
int redis_open(struct redis *redis);
void redis_close(struct redis *redis);
bool redis_is_open(const struct redis *redis);

/*! \brief Sets the CLOCK_MONOTONIC time at which every wait ends; 0: no deadline. */
void redis_set_deadline(struct redis *redis, int64_t deadline_ns);

/*! \brief Once the pipe `fd` has ended, no wait takes longer than `grace_ns` in all. */
void redis_set_hangup(struct redis *redis, int fd, int64_t grace_ns);

/*! \brief The time at which a wait noticed that end (CLOCK_MONOTONIC); 0: not yet. */
int64_t redis_hung_up_ns(const struct redis *redis);

/*!
 * \brief Adds a command to the pipeline.
 *
 * \param sizes  Sizes of the arguments; NULL when all are terminated by NUL.
 */
int redis_add(struct redis *redis, int argc, const char **argv, const size_t *sizes);

/*! \brief Drops the commands that were added and not sent. */
void redis_discard(struct redis *redis);

/*! \brief Bytes of the commands that were added and not sent. */
size_t redis_pending(const struct redis *redis);

/*! \brief Sends the pipeline; more may be sent before the first reply is read. */
int redis_send(struct redis *redis);

/*!
 * \brief Waits for the next reply, which may be an error reply.
 *
 * \param out  Receives it; to be freed with `freeReplyObject()`.
 */
int redis_reply(struct redis *redis, redisReply **out);

/*! \brief Classifies a reply: 0, or enum trouble for an error, which `redis_error()` keeps. */
int redis_judge(struct redis *redis, const redisReply *reply);

/*! \brief `redis_reply()` and `redis_judge()` for a reply without useful content. */
int redis_expect_ok(struct redis *redis);

/*!
 * \brief One command of NUL-terminated words, and its reply.
 *
 * \param out  Receives it unless it is an error; to be freed with `freeReplyObject()`.
 *
 * \return 0 or enum trouble.
 */
int redis_ask(struct redis *redis, int argc, const char **argv, redisReply **out);

/*! \brief Keeps the reason of an error; returns `trouble`. */
int redis_fail(struct redis *redis, enum trouble trouble, const char *why);

/*! \brief The last error, human-readable. */
const char *redis_error(const struct redis *redis);
