/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/log.h"
#include "rules/observation.h"
#include "sensor/commands/command.h"
#include "sensor/outputs/event_line.h"
#include "sensor/redis/redis.h"
#include "sensor/system/exit_status.h"
#include "sensor/system/signals.h"

#define URL_DEFAULT "redis://127.0.0.1"
#define ERROR_MAX   1280

#define ID_SIZE   48
#define LINE_SIZE ((size_t)4 << 20) /* Of an event that escapes make four times as long. */
/* Few enough that even large events stay below REDIS_REPLY_MAX. */
#define COUNT          "50"
#define BLOCK_MS       "500" /* How soon a signal is obeyed. */
#define IDLE_MS        "60000"
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000

const struct command_help tail_help = {
	.text = "Prints one readable line a hit until SIGINT, coloured on a terminal unless "
	        "NO_COLOR is set. Without an argument the Redis is " URL_DEFAULT " and the stream "
	        "nsmx:hits; ?key=NAME names another stream.",
	.examples = { { "nsmx tail", "new hits" },
	              { "nsmx tail --since 2h --severity high redis://hub",
	                "high and critical hits from two hours ago on" },
	              { "nsmx tail --group night 'redis://hub?key=nsmx:log'",
	                "logged messages, shared among the members of a group" } },
};

struct tail {
	const struct options *options;
	struct redis_url url;
	struct redis *redis;
	char id[ID_SIZE]; /* Of the last entry that was seen; group: as well, of our own. */
	bool pending;     /* Group: what an earlier run took and did not finish comes first. */
	bool coloured;
	bool down;   /* As said. */
	bool closed; /* Nobody reads standard output any more. */
	struct writer line;
};

/* One entry of a stream */

static const redisReply *field(const redisReply *fields, const char *name)
{
	for (size_t i = 0; i + 1 < fields->elements; i += 2) {
		if (strcmp(fields->element[i]->str, name) == 0) {
			return fields->element[i + 1];
		}
	}
	return NULL;
}

static const char *text_at(const json_t *json, const char *object, const char *name)
{
	const json_t *inner = object != NULL ? json_object_get(json, object) : json;
	const char *text = json_string_value(json_object_get(inner, name));
	return text != NULL ? text : "";
}

static bool is_wanted(const struct options *options, const json_t *json)
{
	const char *what = text_at(json, "nsmx", "what");
	bool kind = options->kinds == 0;
	for (int i = 0; i < KIND_COUNT && !kind; i++) {
		kind = (options->kinds >> i & 1) != 0 &&
		       strcmp(what, observation_kind_text((enum observation_kind)i)) == 0;
	}
	return kind && (options->rule == NULL ||
	                fnmatch(options->rule, text_at(json, "rule", "id"), 0) == 0);
}

static void print_line(struct tail *tail, const json_t *json, unsigned severity)
{
	const char *time = text_at(json, NULL, "@timestamp");
	const char *reason = text_at(json, "event", "reason");
	writer_restart(&tail->line);
	event_line_put(&tail->line, time, severity, reason, tail->coloured);
	if (!tail->line.failed) {
		(void)fwrite(tail->line.start, 1, writer_size(&tail->line), stdout);
	}
}

static void print_event(struct tail *tail, const redisReply *text)
{
	json_t *json = json_loadb(text->str, text->len, 0, NULL);
	if (json == NULL) {
		return;
	}
	const json_t *number = json_object_get(json_object_get(json, "event"), "severity");
	unsigned severity = (unsigned)json_integer_value(number);
	if (severity >= tail->options->severity && is_wanted(tail->options, json)) {
		if (tail->options->json) {
			(void)fwrite(text->str, 1, text->len, stdout);
			(void)putchar('\n');
		} else {
			print_line(tail, json, severity);
		}
	}
	json_decref(json);
}

/* An entry that was deleted since it was handed out has no fields. */
static bool print_entry(struct tail *tail, const redisReply *entry)
{
	if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
	    entry->element[0]->type != REDIS_REPLY_STRING) {
		return false;
	}
	const redisReply *fields = entry->element[1];
	const redisReply *text =
	        fields->type == REDIS_REPLY_ARRAY ? field(fields, tail->url.field) : NULL;
	if (text != NULL && text->type == REDIS_REPLY_STRING) {
		print_event(tail, text);
	}
	(void)snprintf(tail->id, sizeof(tail->id), "%s", entry->element[0]->str);
	return true;
}

/* Prints entries; 0 or enum trouble. What is printed is done with. */
static int print_entries(struct tail *tail, const redisReply *entries)
{
	const char **ids = calloc(entries->elements + 3, sizeof(*ids));
	redisReply *reply;
	int argc = 3;
	if (ids == NULL) {
		return redis_fail(tail->redis, TROUBLE_MEMORY, "out of memory");
	}
	for (size_t i = 0; i < entries->elements; i++) {
		if (print_entry(tail, entries->element[i])) {
			ids[argc++] = entries->element[i]->element[0]->str;
		}
	}
	int ret = 0;
	tail->closed = fflush(stdout) != 0;
	if (tail->options->group != NULL && argc > 3 && !tail->closed) {
		ids[0] = "XACK";
		ids[1] = tail->url.key;
		ids[2] = tail->options->group;
		ret = redis_ask(tail->redis, argc, ids, &reply);
		if (ret == 0) {
			freeReplyObject(reply);
		}
	}
	free(ids);
	return ret;
}

/* Asking for more */

/* [[key, [entry, ...]]], or nothing after a wait in vain. */
static int take_streams(struct tail *tail, int argc, const char **argv, size_t *count)
{
	redisReply *reply;
	int ret = redis_ask(tail->redis, argc, argv, &reply);
	*count = 0;
	if (ret != 0) {
		return ret;
	}
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
	    reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements == 2 &&
	    reply->element[0]->element[1]->type == REDIS_REPLY_ARRAY) {
		*count = reply->element[0]->element[1]->elements;
		ret = print_entries(tail, reply->element[0]->element[1]);
	}
	freeReplyObject(reply);
	return ret;
}

static int follow(struct tail *tail)
{
	const char *key = tail->url.key;
	size_t count;
	if (tail->options->group == NULL) {
		const char *argv[] = { "XREAD",  "COUNT",   COUNT, "BLOCK",
			               BLOCK_MS, "STREAMS", key,   tail->id };
		return take_streams(tail, 8, argv, &count);
	}
	const char *group = tail->options->group;
	const char *consumer = tail->options->consumer;
	if (tail->pending) {
		const char *argv[] = { "XREADGROUP", "GROUP",   group, consumer, "COUNT",
			               COUNT,        "STREAMS", key,   "0" };
		int ret = take_streams(tail, 9, argv, &count);
		tail->pending = ret != 0 || count > 0;
		return ret;
	}
	const char *argv[] = { "XREADGROUP", "GROUP",  group,     consumer, "COUNT", COUNT,
		               "BLOCK",      BLOCK_MS, "STREAMS", key,      ">" };
	return take_streams(tail, 11, argv, &count);
}

/* From now on: behind the last entry. `$` in each XREAD would skip what comes between two. */
static int find_end(struct tail *tail)
{
	const char *argv[] = { "XREVRANGE", tail->url.key, "+", "-", "COUNT", "1" };
	redisReply *reply;
	int ret = redis_ask(tail->redis, 6, argv, &reply);
	if (ret != 0) {
		return ret;
	}
	(void)snprintf(tail->id, sizeof(tail->id), "0-0");
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 &&
	    reply->element[0]->type == REDIS_REPLY_ARRAY && reply->element[0]->elements == 2) {
		(void)snprintf(tail->id, sizeof(tail->id), "%s",
		               reply->element[0]->element[0]->str);
	}
	freeReplyObject(reply);
	return 0;
}

/* Makes the group unless it is there, and takes over what others left lying. */
static int join_group(struct tail *tail)
{
	const char *key = tail->url.key, *group = tail->options->group;
	const char *create[] = { "XGROUP", "CREATE", key, group, tail->id, "MKSTREAM" };
	const char *claim[] = { "XAUTOCLAIM", key, group,   tail->options->consumer,
		                IDLE_MS,      "0", "COUNT", "1000",
		                "JUSTID" };
	redisReply *reply;
	int ret = redis_ask(tail->redis, 6, create, &reply);
	if (ret == 0) {
		freeReplyObject(reply);
	} else if (strncmp(redis_error(tail->redis), "BUSYGROUP", 9) != 0) {
		return ret;
	}
	ret = redis_ask(tail->redis, 9, claim, &reply);
	if (ret == 0) {
		freeReplyObject(reply);
		tail->pending = true;
	}
	return ret;
}

static int start(struct tail *tail)
{
	int ret = redis_open(tail->redis);
	if (ret == 0 && tail->id[0] == '\0') {
		if (tail->options->since_ms == OPTIONS_SINCE_NOW) {
			ret = find_end(tail);
		} else {
			(void)snprintf(tail->id, sizeof(tail->id), "%" PRId64 "-0",
			               tail->options->since_ms);
		}
	}
	return ret == 0 && tail->options->group != NULL ? join_group(tail) : ret;
}

/* Waits a while after trouble; false when there is no use in going on. */
static bool recover(struct tail *tail, int trouble, int *backoff_ms)
{
	const char *why = redis_error(tail->redis);
	bool gone = strncmp(why, "NOGROUP", 7) == 0 || strncmp(why, "UNBLOCKED", 9) == 0;
	if (trouble == TROUBLE_MEMORY || (trouble == TROUBLE_CONFIG && !gone)) {
		log_error("tail: %s: %s", tail->url.name, why);
		return false;
	}
	if (gone) {
		/* The stream was deleted, and the group with it: its heir is all new. */
		(void)snprintf(tail->id, sizeof(tail->id), "0-0");
	} else if (trouble != TROUBLE_MOVED && !tail->down) {
		tail->down = true;
		log_warn("tail: %s: %s; waiting for it", tail->url.name, why);
	}
	redis_close(tail->redis);
	if (trouble != TROUBLE_MOVED) {
		(void)poll(NULL, 0, *backoff_ms);
		*backoff_ms = *backoff_ms < BACKOFF_MAX_MS / 2 ? 2 * *backoff_ms : BACKOFF_MAX_MS;
	}
	return true;
}

static int follow_all(struct tail *tail)
{
	int backoff_ms = BACKOFF_MIN_MS;
	while (!signals_stop() && !tail->closed) {
		int ret = redis_is_open(tail->redis) ? 0 : start(tail);
		if (ret == 0) {
			ret = follow(tail);
		}
		if (ret == 0) {
			backoff_ms = BACKOFF_MIN_MS;
			if (tail->down) {
				tail->down = false;
				log_info("tail: %s: connected", tail->url.name);
			}
		} else if (!signals_stop() && !recover(tail, ret, &backoff_ms)) {
			return EXIT_FAILED;
		}
	}
	return EXIT_DONE;
}

static bool parse_url(struct redis_url *url, const struct options_operands *operands,
                      char error[ERROR_MAX])
{
	char usual[] = URL_DEFAULT;
	char *target = operands->count > 0 ? operands->items[0] : usual;
	if (operands->count > 1) {
		(void)snprintf(error, ERROR_MAX, "more than one Redis");
		return false;
	}
	if (redis_url_parse(url, target, error, ERROR_MAX) != 0) {
		return false;
	}
	redis_url_conceal(target);
	if (url->form != REDIS_URL_STREAM) {
		(void)snprintf(error, ERROR_MAX, "only a stream can be followed, no as=");
		return false;
	}
	return true;
}

int cmd_tail(struct options *options)
{
	char error[ERROR_MAX];
	struct tail tail = { .options = options };
	if (options->group != NULL && options->group[0] == '\0') {
		log_error("tail: --group: an empty name; see nsmx help tail");
		return EXIT_USAGE;
	}
	if (!parse_url(&tail.url, &options->operands, error)) {
		log_error("tail: %s; see nsmx help tail", error);
		return EXIT_USAGE;
	}
	writer_init_growing(&tail.line, LINE_SIZE);
	tail.coloured = event_line_wants_colour(STDOUT_FILENO);
	tail.redis = redis_new(&tail.url);
	if (tail.redis == NULL) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	signals_install();
	int ret = follow_all(&tail);
	redis_free(tail.redis);
	writer_free(&tail.line);
	return ret;
}
