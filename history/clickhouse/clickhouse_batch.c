/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/log.h"
#include "base/writer.h"
#include "history/clickhouse/clickhouse_private.h"
#include "history/clickhouse/clickhouse_rows.h"
#include "history/clickhouse/clickhouse_stream.h"

/* The largest batch of a shard, in octets. */
#define SHARD_BATCH_MAX ((size_t)256 << 20)
#define RETRY_MS        200
#define RETRIES         1500 /* five minutes */
#define KIND_BATCH      254  /* the kind of a key that contains the number of a batch */
#define STATEMENT_MAX   2048

static const char STRUCTURE[] = "key String, first UInt64, last UInt64, count UInt64, "
                                "ttl_min UInt32, ttl_max UInt32, accepted UInt64, tls UInt64, "
                                "kept UInt8";

static const char TABLE[] =
        "CREATE TABLE IF NOT EXISTS " CLICKHOUSE_TABLE " (key String, "
        "first AggregateFunction(min, UInt64), last AggregateFunction(max, UInt64), "
        "count AggregateFunction(sum, UInt64), ttl_min AggregateFunction(min, UInt32), "
        "ttl_max AggregateFunction(max, UInt32), accepted AggregateFunction(sum, UInt64), "
        "tls AggregateFunction(sum, UInt64), kept AggregateFunction(max, UInt8)) "
        "ENGINE = AggregatingMergeTree ORDER BY key SETTINGS index_granularity = 1024";

struct clickhouse_batch {
	const struct clickhouse_url *url;
	struct writer shards[CLICKHOUSE_SHARDS_MAX]; /* rows in the format RowBinary */
};

int clickhouse_execute(const struct clickhouse_url *url, size_t shard, const char *statement,
                       const struct clickhouse_input *input)
{
	struct clickhouse_stream *stream = clickhouse_stream_open(url, shard, statement, input);
	if (stream == NULL) {
		log_error("out of memory");
		return -ENOMEM;
	}
	int ret = clickhouse_stream_end(stream);
	clickhouse_stream_close(stream);
	return ret;
}

/* Creates the database by a connection that does not name it. */
static int create_database(const struct clickhouse_url *url, size_t shard)
{
	struct clickhouse_url *other = malloc(sizeof(*other));
	char statement[128];
	if (other == NULL) {
		return -ENOMEM;
	}
	*other = *url;
	other->database[0] = '\0';
	(void)snprintf(statement, sizeof(statement), "CREATE DATABASE IF NOT EXISTS %s",
	               url->database);
	int ret = clickhouse_execute(other, shard, statement, NULL);
	free(other);
	return ret;
}

bool clickhouse_create(const struct clickhouse_url *url)
{
	for (size_t i = 0; i < url->shards_count; i++) {
		int ret = clickhouse_execute(url, i, TABLE, NULL);
		if (ret == -ENOENT) {
			ret = create_database(url, i);
			ret = ret == 0 ? clickhouse_execute(url, i, TABLE, NULL) : ret;
		}
		if (ret != 0) {
			return false;
		}
	}
	return true;
}

struct clickhouse_batch *clickhouse_batch_new(const struct clickhouse_url *url)
{
	struct clickhouse_batch *batch = calloc(1, sizeof(*batch));
	if (batch == NULL) {
		return NULL;
	}
	batch->url = url;
	for (size_t i = 0; i < url->shards_count; i++) {
		writer_init_growing(&batch->shards[i], SHARD_BATCH_MAX);
	}
	return batch;
}

void clickhouse_batch_free(struct clickhouse_batch *batch)
{
	if (batch == NULL) {
		return;
	}
	for (size_t i = 0; i < batch->url->shards_count; i++) {
		writer_free(&batch->shards[i]);
	}
	free(batch);
}

static void put_size(struct writer *w, size_t size)
{
	for (; size >= 0x80; size >>= 7) {
		writer_char(w, (char)(size | 0x80));
	}
	writer_char(w, (char)size);
}

/* Numbers are little-endian in the format RowBinary. */
static void put_number(struct writer *w, uint64_t number, unsigned octets)
{
	char wire[8];
	for (unsigned i = 0; i < octets; i++) {
		wire[i] = (char)(number >> 8 * i);
	}
	writer_put(w, wire, octets);
}

static void put_row(struct writer *w, const uint8_t *key, size_t size,
                    const struct history_seen *seen)
{
	put_size(w, size);
	writer_put(w, (const char *)key, size);
	put_number(w, seen->first, 8);
	put_number(w, seen->last, 8);
	put_number(w, seen->count, 8);
	put_number(w, seen->ttl_min, 4);
	put_number(w, seen->ttl_max, 4);
	put_number(w, seen->accepted, 8);
	put_number(w, seen->tls, 8);
	put_number(w, seen->kept, 1);
}

static size_t shard_of(const struct clickhouse_batch *batch, const uint8_t *key, size_t size,
                       const struct history_record *record)
{
	bool owned = record->kind == HISTORY_KEY_OWNER || record->kind == HISTORY_KEY_CLIENT;
	uint64_t hash = owned ? XXH3_64bits(record->row.owner, record->row.owner_size)
	                      : XXH3_64bits(key, size);
	return hash % batch->url->shards_count;
}

/* Adds a row by all of its keys. */
static void put_keys(struct writer *w, const uint8_t *key, size_t size,
                     const struct history_record *record)
{
	uint8_t other[HISTORY_KEY_MAX];
	size_t other_size;
	put_row(w, key, size, &record->seen);
	for (unsigned i = 0; (other_size = history_key_write_other(record, i, other)) > 0; i++) {
		put_row(w, other, other_size, &record->seen);
	}
}

void clickhouse_batch_add(struct clickhouse_batch *batch, const uint8_t *key, size_t size,
                          const struct history_record *record)
{
	put_keys(&batch->shards[shard_of(batch, key, size, record)], key, size, record);
}

void clickhouse_batch_add_to(struct clickhouse_batch *batch, size_t shard, const uint8_t *key,
                             size_t size, const struct history_record *record)
{
	put_keys(&batch->shards[shard], key, size, record);
}

/* Sums wrap around, so the count becomes 0. */
void clickhouse_batch_cancel(struct clickhouse_batch *batch, size_t shard, const uint8_t *key,
                             size_t size, const struct history_record *record)
{
	struct history_record less = *record;
	less.seen.count = 0 - record->seen.count;
	less.seen.accepted = less.seen.tls = 0;
	put_keys(&batch->shards[shard], key, size, &less);
}

size_t clickhouse_batch_size(const struct clickhouse_batch *batch, size_t shard)
{
	return writer_size(&batch->shards[shard]);
}

uint64_t clickhouse_batch_hash(const struct clickhouse_batch *batch, size_t shard)
{
	const struct writer *rows = &batch->shards[shard];
	return XXH3_64bits(rows->start, writer_size(rows));
}

/* Adds the name of a sensor or the number of a batch. */
static void put_key(struct writer *w, uint8_t kind, const char *text, size_t size)
{
	uint8_t key[1 + 255] = { kind };
	const struct history_seen seen = { .first = 0 };
	size = size < sizeof(key) - 1 ? size : sizeof(key) - 1;
	memcpy(key + 1, text, size);
	put_row(w, key, 1 + size, &seen);
}

void clickhouse_batch_name_sensor(struct clickhouse_batch *batch, const char *name, size_t size)
{
	for (size_t i = 0; i < batch->url->shards_count; i++) {
		put_key(&batch->shards[i], HISTORY_KEY_SENSOR, name, size);
	}
}

static void put_statement(struct writer *w, const char *id)
{
	writer_literal(w, "INSERT INTO " CLICKHOUSE_TABLE " SELECT key, minState(first), "
	                  "maxState(last), sumState(count), minState(ttl_min), maxState(ttl_max), "
	                  "sumState(accepted), sumState(tls), maxState(kept) FROM batch "
	                  "WHERE (SELECT count() FROM " CLICKHOUSE_TABLE " WHERE key = unhex('");
	writer_hex8(w, KIND_BATCH);
	for (const char *at = id; *at != '\0'; at++) {
		writer_hex8(w, (uint8_t)*at);
	}
	writer_literal(w, "')) = 0 GROUP BY key");
}

/* The server may still be executing the same statement for a client that has died. It then refuses
 * this statement, which is repeated until the other one has ended. */
static int insert(const struct clickhouse_batch *batch, size_t shard, const char *id)
{
	const struct writer *rows = &batch->shards[shard];
	char memory[STATEMENT_MAX];
	struct writer statement;
	const struct clickhouse_input input = { STRUCTURE, rows->start, writer_size(rows), id };
	writer_init(&statement, memory, sizeof(memory));
	put_statement(&statement, id);
	const char *text = writer_text(&statement);
	int ret = -EINPROGRESS;
	for (unsigned i = 0; text != NULL && ret == -EINPROGRESS && i < RETRIES; i++) {
		if (i > 0) {
			(void)poll(NULL, 0, RETRY_MS);
		}
		ret = clickhouse_execute(batch->url, shard, text, &input);
	}
	return ret;
}

bool clickhouse_batch_insert(struct clickhouse_batch *batch, const char *id)
{
	bool good = strlen(id) <= CLICKHOUSE_BATCH_ID_MAX;
	for (size_t i = 0; i < batch->url->shards_count; i++) {
		struct writer *rows = &batch->shards[i];
		if (writer_size(rows) > 0) {
			put_key(rows, KIND_BATCH, id, strlen(id));
			good = good && !rows->failed && insert(batch, i, id) == 0;
		}
		writer_restart(rows);
	}
	return good;
}
