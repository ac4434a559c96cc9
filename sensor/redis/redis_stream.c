/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/redis/redis_stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/redis/redis.h"

#define ID_SIZE  48
#define COUNT    "50"
#define BLOCK_MS "500" /* the time after which the caller can handle a signal */
#define IDLE_MS  "60000"

struct redis_stream {
	struct redis_stream_config config;
	struct redis *redis;
	char id[ID_SIZE];  /* the id of the last entry read; empty: not known yet */
	char end[ID_SIZE]; /* the last entry to read of those that are there; empty: not known */
	bool pending;      /* unacknowledged entries of this member come first */
};

struct redis_stream *redis_stream_new(const struct redis_stream_config *config)
{
	struct redis_stream *stream = calloc(1, sizeof(*stream));
	if (stream == NULL) {
		return NULL;
	}
	stream->config = *config;
	stream->redis = redis_new(config->url);
	if (stream->redis == NULL) {
		free(stream);
		return NULL;
	}
	return stream;
}

void redis_stream_free(struct redis_stream *stream)
{
	if (stream != NULL) {
		redis_free(stream->redis);
		free(stream);
	}
}

/* Entries */

/* Finds the field of the URL, else the first field of the entry. The entry may be from another
 * program, or the name in the URL may be wrong, but the entry will be acknowledged and must not be
 * lost. */
static const redisReply *find_field(const redisReply *fields, const char *name)
{
	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		const redisReply *field = fields->element[i];
		if (field->type == REDIS_REPLY_STRING && strcmp(field->str, name) == 0) {
			return fields->element[i + 1];
		}
	}
	return fields->elements > 1 ? fields->element[1] : NULL;
}

/* [id, [field, value, ...]] */
static bool is_entry(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	       reply->element[0]->type == REDIS_REPLY_STRING;
}

/* An entry that was deleted after it was delivered to a group has no fields. */
static bool take_entry(struct redis_stream *stream, const redisReply *entry)
{
	if (!is_entry(entry)) {
		return false;
	}
	const redisReply *fields = entry->element[1];
	const redisReply *text = fields->type == REDIS_REPLY_ARRAY
	                                 ? find_field(fields, stream->config.url->field)
	                                 : NULL;
	if (text != NULL && text->type == REDIS_REPLY_STRING) {
		stream->config.take(stream->config.ctx, text->str, text->len);
	}
	(void)snprintf(stream->id, sizeof(stream->id), "%s", entry->element[0]->str);
	return true;
}

static int execute(struct redis_stream *stream, const char **words, int argc)
{
	redisReply *reply;
	int ret = redis_ask(stream->redis, argc, words, &reply);
	if (ret == 0) {
		freeReplyObject(reply);
	}
	return ret;
}

/* ids[0] to ids[2] are reserved for the words of the command. An entry that was removed, and not
 * acknowledged, is acknowledged the next time, because it has no fields. */
static int acknowledge(struct redis_stream *stream, const char **ids, int argc)
{
	int ret = 0;
	if (stream->config.remove) {
		ids[1] = "XDEL";
		ids[2] = stream->config.url->key;
		ret = execute(stream, ids + 1, argc - 1);
	}
	ids[0] = "XACK";
	ids[1] = stream->config.url->key;
	ids[2] = stream->config.group;
	return ret == 0 ? execute(stream, ids, argc) : ret;
}

static int take_entries(struct redis_stream *stream, const redisReply *entries)
{
	const char **ids = calloc(entries->elements + 3, sizeof(*ids));
	int argc = 3;
	int ret = 0;
	if (ids == NULL) {
		return redis_fail(stream->redis, TROUBLE_MEMORY, "out of memory");
	}
	for (size_t i = 0; i < entries->elements; i++) {
		if (take_entry(stream, entries->element[i])) {
			ids[argc++] = entries->element[i]->element[0]->str;
		}
	}
	if (stream->config.flush(stream->config.ctx) && stream->config.group != NULL && argc > 3) {
		ret = acknowledge(stream, ids, argc);
	}
	free(ids);
	return ret;
}

/* The reply is [[key, [entry, ...]]], or nil after the time-out. */
static int take_reply(struct redis_stream *stream, int argc, const char **argv, size_t *count)
{
	redisReply *reply;
	int ret = redis_ask(stream->redis, argc, argv, &reply);
	*count = 0;
	if (ret != 0) {
		return ret;
	}
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
	    reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements == 2 &&
	    reply->element[0]->element[1]->type == REDIS_REPLY_ARRAY) {
		*count = reply->element[0]->element[1]->elements;
		ret = take_entries(stream, reply->element[0]->element[1]);
	}
	freeReplyObject(reply);
	return ret;
}

static int read_next(struct redis_stream *stream)
{
	const char *key = stream->config.url->key;
	const char *group = stream->config.group;
	const char *consumer = stream->config.consumer;
	size_t count;
	if (group == NULL) {
		const char *argv[] = { "XREAD",  "COUNT",   COUNT, "BLOCK",
			               BLOCK_MS, "STREAMS", key,   stream->id };
		return take_reply(stream, 8, argv, &count);
	}
	if (stream->pending) {
		const char *argv[] = { "XREADGROUP", "GROUP",   group, consumer, "COUNT",
			               COUNT,        "STREAMS", key,   "0" };
		int ret = take_reply(stream, 9, argv, &count);
		stream->pending = ret != 0 || count > 0;
		return ret;
	}
	const char *argv[] = { "XREADGROUP", "GROUP",  group,     consumer, "COUNT", COUNT,
		               "BLOCK",      BLOCK_MS, "STREAMS", key,      ">" };
	return take_reply(stream, 11, argv, &count);
}

/* Where to start */

/* The id of the last entry. `$` in each XREAD would skip entries added between two reads. */
static int find_end(struct redis_stream *stream, char id[ID_SIZE])
{
	const char *argv[] = { "XREVRANGE", stream->config.url->key, "+", "-", "COUNT", "1" };
	redisReply *reply;
	int ret = redis_ask(stream->redis, 6, argv, &reply);
	if (ret != 0) {
		return ret;
	}
	(void)snprintf(id, ID_SIZE, "0-0");
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
	    is_entry(reply->element[0])) {
		(void)snprintf(id, ID_SIZE, "%s", reply->element[0]->element[0]->str);
	}
	freeReplyObject(reply);
	return 0;
}

/* Creates a missing group, and claims the entries that other members left. */
static int join_group(struct redis_stream *stream)
{
	const char *key = stream->config.url->key, *group = stream->config.group;
	const char *create[] = { "XGROUP", "CREATE", key, group, stream->id, "MKSTREAM" };
	const char *claim[] = { "XAUTOCLAIM", key, group,   stream->config.consumer,
		                IDLE_MS,      "0", "COUNT", "1000",
		                "JUSTID" };
	redisReply *reply;
	int ret = redis_ask(stream->redis, 6, create, &reply);
	if (ret == 0) {
		freeReplyObject(reply);
	} else if (strncmp(redis_error(stream->redis), "BUSYGROUP", 9) != 0) {
		return ret;
	}
	ret = redis_ask(stream->redis, 9, claim, &reply);
	if (ret == 0) {
		freeReplyObject(reply);
		stream->pending = true;
	}
	return ret;
}

static int start(struct redis_stream *stream)
{
	int ret = redis_open(stream->redis);
	if (ret == 0 && stream->id[0] == '\0') {
		if (stream->config.since_ms == REDIS_STREAM_FROM_NOW) {
			ret = find_end(stream, stream->id);
		} else {
			(void)snprintf(stream->id, sizeof(stream->id), "%" PRId64 "-0",
			               stream->config.since_ms);
		}
	}
	return ret == 0 && stream->config.group != NULL ? join_group(stream) : ret;
}

int redis_stream_read(struct redis_stream *stream)
{
	int ret = redis_is_open(stream->redis) ? 0 : start(stream);
	return ret == 0 ? read_next(stream) : ret;
}

int redis_stream_read_present(struct redis_stream *stream, bool *more)
{
	char from[ID_SIZE + 1];
	redisReply *reply;
	*more = false;
	int ret = redis_is_open(stream->redis) ? 0 : start(stream);
	if (ret == 0 && stream->end[0] == '\0') {
		ret = find_end(stream, stream->end);
	}
	(void)snprintf(from, sizeof(from), "(%s", stream->id);
	const char *argv[] = {
		"XRANGE", stream->config.url->key, from, stream->end, "COUNT", COUNT
	};
	ret = ret == 0 ? redis_ask(stream->redis, 6, argv, &reply) : ret;
	if (ret != 0) {
		return ret;
	}
	for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
		*more = take_entry(stream, reply->element[i]) || *more;
	}
	freeReplyObject(reply);
	return 0;
}

bool redis_stream_was_deleted(const struct redis_stream *stream)
{
	const char *error = redis_error(stream->redis);
	return strncmp(error, "NOGROUP", 7) == 0 || strncmp(error, "UNBLOCKED", 9) == 0;
}

bool redis_stream_recover(struct redis_stream *stream, int trouble)
{
	bool deleted = redis_stream_was_deleted(stream);
	if (trouble == TROUBLE_MEMORY || (trouble == TROUBLE_CONFIG && !deleted)) {
		return false;
	}
	if (deleted) {
		/* If another stream replaces the deleted one, all its entries are new. */
		(void)snprintf(stream->id, sizeof(stream->id), "0-0");
	}
	redis_close(stream->redis);
	return true;
}

const char *redis_stream_error(const struct redis_stream *stream)
{
	return redis_error(stream->redis);
}
