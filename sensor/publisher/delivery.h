/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Delivers records from the journal to one Redis server.
 *
 * A stream or a list receives each event exactly once. A batch and the new position are written in
 * one transaction (MULTI/EXEC), guarded by WATCH on the position. After each reconnect the position
 * is read from Redis, and delivery continues after that position. Redis stores the position in the
 * key `nsmx:journal:<journal id>:<hash of the output>`. This key expires 7 days after the last
 * delivery. If the key does not exist, the position in the journal's file `delivered-<hash>` is
 * used. If the position in the key is lower than that in the file, Redis has lost events, and these
 * are sent again. A subscriber of a channel receives each event at most once.
 *
 * In a cluster all keys end in the output's hash tag (see redis_url.h).
 *
 * Functions that return int return 0 or enum trouble, unless noted. They return TROUBLE_WAIT if the
 * journal cannot be read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/journal/journal.h"
#include "sensor/publisher/batch.h"
#include "sensor/publisher/publisher.h"
#include "sensor/publisher/target.h"
#include "sensor/redis/redis.h"

struct delivery {
	const struct publisher_config *config;
	struct redis *redis;
	struct journal_reader *reader;
	struct batch *batch;
	/*! The sequence number up to which Redis has acknowledged all records. */
	uint64_t position;
	uint64_t noted;   /*!< The position that is stored in the journal. */
	int64_t noted_ns; /*!< CLOCK_MONOTONIC time at which `noted` was stored. */
	/*! CLOCK_MONOTONIC time at which the batch is sent even if it is not full. */
	int64_t due_ns;
	uint64_t damaged; /*!< The number of damaged records that the last log message stated. */
	/*! Redis key of the position. */
	char key[64 + sizeof(((struct redis_url *)0)->tag)];
};

/*!
 * \brief Opens the journal at the output's position.
 *
 * \param config, redis  Borrowed.
 *
 * \return 0 or a negative errno value. Call delivery_close() in both cases.
 */
int delivery_open(struct delivery *delivery, const struct publisher_config *config,
                  struct redis *redis);
void delivery_close(struct delivery *delivery);

/*!
 * \brief Reads the position from Redis and continues after it. Call it on each new connection.
 *
 * If Redis has a higher position than this struct, the last batch was executed and its reply was
 * lost. If Redis has a lower position, it has lost events (after a crash or fail-over).
 */
int delivery_resume(struct delivery *delivery);

/*!
 * \brief Moves records from the journal to the batch, and sends the batch if it is full or due.
 *
 * \param now  True: send the batch even if it is neither full nor due.
 */
int delivery_step(struct delivery *delivery, bool now, enum delivery_progress *progress);

/*!
 * \brief Returns whether the pipeline has a part of a batch. If so, no other command may be sent.
 */
bool delivery_is_pending(const struct delivery *delivery);

/*! \brief Returns whether the journal has a record that Redis has not acknowledged. */
bool delivery_has_more(const struct delivery *delivery);

/*! \brief Stores the position in the journal if it has changed. */
void delivery_note(struct delivery *delivery);

/*! \brief Logs how many subscribers a channel's events have reached. */
void delivery_log_reached(const struct delivery *delivery);
