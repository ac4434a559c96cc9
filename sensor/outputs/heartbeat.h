/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The heartbeat: `nsmx:sensor:<name>`, a hash of the sensor's counters in Redis.
 *
 * It is refreshed every 10 s, and expires 30 s after the last time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/outputs/publisher.h"
#include "sensor/redis/redis.h"

struct heartbeat {
	const struct publisher_config *config;
	struct redis *redis;
	int64_t due_ns; /*!< When the next one is due. */
	bool refused;   /*!< The server refuses the hash; logged. */
};

/*!
 * \brief Sends the counters now, if the config asks for it.
 *
 * A server that refuses the hash may still take events: that is no trouble.
 *
 * \return 0 or enum trouble.
 */
int heartbeat_send(struct heartbeat *heartbeat);
