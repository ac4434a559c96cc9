/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The heartbeat: writes the sensor's counters to the Redis hash `nsmx:sensor:<name>`.
 *
 * The hash is written every 10 s, and expires 30 s after it was written last.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/publisher/publisher.h"
#include "sensor/redis/redis.h"

struct heartbeat {
	const struct publisher_config *config;
	struct redis *redis;
	int64_t due_ns; /*!< CLOCK_MONOTONIC time at which the hash is written next. */
	bool refused;   /*!< The server has refused the hash, and that was logged. */
};

/*!
 * \brief Writes the hash now if the configuration has counters.
 *
 * A server that refuses the hash may still accept events, so a refusal is logged once and does not
 * count as trouble.
 *
 * \return 0 or enum trouble.
 */
int heartbeat_send(struct heartbeat *heartbeat);
