/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One connection to a Redis server. Commands are sent in a pipeline; replies come in the
 *        same order.
 *
 * hiredis formats commands and parses replies (RESP). transport.h transfers the bytes, with or
 * without TLS. Calls block, with the time-outs of transport.h.
 *
 * In a cluster, the server is the node that the last redirection named. If that node is
 * unreachable, the server is one of the nodes in the URL. ASKING is sent automatically, and its
 * reply is not given to the caller. With sentinels, the server is the master that the first
 * answering sentinel names. The ROLE command of the server must confirm that it is the master.
 *
 * Call `redis_open()`, then `redis_add()` for each command, then `redis_send()`, then
 * `redis_reply()` for each command. After TROUBLE_LINK the connection is closed, and it is unknown
 * whether commands without a reply were executed.
 *
 * Limits: a reply has at most REDIS_REPLY_MAX bytes, and must be within the bounds of
 * reply_bounds.h. The caller limits the size of the pipeline.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

#include "sensor/redis/redis_url.h"

#define REDIS_REPLY_MAX ((size_t)8 << 20)

/*! \brief Classes of errors, by what the caller should do. 0 is success. */
enum trouble {
	TROUBLE_LINK =
	        -1, /*!< The server is unreachable, or the connection broke: connect again. */
	TROUBLE_WAIT =
	        /*! The server cannot execute the command now (-LOADING, -OOM, ...): try again
	         * later. */
	-2,
	TROUBLE_CONFIG = -3, /*!< The configuration is wrong: trying again is useless. */
	TROUBLE_MEMORY = -4, /*!< This process is out of memory. */
	/*! Another connection has changed the position: read the position again. */
	TROUBLE_RACE = -5,
	/*! Another node of the cluster has the keys: open the connection again at once. */
	TROUBLE_MOVED = -6,
};

struct redis;

/*!
 * \brief Creates a connection without opening it. `url` is borrowed. Returns NULL when out of
 *        memory.
 */
struct redis *redis_new(const struct redis_url *url);
void redis_free(struct redis *redis);

/*!
 * \brief Finds the server, connects, authenticates and selects the database.
 *
 * \return 0 or enum trouble. After trouble the connection is closed, and `redis_error()` has the
 *         reason.
 */
int redis_open(struct redis *redis);
/*! \brief Closes the connection; it may be opened again. */
void redis_close(struct redis *redis);
/*! \brief Returns whether the connection is open. */
bool redis_is_open(const struct redis *redis);

/*! \brief Sets the CLOCK_MONOTONIC time at which every wait ends; 0: no deadline. */
void redis_set_deadline(struct redis *redis, int64_t deadline_ns);

/*!
 * \brief Ends all waits `grace_ns` after the other end of the pipe `fd` was closed.
 */
void redis_set_hangup(struct redis *redis, int fd, int64_t grace_ns);

/*! \brief Returns the CLOCK_MONOTONIC time at which a wait noticed that the other end of the pipe
 * of redis_set_hangup() is closed; 0: not yet. */
int64_t redis_hung_up_ns(const struct redis *redis);

/*!
 * \brief Adds a command to the pipeline.
 *
 * \param sizes  Sizes of the arguments; NULL when all are terminated by NUL.
 *
 * \return 0 or enum trouble.
 */
int redis_add(struct redis *redis, int argc, const char **argv, const size_t *sizes);

/*! \brief Drops the commands that were added but not sent yet. */
void redis_discard(struct redis *redis);

/*! \brief Returns the number of bytes of the commands that were added but not sent yet. */
size_t redis_pending(const struct redis *redis);

/*! \brief Sends the commands that were added; returns 0 or enum trouble. Further commands may be
 * added and sent before the first reply is read. */
int redis_send(struct redis *redis);

/*!
 * \brief Waits for the next reply, which may be an error reply.
 *
 * \param out  Receives the reply, which the caller frees with `freeReplyObject()`.
 *
 * \return 0 or enum trouble.
 */
int redis_reply(struct redis *redis, redisReply **out);

/*! \brief Classifies a reply. \return 0, or enum trouble for an error reply; `redis_error()` then
 *         returns the text of this reply. */
int redis_judge(struct redis *redis, const redisReply *reply);

/*! \brief Reads a reply whose content is not needed, and classifies it as redis_judge() does. */
int redis_expect_ok(struct redis *redis);

/*!
 * \brief Sends one command of NUL-terminated words and waits for its reply.
 *
 * \param out  Receives the reply, unless it is an error. The caller frees it with
 *             `freeReplyObject()`.
 *
 * \return 0 or enum trouble.
 */
int redis_ask(struct redis *redis, int argc, const char **argv, redisReply **out);

/*! \brief Stores `why` as the text for redis_error(); returns `trouble`. */
int redis_fail(struct redis *redis, enum trouble trouble, const char *why);

/*! \brief Returns the last error as human-readable text, a view that the next error changes. */
const char *redis_error(const struct redis *redis);
