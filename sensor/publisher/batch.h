/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A batch: records that are sent to Redis in one transaction (MULTI/EXEC), together with the
 *        position of delivery in the journal.
 *
 * The pipeline is MULTI, a command for each record, SET of the position, EXEC, WAIT if it is
 * configured, and WATCH of the position for the next batch. WATCH prevents duplicates: when a
 * connection breaks, its batch may still be in the server's queue while a new connection reads the
 * position and sends the records again. Of two batches that start at the same position, Redis then
 * executes only one.
 *
 * When one command of a transaction fails, for example because a key has the wrong type, Redis
 * executes the others nevertheless. The position is then reset, and `passed` is set for the kinds
 * of records that are in Redis already, so that these are not sent again.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/journal/record.h"
#include "sensor/redis/redis.h"
#include "sensor/redis/redis_url.h"

/*! \brief A batch with this many bytes is full, even if it has fewer records than `batch=`. */
#define BATCH_BYTES_MAX ((size_t)4 << 20)
/*!
 * \brief The pipeline is sent in parts of this many bytes, so that Redis reads one part while the
 *        next one is prepared.
 */
#define BATCH_SEND_BYTES ((size_t)32 << 10)

/*! \brief A batch. Positions are sequence numbers of records in the journal. */
struct batch {
	const struct redis_url *url; /*!< Borrowed. */
	const char *position_key;    /*!< Redis key of the position; borrowed. */
	size_t count;                /*!< The number of records in the pipeline. */
	size_t bytes;                /*!< Octets of the JSON of these records. */
	/*! The number of records in the pipeline that were not counted as delivered before. */
	uint64_t fresh;
	uint64_t last; /*!< Sequence number of the last record, which becomes the position. */
	/*! The sequence number up to which records have been counted as delivered. */
	uint64_t counted;
	/*! For each kind of record, the sequence number up to which records are in Redis
	 * already. */
	uint64_t passed[RECORD_KINDS];
	uint64_t published; /*!< For channels: the number of published events. */
	/*! For channels: the number of published events that had no subscriber. */
	uint64_t unheard;
	/*! For channels: the number of subscribers that an event reached, added up over all
	 * events. */
	uint64_t reached;
	/*! For each kind of record, the type of its key if that is the wrong type, else an empty
	 * text. */
	char wrong[RECORD_KINDS][64];
	uint8_t kinds[REDIS_URL_BATCH_MAX]; /*!< Kind of each record in the pipeline. */
};

/*! \brief Empties the batch, and sets the position after which it begins. */
void batch_clear(struct batch *batch, uint64_t position);

/*!
 * \brief Adds a record to the pipeline. The call may send a part of the pipeline.
 *
 * \return 0 or enum trouble.
 */
int batch_add(struct batch *batch, struct redis *redis, const struct record *record,
              uint64_t sequence);

/*! \brief Returns whether the batch must be sent before another record is added. */
bool batch_is_full(const struct batch *batch);

/*!
 * \brief Sends the batch and waits for all replies.
 *
 * For a batch without records, only the position, `last`, is written.
 *
 * \param before  The position to write if Redis refuses the records.
 *
 * \return 0 or enum trouble. In both cases the caller must then clear the batch.
 */
int batch_deliver(struct batch *batch, struct redis *redis, uint64_t before);

/*!
 * \brief Reads the position from Redis, with WATCH on its key.
 *
 * The call tries MULTI first, because a user without the right to MULTI would write events outside
 * of a transaction. It also reads the types of the keys, so that records for a key of the wrong
 * type are refused before they are sent.
 *
 * \param position  Receives the position; unchanged when Redis has none.
 *
 * \return 0 or enum trouble.
 */
int batch_position(struct batch *batch, struct redis *redis, uint64_t *position);
