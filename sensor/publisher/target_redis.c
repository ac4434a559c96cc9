/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Redis server, Sentinel group or cluster as the target of a publisher. */
#include <errno.h>
#include <stdlib.h>

#include "base/time_ns.h"
#include "sensor/publisher/delivery.h"
#include "sensor/publisher/heartbeat.h"
#include "sensor/publisher/target.h"

struct target_redis {
	struct redis *redis;
	struct delivery delivery;
	struct heartbeat heartbeat;
};

static void *create(const struct publisher_config *config, int64_t grace_ms, int *error)
{
	struct target_redis *t = calloc(1, sizeof(*t));
	if (t == NULL) {
		return NULL;
	}
	t->redis = redis_new(config->url);
	if (t->redis == NULL) {
		free(t);
		return NULL;
	}
	redis_set_hangup(t->redis, grace_ms > 0 ? config->wake_fd : -1, grace_ms * NS_PER_MS);
	t->heartbeat = (struct heartbeat){ .config = config, .redis = t->redis };
	*error = delivery_open(&t->delivery, config, t->redis);
	return t;
}

static void release(void *ctx)
{
	struct target_redis *t = ctx;
	delivery_close(&t->delivery);
	redis_free(t->redis);
	free(t);
}

static int open_target(void *ctx)
{
	struct target_redis *t = ctx;
	int ret = redis_open(t->redis);
	return ret == 0 ? delivery_resume(&t->delivery) : ret;
}

static void close_target(void *ctx)
{
	redis_close(((struct target_redis *)ctx)->redis);
}

static bool is_open(const void *ctx)
{
	return redis_is_open(((const struct target_redis *)ctx)->redis);
}

static const char *error_of(const void *ctx)
{
	return redis_error(((const struct target_redis *)ctx)->redis);
}

static void set_deadline(void *ctx, int64_t deadline_ns)
{
	redis_set_deadline(((struct target_redis *)ctx)->redis, deadline_ns);
}

static int64_t hung_up_ns(const void *ctx)
{
	return redis_hung_up_ns(((const struct target_redis *)ctx)->redis);
}

static int step(void *ctx, bool now, enum delivery_progress *progress)
{
	return delivery_step(&((struct target_redis *)ctx)->delivery, now, progress);
}

static int64_t due_ns(const void *ctx)
{
	const struct delivery *delivery = &((const struct target_redis *)ctx)->delivery;
	return delivery_is_pending(delivery) ? delivery->due_ns : 0;
}

static bool has_more(const void *ctx)
{
	return delivery_has_more(&((const struct target_redis *)ctx)->delivery);
}

static uint64_t note(void *ctx)
{
	struct delivery *delivery = &((struct target_redis *)ctx)->delivery;
	delivery_note(delivery);
	return delivery->position;
}

static int report(void *ctx)
{
	return heartbeat_send(&((struct target_redis *)ctx)->heartbeat);
}

static int64_t report_ns(const void *ctx)
{
	return ((const struct target_redis *)ctx)->heartbeat.due_ns;
}

static void log_end(const void *ctx)
{
	delivery_log_reached(&((const struct target_redis *)ctx)->delivery);
}

const struct target TARGET_REDIS = {
	.create = create,
	.free = release,
	.open = open_target,
	.close = close_target,
	.is_open = is_open,
	.error = error_of,
	.set_deadline = set_deadline,
	.hung_up_ns = hung_up_ns,
	.step = step,
	.due_ns = due_ns,
	.has_more = has_more,
	.note = note,
	.report = report,
	.report_ns = report_ns,
	.log_end = log_end,
};
