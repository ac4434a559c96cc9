/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One connection to a Redis server: commands in a pipeline, replies in
 *        order.
 *
 * RESP is hiredis' (formatter and reader), the bytes go through `link`, so that
 * TLS can take its place. Blocking, with the time-outs of `link`.
 *
 * Of a cluster, the server is the node that the last redirection named, as long
 * as it can be reached, else one of those in the URL; ASKING is said, and its
 * reply taken, unseen. Behind sentinels, it is the master that the first of them
 * to answer names, if it says itself that it is one.
 *
 * Use: `redis_open()`, some `redis_add()`, `redis_send()`, then `redis_reply()`
 * for each command. After TROUBLE_LINK the connection is closed; what was added
 * and not answered may or may not have been done.
 *
 * Limits: a reply of at most REDIS_REPLY_MAX bytes. The pipeline grows with
 * what is added: the caller bounds it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include "sensor/redis/redis_url.h"

#define REDIS_REPLY_MAX ((size_t)8 << 20)

/*! \brief What went wrong, and so what to do. 0 is nothing. */
enum trouble {
	TROUBLE_LINK = -1,   /*!< Unreachable, broken, or not RESP: connect again. */
	TROUBLE_WAIT = -2,   /*!< The server asks to try later (-LOADING, -OOM, ...). */
	TROUBLE_CONFIG = -3, /*!< It will not work until somebody changes something. */
	TROUBLE_MEMORY = -4, /*!< Out of memory here. */
	TROUBLE_RACE = -5,   /*!< Another connection has moved the position: look again. */
	TROUBLE_MOVED = -6,  /*!< Another node of the cluster has the keys: open again, at once. */
};

struct redis;

/*! \brief A connection to `url` (borrowed), not yet opened. NULL: no memory. */
struct redis *redis_new(const struct redis_url *url);
void redis_free(struct redis *redis);

/*!
 * \brief Finds the server, connects, authenticates and selects the database.
 *
 * \return 0 or enum trouble; then the connection is closed and `redis_error()` says why.
 */
int redis_open(struct redis *redis);
void redis_close(struct redis *redis);
bool redis_is_open(const struct redis *redis);

/*! \brief No wait ends after this moment of CLOCK_MONOTONIC; 0: no such moment. */
void redis_set_deadline(struct redis *redis, int64_t deadline_ns);

/*! \brief Once the pipe `fd` has ended, no wait takes longer than `grace_ns` in all. */
void redis_set_hangup(struct redis *redis, int fd, int64_t grace_ns);

/*! \brief When a wait has noticed that end (CLOCK_MONOTONIC); 0: not yet. */
int64_t redis_hung_up_ns(const struct redis *redis);

/*!
 * \brief Adds a command to the pipeline.
 *
 * \param sizes  Of the arguments; NULL when all are terminated by NUL.
 */
int redis_add(struct redis *redis, int argc, const char **argv, const size_t *sizes);

/*! \brief Forgets what was added and not sent. */
void redis_discard(struct redis *redis);

/*! \brief Bytes added and not sent. */
size_t redis_pending(const struct redis *redis);

/*! \brief Sends what was added; more may follow before the first reply is taken. */
int redis_send(struct redis *redis);

/*!
 * \brief Waits for the next reply, which may be an error reply.
 *
 * \param out  Receives it; to be freed with `freeReplyObject()`.
 */
int redis_reply(struct redis *redis, redisReply **out);

/*! \brief Sorts a reply: 0 when it is no error, else enum trouble; kept for `redis_error()`. */
int redis_judge(struct redis *redis, const redisReply *reply);

/*! \brief `redis_reply()` and `redis_judge()` for a reply that is not looked at. */
int redis_expect_ok(struct redis *redis);

/*!
 * \brief One command of NUL-terminated words, and its reply.
 *
 * \param out  Receives it when it is no error; to be freed with `freeReplyObject()`.
 *
 * \return 0 or enum trouble.
 */
int redis_ask(struct redis *redis, int argc, const char **argv, redisReply **out);

/*! \brief Notes what went wrong; returns `trouble`. */
int redis_fail(struct redis *redis, enum trouble trouble, const char *why);

/*! \brief What went wrong last, for people. */
const char *redis_error(const struct redis *redis);
