/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/publisher/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SIZE      24
#define POSITION_SECONDS "604800" /* 7 days */
#define WAIT_MS          "3000"

static const enum record_kind kinds[] = { RECORD_HIT, RECORD_LOG, RECORD_ROWS, RECORD_INCIDENT };

static const char *key_of(const struct batch *batch, enum record_kind kind)
{
	const struct redis_url *url = batch->url;
	const char *const keys[] = {
		[RECORD_HIT] = url->key,
		[RECORD_LOG] = url->log_key,
		[RECORD_ROWS] = url->rows_key,
		[RECORD_INCIDENT] = url->incidents_key,
	};
	return keys[kind];
}

static enum redis_url_form form_of(const struct batch *batch, enum record_kind kind)
{
	switch (kind) {
	case RECORD_ROWS:
		return REDIS_URL_STREAM;
	case RECORD_INCIDENT:
		return batch->url->incidents_form;
	default:
		return batch->url->form;
	}
}

void batch_clear(struct batch *batch, uint64_t position)
{
	batch->count = 0;
	batch->bytes = 0;
	batch->last = position;
	batch->fresh = 0;
}

bool batch_is_full(const struct batch *batch)
{
	return batch->count >= batch->url->batch || batch->bytes >= BATCH_BYTES_MAX;
}

/* A command whose arguments are all terminated by NUL. */
static int add(struct redis *redis, int argc, const char **argv)
{
	return redis_add(redis, argc, argv, NULL);
}

static int add_word(struct redis *redis, const char *word)
{
	return add(redis, 1, &word);
}

struct command {
	int argc;
	const char *argv[16];
	size_t sizes[16];
};

static void put(struct command *command, const char *text, size_t size)
{
	command->argv[command->argc] = text;
	command->sizes[command->argc++] = size;
}

static void put_text(struct command *command, const char *text)
{
	put(command, text, strlen(text));
}

static int add_to_stream(const struct batch *batch, struct redis *redis,
                         const struct record *record)
{
	struct command command = { 0 };
	char maxlen[NUMBER_SIZE], severity[NUMBER_SIZE];
	put_text(&command, "XADD");
	put_text(&command, key_of(batch, record->kind));
	if (batch->url->maxlen > 0) {
		(void)snprintf(maxlen, sizeof(maxlen), "%" PRIu64, batch->url->maxlen);
		put_text(&command, "MAXLEN");
		put_text(&command, "~");
		put_text(&command, maxlen);
	}
	put_text(&command, "*");
	put_text(&command, batch->url->field);
	put(&command, record->json, record->json_size);
	put_text(&command, "id");
	put(&command, record->id, record->id_size);
	if (record->kind == RECORD_HIT || record->kind == RECORD_INCIDENT) {
		(void)snprintf(severity, sizeof(severity), "%u", record->severity);
		put_text(&command, "sev");
		put_text(&command, severity);
		put_text(&command, record->kind == RECORD_HIT ? "rule" : "incident");
		put(&command, record->rule, record->rule_size);
	}
	return redis_add(redis, command.argc, command.argv, command.sizes);
}

/* The stream is not trimmed: the importer removes what it has imported. */
static int add_rows(const struct batch *batch, struct redis *redis, const struct record *record)
{
	struct command command = { 0 };
	put_text(&command, "XADD");
	put_text(&command, batch->url->rows_key);
	put_text(&command, "*");
	put_text(&command, REDIS_URL_FIELD_ROWS);
	put(&command, record->json, record->json_size);
	return redis_add(redis, command.argc, command.argv, command.sizes);
}

static int add_record(const struct batch *batch, struct redis *redis, const struct record *record)
{
	static const char *const verbs[] = {
		[REDIS_URL_LIST] = "RPUSH",
		[REDIS_URL_LPUSH] = "LPUSH",
		[REDIS_URL_CHANNEL] = "PUBLISH",
	};
	struct command command = { 0 };
	enum redis_url_form form = form_of(batch, record->kind);
	if (record->kind == RECORD_ROWS) {
		return add_rows(batch, redis, record);
	}
	if (form == REDIS_URL_STREAM) {
		return add_to_stream(batch, redis, record);
	}
	put_text(&command, verbs[form]);
	put_text(&command, key_of(batch, record->kind));
	put(&command, record->json, record->json_size);
	return redis_add(redis, command.argc, command.argv, command.sizes);
}

static int check_type(const struct batch *batch, struct redis *redis, enum record_kind kind)
{
	char why[256];
	const char *type = batch->wrong[kind - 1];
	if (type[0] == '\0') {
		return 0;
	}
	(void)snprintf(why, sizeof(why), "WRONGTYPE the key %.100s is a %s", key_of(batch, kind),
	               type);
	return redis_fail(redis, TROUBLE_CONFIG, why);
}

int batch_add(struct batch *batch, struct redis *redis, const struct record *record,
              uint64_t sequence)
{
	batch->last = sequence;
	if (record->kind == RECORD_ROWS && batch->url->rows_key[0] == '\0') {
		return 0; /* for another output */
	}
	batch->fresh += sequence > batch->counted;
	if (sequence <= batch->passed[record->kind - 1]) {
		return 0;
	}
	int ret = check_type(batch, redis, record->kind);
	if (ret == 0 && batch->count == 0) {
		ret = add_word(redis, "MULTI");
	}
	if (ret == 0) {
		ret = add_record(batch, redis, record);
	}
	if (ret == 0) {
		batch->kinds[batch->count++] = (uint8_t)record->kind;
		batch->bytes += record->json_size;
	}
	if (ret == 0 && redis_pending(redis) >= BATCH_SEND_BYTES) {
		ret = redis_send(redis);
	}
	return ret;
}

/* Keeps a list at its length; once for each batch is enough. */
static int add_trim(const struct batch *batch, struct redis *redis, enum record_kind kind)
{
	char from[NUMBER_SIZE] = "0", to[NUMBER_SIZE] = "-1";
	if (form_of(batch, kind) == REDIS_URL_LIST) {
		(void)snprintf(from, sizeof(from), "-%" PRIu64, batch->url->maxlen);
	} else {
		(void)snprintf(to, sizeof(to), "%" PRIu64, batch->url->maxlen - 1);
	}
	const char *argv[] = { "LTRIM", key_of(batch, kind), from, to };
	return add(redis, 4, argv);
}

static int add_trims(const struct batch *batch, struct redis *redis, size_t *commands)
{
	int ret = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && ret == 0; i++) {
		enum redis_url_form form = form_of(batch, kinds[i]);
		bool list = form == REDIS_URL_LIST || form == REDIS_URL_LPUSH;
		if (list && batch->url->maxlen > 0 &&
		    memchr(batch->kinds, kinds[i], batch->count) != NULL) {
			ret = add_trim(batch, redis, kinds[i]);
			(*commands)++;
		}
	}
	return ret;
}

static int add_position(const struct batch *batch, struct redis *redis, uint64_t position)
{
	char number[NUMBER_SIZE];
	(void)snprintf(number, sizeof(number), "%" PRIu64, position);
	const char *argv[] = { "SET", batch->position_key, number, "EX", POSITION_SECONDS };
	return add(redis, 5, argv);
}

static int add_watch(const struct batch *batch, struct redis *redis)
{
	const char *argv[] = { "WATCH", batch->position_key };
	return add(redis, 2, argv);
}

static int add_wait(const struct batch *batch, struct redis *redis)
{
	char number[NUMBER_SIZE];
	if (batch->url->wait == 0) {
		return 0;
	}
	(void)snprintf(number, sizeof(number), "%u", batch->url->wait);
	const char *argv[] = { "WAIT", number, WAIT_MS };
	return add(redis, 3, argv);
}

/* Completes and sends the pipeline. `commands` receives the number of commands before EXEC. */
static int send_batch(const struct batch *batch, struct redis *redis, size_t *commands)
{
	*commands = batch->count + 2;
	int ret = batch->count == 0 ? add_word(redis, "MULTI") : 0;
	if (ret == 0) {
		ret = add_trims(batch, redis, commands);
	}
	if (ret == 0) {
		ret = add_position(batch, redis, batch->last);
	}
	if (ret == 0) {
		ret = add_word(redis, "EXEC");
	}
	if (ret == 0) {
		ret = add_wait(batch, redis);
	}
	if (ret == 0) {
		ret = add_watch(batch, redis);
	}
	return ret == 0 ? redis_send(redis) : ret;
}

/* Reads the replies up to that of EXEC. The first error is the reason if EXEC does nothing. */
static int await_exec(struct redis *redis, size_t commands, redisReply **exec)
{
	int trouble = 0;
	for (size_t i = 0; i <= commands; i++) {
		int ret = redis_reply(redis, exec);
		if (ret != 0) {
			return ret;
		}
		if (trouble == 0) {
			trouble = redis_judge(redis, *exec);
		}
		if (i < commands || trouble != 0) {
			freeReplyObject(*exec);
		}
	}
	return trouble;
}

/* Finds the records that were refused although EXEC was executed. */
static int judge_records(const struct batch *batch, struct redis *redis, const redisReply *exec,
                         bool refused[RECORD_KINDS])
{
	int trouble = 0;
	for (size_t i = 0; i < exec->elements; i++) {
		int ret = redis_judge(redis, exec->element[i]);
		if (ret != 0 && i < batch->count) {
			refused[batch->kinds[i] - 1] = true;
		}
		trouble = ret != 0 ? ret : trouble;
	}
	return trouble;
}

static void count_reached(struct batch *batch, const redisReply *exec)
{
	for (size_t i = 0; i < exec->elements && i < batch->count; i++) {
		if (batch->kinds[i] == RECORD_ROWS) {
			continue;
		}
		long long reached = exec->element[i]->integer;
		batch->published++;
		batch->unheard += reached == 0;
		batch->reached += reached > 0 ? (uint64_t)reached : 0;
	}
}

static int set_back(struct batch *batch, struct redis *redis, uint64_t before,
                    const bool refused[RECORD_KINDS])
{
	redisReply *reply;
	for (size_t i = 0; i < RECORD_KINDS; i++) {
		if (!refused[i]) {
			batch->passed[i] = batch->last;
		}
	}
	int ret = add_position(batch, redis, before);
	if (ret == 0) {
		ret = redis_send(redis);
	}
	/* The replies to WAIT and WATCH come first. */
	for (int i = batch->url->wait > 0 ? 3 : 2; i > 0 && ret == 0; i--) {
		ret = redis_reply(redis, &reply);
		if (ret == 0) {
			freeReplyObject(reply);
		}
	}
	return ret;
}

static int judge_wait(const struct batch *batch, struct redis *redis)
{
	char why[96];
	redisReply *reply;
	int ret = redis_reply(redis, &reply);
	if (ret != 0) {
		return ret;
	}
	ret = redis_judge(redis, reply);
	if (ret == 0 && reply->integer < (long long)batch->url->wait) {
		(void)snprintf(why, sizeof(why), "only %lld of %u replicas have the events",
		               reply->integer, batch->url->wait);
		ret = redis_fail(redis, TROUBLE_WAIT, why);
	}
	freeReplyObject(reply);
	return ret;
}

static int judge_exec(struct batch *batch, struct redis *redis, const redisReply *exec,
                      uint64_t before)
{
	bool refused[RECORD_KINDS] = { false };
	if (exec->type == REDIS_REPLY_NIL) {
		return redis_fail(redis, TROUBLE_RACE,
		                  "another connection delivers the same events");
	}
	if (exec->type != REDIS_REPLY_ARRAY) {
		return redis_fail(redis, TROUBLE_LINK, "Redis sent an unexpected reply");
	}
	int trouble = judge_records(batch, redis, exec, refused);
	if (trouble != 0) {
		char why[256];
		(void)snprintf(why, sizeof(why), "%s", redis_error(redis));
		int ret = set_back(batch, redis, before, refused);
		return ret != 0 ? ret : redis_fail(redis, (enum trouble)trouble, why);
	}
	if (batch->url->form == REDIS_URL_CHANNEL) {
		count_reached(batch, exec);
	}
	int ret = batch->url->wait > 0 ? judge_wait(batch, redis) : 0;
	return ret == 0 ? redis_expect_ok(redis) : ret;
}

int batch_deliver(struct batch *batch, struct redis *redis, uint64_t before)
{
	redisReply *exec = NULL;
	size_t commands;
	int ret = send_batch(batch, redis, &commands);
	if (ret == 0) {
		ret = await_exec(redis, commands, &exec);
	}
	if (ret != 0) {
		return ret;
	}
	ret = judge_exec(batch, redis, exec, before);
	freeReplyObject(exec);
	return ret;
}

static int ask_position(const struct batch *batch, struct redis *redis)
{
	const char *get[] = { "GET", batch->position_key };
	int ret = add_word(redis, "MULTI");
	if (ret == 0) {
		ret = add_word(redis, "DISCARD");
	}
	if (ret == 0) {
		ret = add_watch(batch, redis);
	}
	if (ret == 0) {
		ret = add(redis, 2, get);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && ret == 0; i++) {
		const char *type[] = { "TYPE", key_of(batch, kinds[i]) };
		ret = add(redis, 2, type);
	}
	return ret == 0 ? redis_send(redis) : ret;
}

static int take_position(struct redis *redis, uint64_t *position)
{
	redisReply *reply;
	int ret = redis_reply(redis, &reply);
	if (ret != 0) {
		return ret;
	}
	ret = redis_judge(redis, reply);
	if (ret == 0 && reply->type == REDIS_REPLY_STRING) {
		*position = strtoull(reply->str, NULL, 10);
	}
	freeReplyObject(reply);
	return ret;
}

/* A user without the right to TYPE may still write. */
static int take_type(struct batch *batch, struct redis *redis, enum record_kind kind)
{
	enum redis_url_form form = form_of(batch, kind);
	const char *right = form == REDIS_URL_STREAM ? "stream" : "list";
	char *wrong = batch->wrong[kind - 1];
	redisReply *reply;
	int ret = redis_reply(redis, &reply);
	if (ret != 0) {
		return ret;
	}
	wrong[0] = '\0';
	if (reply->type == REDIS_REPLY_STATUS && form != REDIS_URL_CHANNEL &&
	    strcmp(reply->str, "none") != 0 && strcmp(reply->str, right) != 0) {
		(void)snprintf(wrong, sizeof(batch->wrong[0]), "%.30s, no %s", reply->str, right);
	}
	freeReplyObject(reply);
	return 0;
}

int batch_position(struct batch *batch, struct redis *redis, uint64_t *position)
{
	redis_discard(redis);
	int ret = ask_position(batch, redis);
	for (int i = 0; i < 3 && ret == 0; i++) {
		ret = redis_expect_ok(redis);
	}
	if (ret == 0) {
		ret = take_position(redis, position);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && ret == 0; i++) {
		ret = take_type(batch, redis, kinds[i]);
	}
	return ret;
}
