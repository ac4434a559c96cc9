/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A target is the receiver to which a publisher delivers. Each kind of target is a set of
 *        functions.
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
	 * \param grace_ms  Time after the end of the worker at which all waits end; 0: no limit.
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
	/*! Returns the CLOCK_MONOTONIC time at which a wait noticed that the worker has ended; 0:
	 * not yet. */
	int64_t (*hung_up_ns)(const void *ctx);

	/*! Moves records from the journal to a batch, and sends the batch if it is full or due, or
	 * if `now` is set. */
	int (*step)(void *ctx, bool now, enum delivery_progress *progress);
	/*! Returns the CLOCK_MONOTONIC time at which a batch that is not full is sent; 0: there is
	 * no such batch. */
	int64_t (*due_ns)(const void *ctx);
	/*! Returns whether the journal has a record that the target has not acknowledged. */
	bool (*has_more)(const void *ctx);
	/*! Stores the position in the journal, and returns it. */
	uint64_t (*note)(void *ctx);

	/*! Sends the state of the sensor now. NULL: the target does not take it. */
	int (*report)(void *ctx);
	/*! Returns the CLOCK_MONOTONIC time at which report() must be called next. NULL if `report`
	 * is NULL. */
	int64_t (*report_ns)(const void *ctx);
	/*! Called at the end: logs how many subscribers were reached. NULL: nothing is logged. */
	void (*log_end)(const void *ctx);
};

extern const struct target TARGET_REDIS, TARGET_SYSLOG;
