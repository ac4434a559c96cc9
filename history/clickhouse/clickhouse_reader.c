/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/log.h"
#include "base/writer.h"
#include "history/clickhouse/clickhouse_private.h"
#include "history/clickhouse/clickhouse_rows.h"
#include "history/clickhouse/clickhouse_stream.h"

/* Octets of a row after its key: first, last, count, ttl_min, ttl_max, accepted, tls, kept. */
#define NUMBERS_SIZE  (3 * 8 + 2 * 4 + 2 * 8 + 1)
#define STATEMENT_MAX (1024 + 4 * HISTORY_KEY_MAX)

/* The answer of a shard. */
struct source {
	struct clickhouse_stream *stream;
	bool has_row;
	uint8_t key[HISTORY_KEY_MAX];
	size_t key_size;
	struct history_seen seen;
};

struct clickhouse_reader {
	struct clickhouse_url url;
	bool failed;
	uint8_t key[HISTORY_KEY_MAX];
	size_t key_size;
	uint8_t value[HISTORY_VALUE_MAX];
	struct source sources[CLICKHOUSE_SHARDS_MAX];
};

struct clickhouse_reader *clickhouse_reader_open(const char *url)
{
	char error[CLICKHOUSE_ERROR_MAX];
	struct clickhouse_reader *reader = calloc(1, sizeof(*reader));
	if (reader != NULL && !clickhouse_url_parse(&reader->url, url, error)) {
		log_error("--history: %s", error);
		free(reader);
		reader = NULL;
	}
	return reader;
}

struct clickhouse_reader *clickhouse_reader_open_shard(const char *url, size_t shard)
{
	struct clickhouse_reader *reader = clickhouse_reader_open(url);
	if (reader != NULL) {
		memmove(reader->url.shards[0], reader->url.shards[shard],
		        sizeof(reader->url.shards[0]));
		reader->url.shards_count = 1;
	}
	return reader;
}

static void end_reading(struct clickhouse_reader *reader)
{
	for (size_t i = 0; i < reader->url.shards_count; i++) {
		clickhouse_stream_close(reader->sources[i].stream);
		reader->sources[i] = (struct source){ .stream = NULL };
	}
}

void clickhouse_reader_close(struct clickhouse_reader *reader)
{
	if (reader != NULL) {
		end_reading(reader);
		free(reader);
	}
}

bool clickhouse_reader_failed(const struct clickhouse_reader *reader)
{
	return reader->failed;
}

/* Waits for the end of an answer, and logs what the stream does not log. */
static void end_answer(struct clickhouse_reader *reader, struct clickhouse_stream *stream,
                       bool whole)
{
	int ret = clickhouse_stream_end(stream);
	if (ret == -ENOENT) {
		log_error(
		        "history %s: nothing was imported: a database or its table does not exist",
		        reader->url.name);
	} else if (ret == 0 && !whole) {
		log_error("history %s: an answer is incomplete or invalid", reader->url.name);
	}
	reader->failed |= ret != 0 || !whole;
}

static void end_source(struct clickhouse_reader *reader, struct source *source, bool whole)
{
	end_answer(reader, source->stream, whole);
	source->has_row = false;
}

uint64_t clickhouse_number(const uint8_t *at, unsigned octets)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < octets; i++) {
		value |= (uint64_t)at[i] << 8 * i;
	}
	return value;
}

static uint64_t number(const uint8_t **at, unsigned octets)
{
	uint64_t value = clickhouse_number(*at, octets);
	*at += octets;
	return value;
}

static void read_numbers(const uint8_t *at, struct history_seen *seen)
{
	seen->first = number(&at, 8);
	seen->last = number(&at, 8);
	seen->count = number(&at, 8);
	seen->ttl_min = (uint32_t)number(&at, 4);
	seen->ttl_max = (uint32_t)number(&at, 4);
	uint64_t accepted = number(&at, 8), tls = number(&at, 8);
	seen->accepted = accepted < UINT32_MAX ? (uint32_t)accepted : UINT32_MAX;
	seen->tls = tls < UINT32_MAX ? (uint32_t)tls : UINT32_MAX;
	seen->kept = number(&at, 1) != 0;
}

static bool read_size(struct clickhouse_stream *stream, size_t *size)
{
	*size = 0;
	for (unsigned shift = 0; shift < 21; shift += 7) {
		const uint8_t *octet = clickhouse_stream_take(stream, 1);
		if (octet == NULL) {
			return false;
		}
		*size |= (size_t)(*octet & 0x7f) << shift;
		if (*octet < 0x80) {
			return *size > 0 && *size <= HISTORY_KEY_MAX;
		}
	}
	return false;
}

static bool read_row(struct source *source)
{
	if (!read_size(source->stream, &source->key_size)) {
		return false;
	}
	const uint8_t *key = clickhouse_stream_take(source->stream, source->key_size);
	if (key == NULL) {
		return false;
	}
	memcpy(source->key, key, source->key_size);
	const uint8_t *numbers = clickhouse_stream_take(source->stream, NUMBERS_SIZE);
	if (numbers == NULL) {
		return false;
	}
	read_numbers(numbers, &source->seen);
	return source->seen.last >= source->seen.first &&
	       source->seen.ttl_max >= source->seen.ttl_min;
}

/* Reads the next row of a shard. */
static void advance(struct clickhouse_reader *reader, struct source *source)
{
	source->has_row = clickhouse_stream_has_more(source->stream);
	if (!source->has_row) {
		end_source(reader, source, true);
	} else if (!read_row(source)) {
		end_source(reader, source, false);
	}
}

void clickhouse_put_hex(struct writer *w, const uint8_t *octets, size_t size)
{
	writer_literal(w, "unhex('");
	for (size_t i = 0; i < size; i++) {
		writer_hex8(w, octets[i]);
	}
	writer_literal(w, "')");
}

/* A key begins with the prefix if it is not less than the prefix, and less than the next string of
 * the prefix's size. */
static void put_range(struct writer *w, const uint8_t *prefix, size_t size, const uint8_t *from,
                      size_t from_size)
{
	uint8_t next[HISTORY_KEY_MAX];
	memcpy(next, prefix, size);
	writer_literal(w, " WHERE key >= ");
	clickhouse_put_hex(w, from_size > 0 ? from : prefix, from_size > 0 ? from_size : size);
	while (size > 0 && next[size - 1] == 0xff) {
		size--;
	}
	if (size > 0) {
		next[size - 1]++;
		writer_literal(w, " AND key < ");
		clickhouse_put_hex(w, next, size);
	}
}

static bool write_statement(struct writer *w, const uint8_t *prefix, size_t size,
                            const uint8_t *from, size_t from_size)
{
	writer_literal(w, "SELECT key, minMerge(first), maxMerge(last), sumMerge(count), "
	                  "minMerge(ttl_min), maxMerge(ttl_max), sumMerge(accepted), "
	                  "sumMerge(tls), maxMerge(kept) FROM " CLICKHOUSE_TABLE);
	put_range(w, prefix, size, from, from_size);
	writer_literal(w, " GROUP BY key HAVING sumMerge(count) > 0 OR NOT (" CLICKHOUSE_IS_ROW
	                  ") ORDER BY key FORMAT RowBinary");
	return writer_text(w) != NULL;
}

bool clickhouse_reader_seek(struct clickhouse_reader *reader, const uint8_t *prefix, size_t size,
                            const uint8_t *from, size_t from_size)
{
	char memory[STATEMENT_MAX];
	struct writer statement;
	end_reading(reader);
	writer_init(&statement, memory, sizeof(memory));
	bool good = write_statement(&statement, prefix, size, from, from_size);
	for (size_t i = 0; good && i < reader->url.shards_count; i++) {
		reader->sources[i].stream = clickhouse_stream_open(&reader->url, i, memory, NULL);
		good = reader->sources[i].stream != NULL;
	}
	for (size_t i = 0; good && i < reader->url.shards_count; i++) {
		advance(reader, &reader->sources[i]);
	}
	reader->failed |= !good;
	return good;
}

static int compare(const struct source *one, const struct source *other)
{
	return history_key_compare(one->key, one->key_size, other->key, other->key_size);
}

/* Names of sensors and numbers of batches are on several shards; they are merged like records. */
static enum history_key_kind value_kind(const struct source *source)
{
	struct history_record record;
	return history_key_read(source->key, source->key_size, &record) ? record.kind
	                                                                : HISTORY_KEY_OWNER;
}

/* Reads the smallest key of all shards. The values that other shards have for this key are merged
 * into its value. */
bool clickhouse_reader_next(struct clickhouse_reader *reader, const uint8_t **key, size_t *key_size,
                            const uint8_t **value, size_t *value_size)
{
	struct source *first = NULL;
	for (size_t i = 0; i < reader->url.shards_count; i++) {
		struct source *source = &reader->sources[i];
		if (source->has_row && (first == NULL || compare(source, first) < 0)) {
			first = source;
		}
	}
	if (first == NULL || reader->failed) {
		return false;
	}
	enum history_key_kind kind = value_kind(first);
	for (size_t i = 0; i < reader->url.shards_count; i++) {
		struct source *source = &reader->sources[i];
		if (source != first && source->has_row && compare(source, first) == 0) {
			history_seen_merge(kind, &first->seen, &source->seen);
			advance(reader, source);
		}
	}
	memcpy(reader->key, first->key, first->key_size);
	*key = reader->key;
	*key_size = reader->key_size = first->key_size;
	*value = reader->value;
	*value_size = history_value_write(kind, &first->seen, reader->value);
	advance(reader, first);
	return !reader->failed;
}

bool clickhouse_reader_size(struct clickhouse_reader *reader, uint64_t *parts, uint64_t *octets)
{
	static const char STATEMENT[] =
	        "SELECT count(), sum(bytes_on_disk) FROM system.parts WHERE active AND "
	        "database = currentDatabase() AND table = '" CLICKHOUSE_TABLE "' FORMAT RowBinary";
	*parts = *octets = 0;
	for (size_t i = 0; i < reader->url.shards_count; i++) {
		struct clickhouse_stream *stream =
		        clickhouse_stream_open(&reader->url, i, STATEMENT, NULL);
		const uint8_t *numbers = stream != NULL ? clickhouse_stream_take(stream, 16) : NULL;
		const uint8_t *at = numbers;
		if (at != NULL) {
			*parts += number(&at, 8);
			*octets += number(&at, 8);
		}
		reader->failed |= stream == NULL;
		if (stream != NULL) {
			end_answer(reader, stream, numbers != NULL);
		}
		clickhouse_stream_close(stream);
	}
	return !reader->failed;
}
