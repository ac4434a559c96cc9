/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A batch: records that are sent to Redis in one MULTI/EXEC, together with the
 *        journal's position.
 *
 * The pipeline is MULTI, a command for each record, SET of the position, EXEC,
 * WAIT if it is configured, and WATCH of the position for the next batch. Without
 * WATCH, the batch of a broken connection that is still in the server's queue when
 * the position is read back could be executed as well: of two batches that start at
 * one position only one passes.
 *
 * EXEC does not undo the other commands when one fails, as it does on a key of the
 * wrong type. Then the position is set back, and the kind of records that did go in
 * is remembered, so that a repeat leaves them out.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/journal/record.h"
#include "sensor/redis/redis.h"
#include "sensor/redis/redis_url.h"

/*! \brief A batch with so many bytes is full, regardless of `batch=`. */
#define BATCH_BYTES_MAX ((size_t)4 << 20)
/*! \brief So many bytes are sent at once: Redis reads them while the rest is prepared. */
#define BATCH_SEND_BYTES ((size_t)32 << 10)

struct batch {
	const struct redis_url *url;
	const char *position_key;
	size_t count;       /*!< Records in the pipeline. */
	size_t bytes;       /*!< Octets of their JSON. */
	uint64_t fresh;     /*!< Records that were never counted as delivered. */
	uint64_t last;      /*!< Sequence of the last record: the position to write. */
	uint64_t counted;   /*!< Up to here records have been counted as delivered. */
	uint64_t passed[2]; /*!< By kind: up to here records are in Redis already. */
	uint64_t published; /*!< Channels: events, ... */
	uint64_t unheard;   /*!< ...those that had no subscriber, ... */
	uint64_t reached;   /*!< ...and deliveries to subscribers. */
	char wrong[2][64];  /*!< By kind: the type of the key, if it is the wrong one. */
	uint8_t kinds[REDIS_URL_BATCH_MAX];
};

/*! \brief Makes an empty batch after a position. */
void batch_clear(struct batch *batch, uint64_t position);

/*!
 * \brief Adds a record to the pipeline, the beginning of which may be sent already.
 *
 * \return 0 or enum trouble.
 */
int batch_add(struct batch *batch, struct redis *redis, const struct record *record,
              uint64_t sequence);

/*! \brief Whether the batch must be sent before another record is added. */
bool batch_is_full(const struct batch *batch);

/*!
 * \brief Sends the batch and waits for all replies.
 *
 * Without records, it writes the position only (`last`).
 *
 * \param before  The position to set back to if the records are refused.
 *
 * \return 0 or enum trouble. The caller clears the batch in any case.
 */
int batch_deliver(struct batch *batch, struct redis *redis, uint64_t before);

/*!
 * \brief Reads the position back, under WATCH.
 *
 * Tries MULTI first: without the right to use it, events would be written outside
 * of a transaction. Reads the types of the keys too, so that records for a key of
 * the wrong type are refused before they are sent.
 *
 * \param position  Unchanged when Redis has none.
 */
int batch_position(struct batch *batch, struct redis *redis, uint64_t *position);
