/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fleet/fleet_redis.h"

#include <stdio.h>
#include <string.h>

/* The largest number of redirections in a row, because nodes may redirect in a circle. */
#define REDIRECTIONS_MAX 8
/* The largest number of attempts to be the next of many pushers. */
#define RACES_MAX 64
/* The version after which the next one is 1 again, so that all fit into 19 digits. */
#define VERSION_MAX UINT64_C(1000000000000000000)

#define TEXT_OF(x)   #x
#define DIGITS_OF(x) TEXT_OF(x)

int fleet_do(const struct fleet_link *link, int (*step)(const struct fleet_link *link, void *ctx),
             void *ctx)
{
	int ret = TROUBLE_MOVED;
	for (int i = 0; i < REDIRECTIONS_MAX && ret == TROUBLE_MOVED; i++) {
		ret = redis_is_open(link->redis) ? 0 : redis_open(link->redis);
		if (ret == 0) {
			ret = step(link, ctx);
		}
		if (ret == TROUBLE_MOVED) {
			redis_close(link->redis);
		}
	}
	return ret;
}

/* Sends a command whose reply has the type. */
static int ask(const struct fleet_link *link, int argc, const char **argv, int type,
               redisReply **reply)
{
	int ret = redis_ask(link->redis, argc, argv, reply);
	if (ret == 0 && (*reply)->type != type) {
		freeReplyObject(*reply);
		ret = redis_fail(link->redis, TROUBLE_LINK, "unexpected reply");
	}
	return ret;
}

static int get_range(const struct fleet_link *link, size_t last, redisReply **reply)
{
	char end[24];
	const char *argv[] = { "GETRANGE", link->place->set, "0", end };
	(void)snprintf(end, sizeof(end), "%zu", last);
	return ask(link, 4, argv, REDIS_REPLY_STRING, reply);
}

int fleet_peek(const struct fleet_link *link, struct fleet_mark *mark)
{
	redisReply *reply;
	int ret = get_range(link, sizeof(mark->octets) - 1, &reply);
	if (ret != 0) {
		return ret;
	}
	mark->size = reply->len < sizeof(mark->octets) ? reply->len : sizeof(mark->octets);
	memcpy(mark->octets, reply->str, mark->size);
	freeReplyObject(reply);
	return 0;
}

int fleet_fetch(const struct fleet_link *link, redisReply **reply)
{
	return get_range(link, FLEET_SET_MAX, reply);
}

int fleet_wait(const struct fleet_link *link)
{
	const char *argv[] = { "XREAD",   "COUNT",           "1", "BLOCK", DIGITS_OF(FLEET_NEWS_MS),
		               "STREAMS", link->place->news, "$" };
	redisReply *reply;
	int ret = redis_ask(link->redis, 8, argv, &reply);
	if (ret == 0) {
		freeReplyObject(reply);
	}
	return ret;
}

/* Adds the commands that exchange the set. */
static int add_exchange(const struct fleet_link *link, const struct writer *set,
                        const char *version)
{
	const struct fleet_place *place = link->place;
	const char *multi[] = { "MULTI" }, *exec[] = { "EXEC" };
	const char *exchange[] = { "SET", place->set, set->start };
	const size_t sizes[] = { 3, strlen(place->set), writer_size(set) };
	const char *news[] = { "XADD", place->news, "MAXLEN", "1", "*", "version", version };
	int ret = redis_add(link->redis, 1, multi, NULL);
	ret = ret == 0 ? redis_add(link->redis, 3, exchange, sizes) : ret;
	ret = ret == 0 ? redis_add(link->redis, 7, news, NULL) : ret;
	return ret == 0 ? redis_add(link->redis, 1, exec, NULL) : ret;
}

/* Sends the transaction. Its result is TROUBLE_RACE if another pusher was faster. */
static int exchange(const struct fleet_link *link, const struct writer *set, uint64_t version)
{
	char text[24];
	redisReply *reply;
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)version);
	int ret = add_exchange(link, set, text);
	ret = ret == 0 ? redis_send(link->redis) : ret;
	for (int i = 0; i < 3 && ret == 0; i++) {
		ret = redis_expect_ok(link->redis);
	}
	ret = ret == 0 ? redis_reply(link->redis, &reply) : ret;
	if (ret != 0) {
		/* replies of the transaction may be left */
		if (ret != TROUBLE_MOVED) {
			redis_close(link->redis);
		}
		return ret;
	}
	ret = redis_judge(link->redis, reply);
	if (ret == 0 && reply->type == REDIS_REPLY_NIL) {
		ret = redis_fail(link->redis, TROUBLE_RACE, "others push at the same time");
	}
	for (size_t i = 0; ret == 0 && reply->type == REDIS_REPLY_ARRAY && i < reply->elements;
	     i++) {
		ret = redis_judge(link->redis, reply->element[i]);
	}
	freeReplyObject(reply);
	return ret;
}

/* Reads the version of the set, and watches the key. A set that cannot be read has none. */
static int watch(const struct fleet_link *link, uint64_t *version)
{
	const char *argv[] = { "WATCH", link->place->set };
	struct fleet_mark mark;
	struct fleet_head head;
	redisReply *reply;
	int ret = ask(link, 2, argv, REDIS_REPLY_STATUS, &reply);
	if (ret != 0) {
		return ret;
	}
	freeReplyObject(reply);
	ret = fleet_peek(link, &mark);
	if (ret == 0) {
		(void)fleet_head_read(mark.octets, mark.size, &head);
		*version = head.version;
	}
	return ret;
}

struct push {
	const struct writer *files;
	struct fleet_head *head;
};

static int push_once(const struct fleet_link *link, void *ctx)
{
	const struct push *push = ctx;
	struct writer set;
	uint64_t version;
	int ret = watch(link, &version);
	if (ret != 0) {
		return ret;
	}
	version = version < VERSION_MAX ? version + 1 : 1;
	writer_init_growing(&set, FLEET_SET_MAX);
	fleet_set_write(&set, push->files, version);
	if (set.failed) {
		ret = redis_fail(link->redis, TROUBLE_MEMORY, "out of memory");
	} else {
		(void)fleet_head_read(set.start, writer_size(&set), push->head);
		ret = exchange(link, &set, version);
	}
	writer_free(&set);
	return ret;
}

int fleet_push(const struct fleet_link *link, const struct writer *files, struct fleet_head *head)
{
	struct push push = { files, head };
	int ret = TROUBLE_RACE;
	for (int i = 0; i < RACES_MAX && ret == TROUBLE_RACE; i++) {
		ret = fleet_do(link, push_once, &push);
	}
	return ret;
}

int fleet_send_report(const struct fleet_link *link, const char *sensor, const char *report)
{
	const char *argv[] = { "HSET", link->place->sensors, sensor, report };
	redisReply *reply;
	int ret = ask(link, 4, argv, REDIS_REPLY_INTEGER, &reply);
	if (ret == 0) {
		freeReplyObject(reply);
	}
	return ret;
}

int fleet_read_reports(const struct fleet_link *link, redisReply **reply)
{
	const char *argv[] = { "HGETALL", link->place->sensors };
	return ask(link, 2, argv, REDIS_REPLY_ARRAY, reply);
}

int fleet_remove_report(const struct fleet_link *link, const char *name, size_t size)
{
	const char *argv[] = { "HDEL", link->place->sensors, name };
	const size_t sizes[] = { 4, strlen(link->place->sensors), size };
	int ret = redis_add(link->redis, 3, argv, sizes);
	ret = ret == 0 ? redis_send(link->redis) : ret;
	return ret == 0 ? redis_expect_ok(link->redis) : ret;
}
