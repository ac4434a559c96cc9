/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What a publisher delivers to. Each kind of target is a set of functions.
 *
 * Functions that return int return 0 or enum trouble. After trouble the publisher closes the
 * target, and opens it again later.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/publisher/publisher.h"
#include "sensor/redis/redis.h"

/*! \brief The state after a step of delivery. */
enum delivery_progress {
	DELIVERY_IDLE,    /*!< All records in the journal are delivered. */
	DELIVERY_PENDING, /*!< A batch that is not full waits until its time. */
	DELIVERY_SENT,    /*!< A batch was delivered; call again at once. */
};

/*! \brief The functions of a kind of target. `ctx` is a target, which create() has returned. */
struct target {
	/*!
	 * \brief Opens the journal, and creates a target that is not connected.
	 *
	 * \param grace_ms  All waits end so long after the worker has ended; 0: no limit.
	 * \param error     Receives 0 or a negative errno value.
	 *
	 * \return NULL when out of memory.
	 */
	void *(*create)(const struct publisher_config *config, int64_t grace_ms, int *error);
	void (*free)(void *ctx);

	int (*open)(void *ctx); /*!< Connects, and finds the position. */
	void (*close)(void *ctx);
	bool (*is_open)(const void *ctx);
	const char *(*error)(const void *ctx); /*!< The reason for the last trouble. */

	/*! Sets the CLOCK_MONOTONIC time at which every wait ends; 0: no deadline. */
	void (*set_deadline)(void *ctx, int64_t deadline_ns);
	/*! Returns the time at which a wait noticed that the worker has ended; 0: not yet. */
	int64_t (*hung_up_ns)(const void *ctx);

	/*! Moves records from the journal to a batch, and sends the batch if it is full or due, or
	 * if `now` is set. */
	int (*step)(void *ctx, bool now, enum delivery_progress *progress);
	/*! Returns the time at which a batch that is not full is sent; 0: there is no such batch.
	 */
	int64_t (*due_ns)(const void *ctx);
	/*! Returns whether the journal has a record that the target has not acknowledged. */
	bool (*has_more)(const void *ctx);
	/*! Stores the position in the journal, and returns it. */
	uint64_t (*note)(void *ctx);

	/*! Sends the state of the sensor, if it is time for it. NULL: the target takes none. */
	int (*report)(void *ctx);
	/*! Returns the time of the next report. NULL as `report`. */
	int64_t (*report_ns)(const void *ctx);
	void (*log_end)(const void *ctx); /*!< Logs what was reached at the end. NULL: nothing. */
};

extern const struct target TARGET_REDIS, TARGET_SYSLOG;
