/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A statement that a ClickHouse server executes, and its answer, over HTTP.
 *
 * The answer is read in parts, so memory is bounded: CLICKHOUSE_STREAM_ROOM for each statement. The
 * server sends its answer only when the statement has ended, so its HTTP status reports every
 * failure.
 *
 * Ownership: clickhouse_stream_close() frees everything. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/clickhouse/clickhouse_url.h"

/*! \brief The greatest number of octets of an answer that are kept before they are read. */
#define CLICKHOUSE_STREAM_ROOM ((size_t)1 << 20)

struct clickhouse_stream;

/*! \brief Rows that a statement reads as a table named `batch`, in the format RowBinary. */
struct clickhouse_input {
	const char *structure; /*!< Names and types of the columns. */
	const char *rows;
	size_t size;
	const char
	        *query_id; /*!< The server executes no two statements with the same id at once. */
};

/*!
 * \brief Starts a statement.
 *
 * \param url    Borrowed until the stream is closed.
 * \param shard  The index of the server.
 * \param input  NULL: there is none. Its rows are borrowed until the stream is closed.
 *
 * \return NULL when out of memory.
 */
struct clickhouse_stream *clickhouse_stream_open(const struct clickhouse_url *url, size_t shard,
                                                 const char *statement,
                                                 const struct clickhouse_input *input);

/*! \brief Gives up the statement if it has not ended; NULL is ignored. */
void clickhouse_stream_close(struct clickhouse_stream *stream);

/*!
 * \brief Reads `size` octets, at most CLICKHOUSE_STREAM_ROOM / 2.
 *
 * \return A view that is valid until the next call; NULL if fewer octets are left, or after a
 * failure.
 */
const uint8_t *clickhouse_stream_take(struct clickhouse_stream *stream, size_t size);

/*! \brief Waits for the next octet. \return False at the end of the answer, or after a failure. */
bool clickhouse_stream_has_more(struct clickhouse_stream *stream);

/*!
 * \brief Waits for the end of the statement, and discards what is left of its answer.
 *
 * \return 0; -EINPROGRESS: a statement with the same id is being executed; -ENOENT: the database
 *         or a table does not exist; -EIO: another failure. Of these, only -EIO has been logged.
 */
int clickhouse_stream_end(struct clickhouse_stream *stream);
