/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Records on their way to Redis: what goes in one MULTI/EXEC together with
 *        the journal's position.
 *
 * The pipeline is MULTI, a command for each record, SET of the position, EXEC,
 * perhaps WAIT, and WATCH of the position for the batch after it. WATCH is what
 * keeps a batch of a broken connection, still in the server's queue when the
 * position was read back, from being done as well: of two batches that start at
 * one position only one can pass.
 *
 * EXEC does not undo the other commands when one fails, which a key of the wrong
 * type makes it do. Then the position is set back, and the kind of records that
 * did go in is remembered, so that a repeat leaves them out.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/journal/record.h"
#include "sensor/redis/redis.h"
#include "sensor/redis/redis_url.h"

/*! \brief A batch of so many bytes is full, whatever `batch=` says. */
#define BATCH_BYTES_MAX ((size_t)4 << 20)
/*! \brief So much is sent at once: Redis takes it in while the rest is put together. */
#define BATCH_SEND_BYTES ((size_t)32 << 10)

struct batch {
	const struct redis_url *url;
	const char *position_key;
	size_t count;       /*!< Records in the pipeline. */
	size_t bytes;       /*!< Of their JSON. */
	uint64_t fresh;     /*!< Records that were never counted as delivered. */
	uint64_t last;      /*!< Sequence of the last record: the position to write. */
	uint64_t counted;   /*!< Up to here records have been counted as delivered. */
	uint64_t passed[2]; /*!< By kind: up to here records are in Redis already. */
	uint64_t published; /*!< Channels: events, ... */
	uint64_t unheard;   /*!< ...those that nobody has heard, ... */
	uint64_t reached;   /*!< ...and how often one reached a subscriber. */
	char wrong[2][64];  /*!< By kind: the type that the key has, if not the right one. */
	uint8_t kinds[REDIS_URL_BATCH_MAX];
};

/*! \brief Makes an empty batch behind a position. */
void batch_clear(struct batch *batch, uint64_t position);

/*!
 * \brief Adds a record to the pipeline, the beginning of which may be sent already.
 *
 * \return 0 or enum trouble.
 */
int batch_add(struct batch *batch, struct redis *redis, const struct record *record,
              uint64_t sequence);

/*! \brief Whether it must be sent before another record is added. */
bool batch_is_full(const struct batch *batch);

/*!
 * \brief Sends the batch and waits until Redis has answered for all of it.
 *
 * Without records, it writes the position alone (`last`).
 *
 * \param before  The position that it is set back to if the records are refused.
 *
 * \return 0 or enum trouble. In any case the batch is to be cleared.
 */
int batch_deliver(struct batch *batch, struct redis *redis, uint64_t before);

/*!
 * \brief Reads the position back, and puts it under WATCH.
 *
 * Tries MULTI on the way: a user who may not use it would write events outside
 * of a transaction. Looks at the types of the keys, too, so that a key of the
 * wrong type refuses its records before they are sent.
 *
 * \param position  Left as it is when Redis has none.
 */
int batch_position(struct batch *batch, struct redis *redis, uint64_t *position);
