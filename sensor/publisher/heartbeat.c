/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/publisher/heartbeat.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/time_ns.h"

#define INTERVAL_NS (10000 * NS_PER_MS)
#define EXPIRY_S    "30"

static int add_commands(const struct heartbeat *heartbeat)
{
	const struct publisher_config *config = heartbeat->config;
	const char *names[PUBLISHER_COUNTERS_MAX];
	uint64_t values[PUBLISHER_COUNTERS_MAX];
	char texts[PUBLISHER_COUNTERS_MAX][24];
	char key[320 + sizeof(config->url->tag)];
	const char *hset[2 + 2 * PUBLISHER_COUNTERS_MAX] = { "HSET", key };
	const char *expire[] = { "EXPIRE", key, EXPIRY_S };
	int argc = 2;

	size_t n = config->counters(config->counters_ctx, names, values, PUBLISHER_COUNTERS_MAX);
	(void)snprintf(key, sizeof(key), "nsmx:sensor:%s%s", config->sensor, config->url->tag);
	for (size_t i = 0; i < n && i < PUBLISHER_COUNTERS_MAX; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "%" PRIu64, values[i]);
		hset[argc++] = names[i];
		hset[argc++] = texts[i];
	}
	int ret = redis_add(heartbeat->redis, argc, hset, NULL);
	return ret == 0 ? redis_add(heartbeat->redis, 3, expire, NULL) : ret;
}

/* A reply that is an error is trouble only if it ends the connection. */
static int take_reply(struct heartbeat *heartbeat)
{
	int refused = redis_expect_ok(heartbeat->redis);
	if (!redis_is_open(heartbeat->redis) || refused == TROUBLE_MOVED) {
		return refused;
	}
	if (refused != 0 && !heartbeat->refused) {
		heartbeat->refused = true;
		log_warn("%s: Redis refuses the sensor's counters: %s", heartbeat->config->name,
		         redis_error(heartbeat->redis));
	}
	return 0;
}

int heartbeat_send(struct heartbeat *heartbeat)
{
	heartbeat->due_ns = monotonic_ns() + INTERVAL_NS;
	int ret = add_commands(heartbeat);
	if (ret == 0) {
		ret = redis_send(heartbeat->redis);
	}
	for (int i = 0; i < 2 && ret == 0; i++) {
		ret = take_reply(heartbeat);
	}
	return ret;
}
