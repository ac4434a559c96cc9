/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/deliver/redis.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/deliver/link.h"

#define READ_SIZE 16384

struct redis {
	const struct redis_url *url;
	struct link link;
	redisReader *reader;
	size_t unanswered; /* Bytes read since the last reply. */
	char *out;
	size_t out_size;
	size_t out_room;
	char error[256];
};

/* Replies that ask for patience. All other errors are for a person. */
static const char *const passing[] = {
	"LOADING",  "READONLY",    "OOM",        "MISCONF",    "BUSY",
	"TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN", "NOREPLICAS",
};

struct redis *redis_new(const struct redis_url *url)
{
	struct redis *redis = calloc(1, sizeof(*redis));
	if (redis != NULL) {
		redis->url = url;
		redis->link.fd = redis->link.hangup_fd = -1;
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
	link_close(&redis->link);
	if (redis->reader != NULL) {
		redisReaderFree(redis->reader);
		redis->reader = NULL;
	}
	redis_discard(redis);
}

bool redis_is_open(const struct redis *redis)
{
	return redis->link.fd >= 0;
}

void redis_set_deadline(struct redis *redis, int64_t deadline_ns)
{
	redis->link.deadline_ns = deadline_ns;
}

void redis_set_hangup(struct redis *redis, int fd, int64_t grace_ns)
{
	redis->link.hangup_fd = fd;
	redis->link.grace_ns = grace_ns;
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

static int link_failed(struct redis *redis, int error)
{
	const char *why =
	        error == -EADDRNOTAVAIL ? "the host's name has no address" : strerror(-error);
	return redis_fail(redis, TROUBLE_LINK, why);
}

void redis_discard(struct redis *redis)
{
	redis->out_size = 0;
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

int redis_add(struct redis *redis, int argc, const char **argv, const size_t *sizes)
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
	}
	redisFreeCommand(command);
	return ret;
}

int redis_send(struct redis *redis)
{
	int ret = link_write(&redis->link, redis->out, redis->out_size);
	redis_discard(redis);
	return ret == 0 ? 0 : link_failed(redis, ret);
}

static int feed(struct redis *redis)
{
	char bytes[READ_SIZE];
	ssize_t got = link_read(&redis->link, bytes, sizeof(bytes));
	if (got < 0) {
		return link_failed(redis, (int)got);
	}
	redis->unanswered += (size_t)got;
	if (redis->unanswered > REDIS_REPLY_MAX) {
		return redis_fail(redis, TROUBLE_LINK, "a reply without end");
	}
	if (redisReaderFeed(redis->reader, bytes, (size_t)got) != REDIS_OK) {
		return redis_fail(redis, TROUBLE_LINK, redis->reader->errstr);
	}
	return 0;
}

int redis_reply(struct redis *redis, redisReply **out)
{
	for (;;) {
		void *reply = NULL;
		if (redisReaderGetReply(redis->reader, &reply) != REDIS_OK) {
			return redis_fail(redis, TROUBLE_LINK, redis->reader->errstr);
		}
		if (reply != NULL) {
			redis->unanswered = 0;
			*out = reply;
			return 0;
		}
		int ret = feed(redis);
		if (ret != 0) {
			return ret;
		}
	}
}

int redis_judge(struct redis *redis, const redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ERROR) {
		return 0;
	}
	/* A transaction that is refused as a whole quotes the reason. */
	static const char quoting[] = "EXECABORT Transaction discarded because of: ";
	const char *why = reply->str;
	if (strncmp(why, quoting, sizeof(quoting) - 1) == 0) {
		why += sizeof(quoting) - 1;
	}
	size_t word = strcspn(why, " ");
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		if (strlen(passing[i]) == word && memcmp(passing[i], why, word) == 0) {
			return redis_fail(redis, TROUBLE_WAIT, why);
		}
	}
	/* A full server says so, and closes. */
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

static int do_command(struct redis *redis, int argc, const char **argv)
{
	int ret = redis_add(redis, argc, argv, NULL);
	if (ret == 0) {
		ret = redis_send(redis);
	}
	return ret == 0 ? redis_expect_ok(redis) : ret;
}

static int authenticate(struct redis *redis)
{
	const struct redis_url *url = redis->url;
	if (url->user[0] != '\0') {
		const char *argv[] = { "AUTH", url->user, url->password };
		return do_command(redis, 3, argv);
	}
	if (url->password[0] != '\0') {
		const char *argv[] = { "AUTH", url->password };
		return do_command(redis, 2, argv);
	}
	return 0;
}

static int select_db(struct redis *redis)
{
	char number[16];
	if (redis->url->db == 0) {
		return 0;
	}
	(void)snprintf(number, sizeof(number), "%u", redis->url->db);
	const char *argv[] = { "SELECT", number };
	return do_command(redis, 2, argv);
}

int redis_open(struct redis *redis)
{
	redis_close(redis);
	int ret = link_open(&redis->link, redis->url);
	if (ret != 0) {
		return link_failed(redis, ret);
	}
	redis->reader = redisReaderCreate();
	if (redis->reader == NULL) {
		redis_close(redis);
		return redis_fail(redis, TROUBLE_MEMORY, "out of memory");
	}
	redis->unanswered = 0;
	ret = authenticate(redis);
	if (ret == 0) {
		ret = select_db(redis);
	}
	if (ret != 0) {
		redis_close(redis);
	}
	return ret;
}
