/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the entries of a Redis stream as they are added, either on its own or as a consumer
 *        of a group.
 *
 * A consumer of a group first reads the entries that it did not acknowledge in an earlier run,
 * and those that other consumers have left unacknowledged for a minute.
 *
 * Limits: entries are read 50 at a time, so that a reply with large events stays below
 * REDIS_REPLY_MAX.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/redis/redis_url.h"

/*! \brief Value of `since_ms` that selects only entries that are added from now on. */
#define REDIS_STREAM_FROM_NOW (-1)

struct redis_stream;

struct redis_stream_config {
	const struct redis_url *url; /*!< Borrowed, like all texts of this struct. */
	const char *group;           /*!< The consumer group; NULL: none. */
	const char *consumer;        /*!< The name of this consumer. */
	/*! Time of the first entry to read, in ms since 1970 by the server's clock; or
	 * REDIS_STREAM_FROM_NOW. */
	int64_t since_ms;

	/*! Receives an entry: the value of the field that the URL names, or of the first field if
	 * the entry does not have that field. */
	void (*take)(void *ctx, const char *text, size_t size);

	/*! Entries are removed from the stream before they are acknowledged. */
	bool remove;

	/*! Called after some entries were given to `take`. If it returns false, these entries are
	 * not acknowledged. */
	bool (*flush)(void *ctx);
	void *ctx;
};

/*! \brief Creates a reader, which is not connected yet. `config` is copied. \return NULL when out
 * of memory. */
struct redis_stream *redis_stream_new(const struct redis_stream_config *config);
void redis_stream_free(struct redis_stream *stream);

/*!
 * \brief Connects if necessary, and reads the next entries. If there are none yet, the call waits
 *        for them, but at most half a second.
 *
 * \return 0 or enum trouble. After trouble, call redis_stream_recover().
 */
int redis_stream_read(struct redis_stream *stream);

/*!
 * \brief Reads some of the entries that the stream had at the first call, without waiting for new
 *        ones. Each call continues after the entries of the previous call. A group must not be
 *        configured.
 *
 * \param more  Receives true if entries were read, and false if none were left.
 *
 * \return 0 or enum trouble, as redis_stream_read().
 */
int redis_stream_read_present(struct redis_stream *stream, bool *more);

/*!
 * \brief Closes the connection after redis_stream_read() has returned trouble.
 *
 * \return False when reading again cannot succeed; redis_stream_error() has the reason.
 */
bool redis_stream_recover(struct redis_stream *stream, int trouble);

/*! \brief Returns true if the last read failed because the stream or the group was deleted. */
bool redis_stream_was_deleted(const struct redis_stream *stream);

/*! \brief Returns the last error as text. */
const char *redis_stream_error(const struct redis_stream *stream);
