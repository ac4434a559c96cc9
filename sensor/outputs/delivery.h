/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Delivery: records from the journal into one Redis.
 *
 * Exactly once, into streams and lists: a batch and the journal's position go in
 * one MULTI/EXEC, guarded by WATCH on the position; after each reconnect the
 * position is read back and delivery continues after it. The position is the key
 * `nsmx:journal:<journal id>:<hash of the output>` and lives for 7 days after
 * the last delivery; `delivered-<hash>` in the journal is used when it is gone.
 * A position that Redis has is believed, even a lower one: then Redis has lost
 * the events after it. Channels: at most once for a subscriber.
 *
 * In a cluster all keys end in the output's hash tag (see redis_url.h).
 *
 * Errors: 0 or enum trouble. A journal that cannot be read is TROUBLE_WAIT.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/journal/journal.h"
#include "sensor/outputs/batch.h"
#include "sensor/outputs/publisher.h"
#include "sensor/redis/redis.h"

enum delivery_progress {
	DELIVERY_IDLE,    /*!< All that is in the journal is delivered. */
	DELIVERY_PENDING, /*!< A part of a batch waits until it is due. */
	DELIVERY_SENT,    /*!< A batch was delivered; more may follow at once. */
};

struct delivery {
	const struct publisher_config *config;
	struct redis *redis;
	struct journal_reader *reader;
	struct batch *batch;
	uint64_t position; /*!< Redis has acknowledged all records up to here. */
	uint64_t noted;    /*!< The position that the journal has. */
	int64_t noted_ns;  /*!< When it was written there. */
	int64_t due_ns;    /*!< When the batch is due. */
	uint64_t damaged;  /*!< Damaged records that were logged. */
	char key[64 + sizeof(((struct redis_url *)0)->tag)];
};

/*!
 * \brief Opens the journal at the output's position.
 *
 * \param config, redis  Borrowed.
 *
 * \return 0 or a negative errno value; delivery_close() is due in any case.
 */
int delivery_open(struct delivery *delivery, const struct publisher_config *config,
                  struct redis *redis);
void delivery_close(struct delivery *delivery);

/*!
 * \brief Reads the position back from Redis, on a new connection, and continues after it.
 *
 * A higher position in Redis means that the last batch was executed although its
 * reply was lost. A lower one means that Redis has lost events (a crash, a fail-over),
 * and the position with them.
 */
int delivery_resume(struct delivery *delivery);

/*!
 * \brief Moves records from the journal to the batch, and sends it when it is full or due.
 *
 * \param now  The batch is due now.
 */
int delivery_step(struct delivery *delivery, bool now, enum delivery_progress *progress);

/*! \brief Whether a part of a batch is in the pipeline: no other command may be sent. */
bool delivery_is_pending(const struct delivery *delivery);

/*! \brief Whether the journal has a record that Redis has not acknowledged. */
bool delivery_has_more(const struct delivery *delivery);

/*! \brief Writes the position into the journal if it has changed. */
void delivery_note(struct delivery *delivery);

/*! \brief Logs how many subscribers a channel's events have reached. */
void delivery_log_reached(const struct delivery *delivery);
