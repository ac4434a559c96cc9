/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/redis/redis.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/redis/redis_private.h"

#define READ_SIZE 16384

/* Temporary errors. All others need a change of configuration. */
static const char *const passing[] = {
	"LOADING",  "READONLY",    "OOM",        "MISCONF",    "BUSY",
	"TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS",
};

struct redis *redis_new(const struct redis_url *url)
{
	struct redis *redis = calloc(1, sizeof(*redis));
	if (redis != NULL) {
		redis->url = url;
		redis->transport.fd = redis->transport.hangup_fd = -1;
	}
	return redis;
}

void redis_free(struct redis *redis)
{
	if (redis == NULL) {
		return;
	}
	redis_close(redis);
	free(redis->out);
	free(redis);
}

void redis_close(struct redis *redis)
{
	transport_close(&redis->transport);
	if (redis->reader != NULL) {
		redisReaderFree(redis->reader);
		redis->reader = NULL;
	}
	redis_discard(redis);
}

bool redis_is_open(const struct redis *redis)
{
	return redis->transport.fd >= 0;
}

void redis_set_deadline(struct redis *redis, int64_t deadline_ns)
{
	redis->transport.deadline_ns = deadline_ns;
}

void redis_set_hangup(struct redis *redis, int fd, int64_t grace_ns)
{
	redis->transport.hangup_fd = fd;
	redis->transport.grace_ns = grace_ns;
}

int64_t redis_hung_up_ns(const struct redis *redis)
{
	return redis->transport.hung_up_ns;
}

const char *redis_error(const struct redis *redis)
{
	return redis->error;
}

int redis_fail(struct redis *redis, enum trouble trouble, const char *why)
{
	(void)snprintf(redis->error, sizeof(redis->error), "%s", why);
	if (trouble == TROUBLE_LINK) {
		redis_close(redis);
	}
	return trouble;
}

int redis_refuse_place(struct redis *redis, const struct redis_place *place, const char *why)
{
	char text[sizeof(redis->error)];
	(void)snprintf(text, sizeof(text), "redirected to %.100s: %s", place->host, why);
	return redis_fail(redis, TROUBLE_CONFIG, text);
}

static int transport_failed(struct redis *redis, int error)
{
	const char *why =
	        error == -EADDRNOTAVAIL ? "the host's name has no address" : strerror(-error);
	if (redis->transport.why[0] != '\0') {
		why = redis->transport.why;
	}
	if (error == -ENONET) {
		return redis_refuse_place(redis, &redis->at,
		                          "the server is in no network of redirect=");
	}
	(void)redis_fail(redis, TROUBLE_LINK, why);
	return error == -EKEYREJECTED ? TROUBLE_CONFIG : TROUBLE_LINK;
}

int redis_connect(struct redis *redis, const struct redis_place *place,
                  const struct redis_networks *only)
{
	if (place != &redis->at) {
		redis->at = *place;
	}
	int ret = transport_open(&redis->transport, redis->url, &redis->at, only);
	if (ret != 0) {
		return transport_failed(redis, ret);
	}
	redis->reader = redisReaderCreate();
	if (redis->reader == NULL) {
		redis_close(redis);
		return redis_fail(redis, TROUBLE_MEMORY, "out of memory");
	}
	redis->unanswered = 0;
	redis->bounds = (struct reply_bounds){ .depth = 0 };
	redis->added = redis->sent = redis->answered = 0;
	redis->asked_count = 0;
	redis->in_multi = false;
	return 0;
}

void redis_discard(struct redis *redis)
{
	redis->out_size = 0;
	redis->in_multi = false;
	/* Numbers of commands that were never sent are used again. */
	redis->added = redis->sent;
	while (redis->asked_count > 0 && redis->asked[redis->asked_count - 1] >= redis->sent) {
		redis->asked_count--;
	}
}

size_t redis_pending(const struct redis *redis)
{
	return redis->out_size;
}

static int make_room(struct redis *redis, size_t need)
{
	if (redis->out_room - redis->out_size >= need) {
		return 0;
	}
	size_t room = 2 * (redis->out_size + need);
	char *grown = realloc(redis->out, room);
	if (grown == NULL) {
		return redis_fail(redis, TROUBLE_MEMORY, "out of memory");
	}
	redis->out = grown;
	redis->out_room = room;
	return 0;
}

static int add(struct redis *redis, int argc, const char **argv, const size_t *sizes)
{
	char *command = NULL;
	int size = redisFormatCommandArgv(&command, argc, argv, sizes);
	if (size < 0) {
		return redis_fail(redis, TROUBLE_MEMORY, "out of memory");
	}
	int ret = make_room(redis, (size_t)size);
	if (ret == 0) {
		memcpy(redis->out + redis->out_size, command, (size_t)size);
		redis->out_size += (size_t)size;
		redis->added++;
	}
	redisFreeCommand(command);
	return ret;
}

/*
 * For the node that a slot migrates to. ASKING holds for one command, or for a
 * transaction from MULTI to EXEC.
 */
static int add_asking(struct redis *redis, const char *verb)
{
	const char *argv[] = { "ASKING" };
	bool needed = redis->asking && !redis->in_multi;
	if (strcmp(verb, "MULTI") == 0) {
		redis->in_multi = true;
	} else if (strcmp(verb, "EXEC") == 0 || strcmp(verb, "DISCARD") == 0) {
		redis->in_multi = false;
	}
	if (!needed) {
		return 0;
	}
	if (redis->asked_count == REDIS_ASKING_MAX) {
		return redis_fail(redis, TROUBLE_WAIT, "the slot is migrating");
	}
	redis->asked[redis->asked_count++] = redis->added;
	return add(redis, 1, argv, NULL);
}

int redis_add(struct redis *redis, int argc, const char **argv, const size_t *sizes)
{
	int ret = add_asking(redis, argv[0]);
	return ret == 0 ? add(redis, argc, argv, sizes) : ret;
}

int redis_send(struct redis *redis)
{
	int ret = transport_write(&redis->transport, redis->out, redis->out_size);
	redis->sent = redis->added;
	redis->out_size = 0;
	return ret == 0 ? 0 : transport_failed(redis, ret);
}

static int feed(struct redis *redis)
{
	char bytes[READ_SIZE];
	ssize_t got = transport_read(&redis->transport, bytes, sizeof(bytes));
	if (got < 0) {
		return transport_failed(redis, (int)got);
	}
	redis->unanswered += (size_t)got;
	if (redis->unanswered > REDIS_REPLY_MAX) {
		return redis_fail(redis, TROUBLE_LINK, "a reply is larger than 8 MiB");
	}
	const char *exceeded = reply_bounds_check(&redis->bounds, bytes, (size_t)got);
	if (exceeded != NULL) {
		return redis_fail(redis, TROUBLE_LINK, exceeded);
	}
	if (redisReaderFeed(redis->reader, bytes, (size_t)got) != REDIS_OK) {
		return redis_fail(redis, TROUBLE_LINK, redis->reader->errstr);
	}
	return 0;
}

static int next_reply(struct redis *redis, redisReply **out)
{
	for (;;) {
		void *reply = NULL;
		if (redisReaderGetReply(redis->reader, &reply) != REDIS_OK) {
			return redis_fail(redis, TROUBLE_LINK, redis->reader->errstr);
		}
		if (reply != NULL) {
			redis->unanswered = 0;
			redis->answered++;
			*out = reply;
			return 0;
		}
		int ret = feed(redis);
		if (ret != 0) {
			return ret;
		}
	}
}

int redis_reply(struct redis *redis, redisReply **out)
{
	while (redis->asked_count > 0 && redis->asked[0] == redis->answered) {
		int ret = next_reply(redis, out);
		if (ret != 0) {
			return ret;
		}
		freeReplyObject(*out);
		redis->asked_count--;
		memmove(redis->asked, redis->asked + 1,
		        redis->asked_count * sizeof(redis->asked[0]));
	}
	return next_reply(redis, out);
}

/* "MOVED SLOT HOST:PORT", "ASK SLOT HOST:PORT"; an empty host is that of the sender. */
static bool take_redirection(struct redis *redis, const char *why)
{
	bool ask = strncmp(why, "ASK ", 4) == 0;
	if (!ask && strncmp(why, "MOVED ", 6) != 0) {
		return false;
	}
	const char *host = strchr(strchr(why, ' ') + 1, ' ');
	const char *colon = host != NULL ? strrchr(host, ':') : NULL;
	unsigned long port = colon != NULL ? strtoul(colon + 1, NULL, 10) : 0;
	if (port == 0 || port > UINT16_MAX ||
	    (size_t)(colon - host - 1) >= sizeof(redis->moved.host)) {
		return false;
	}
	redis->moved = (struct redis_place){ .port = (uint16_t)port };
	memcpy(redis->moved.host, host + 1, (size_t)(colon - host - 1));
	if (redis->moved.host[0] == '\0') {
		memcpy(redis->moved.host, redis->at.host, sizeof(redis->moved.host));
	}
	redis->asking = ask;
	return true;
}

int redis_judge(struct redis *redis, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ERROR) {
		return 0;
	}
	/* The error of a refused transaction quotes the reason. */
	static const char quoting[] = "EXECABORT Transaction discarded because of: ";
	const char *why = reply->str;
	if (strncmp(why, quoting, sizeof(quoting) - 1) == 0) {
		why += sizeof(quoting) - 1;
	}
	if (redis->url->layout == REDIS_URL_CLUSTER && take_redirection(redis, why)) {
		return redis_fail(redis, TROUBLE_MOVED, why);
	}
	size_t word = strcspn(why, " ");
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		if (strlen(passing[i]) == word && memcmp(passing[i], why, word) == 0) {
			return redis_fail(redis, TROUBLE_WAIT, why);
		}
	}
	/* A server at its limit of clients sends this reply and closes the connection. */
	if (strstr(why, "max number of clients") != NULL) {
		return redis_fail(redis, TROUBLE_WAIT, why);
	}
	return redis_fail(redis, TROUBLE_CONFIG, why);
}

int redis_expect_ok(struct redis *redis)
{
	redisReply *reply;
	int ret = redis_reply(redis, &reply);
	if (ret != 0) {
		return ret;
	}
	ret = redis_judge(redis, reply);
	freeReplyObject(reply);
	return ret;
}

int redis_ask(struct redis *redis, int argc, const char **argv, redisReply **out)
{
	int ret = redis_add(redis, argc, argv, NULL);
	if (ret == 0) {
		ret = redis_send(redis);
	}
	if (ret == 0) {
		ret = redis_reply(redis, out);
	}
	if (ret == 0) {
		ret = redis_judge(redis, *out);
		if (ret != 0) {
			freeReplyObject(*out);
		}
	}
	return ret;
}
