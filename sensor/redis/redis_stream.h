/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Follows the entries of a Redis stream, alone or as a member of a consumer group.
 *
 * A member first takes the entries that it has not acknowledged in an earlier run, and those
 * that other members left unacknowledged for a minute.
 *
 * Limits: entries are read 50 at a time, so that a reply with large events stays below
 * REDIS_REPLY_MAX.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/redis/redis_url.h"

#define REDIS_STREAM_FROM_NOW (-1)

struct redis_stream;

struct redis_stream_config {
	const struct redis_url *url; /*!< Borrowed, as all texts. */
	const char *group;           /*!< NULL: alone. */
	const char *consumer;        /*!< The name of this member. */
	int64_t since_ms; /*!< Redis time of the first entry; REDIS_STREAM_FROM_NOW: new ones. */

	/*! Receives the value of the field that the URL names. */
	void (*take)(void *ctx, const char *text, size_t size);

	/*! Called after several entries. False: they are not acknowledged. */
	bool (*flush)(void *ctx);
	void *ctx;
};

/*! \return NULL when out of memory. */
struct redis_stream *redis_stream_new(const struct redis_stream_config *config);
void redis_stream_free(struct redis_stream *stream);

/*!
 * \brief Connects if necessary, and takes the next entries; waits half a second at most.
 *
 * \return 0 or enum trouble; then call redis_stream_recover().
 */
int redis_stream_read(struct redis_stream *stream);

/*!
 * \brief Closes the connection after trouble.
 *
 * \return False when reading again cannot succeed; redis_stream_error() has the reason.
 */
bool redis_stream_recover(struct redis_stream *stream, int trouble);

/*! \brief True if the last read failed because the stream or the group was deleted. */
bool redis_stream_was_deleted(const struct redis_stream *stream);

const char *redis_stream_error(const struct redis_stream *stream);
