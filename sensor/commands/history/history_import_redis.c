/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/history/history_import_redis.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/log.h"
#include "base/printable.h"
#include "history/clickhouse/clickhouse_rows.h"
#include "history/clickhouse/clickhouse_url.h"
#include "history/import/clickhouse_target.h"
#include "sensor/redis/redis_stream.h"
#include "sensor/system/exit_status.h"
#include "sensor/system/signals.h"

#define GROUP          "nsmx-import"
#define ERROR_MAX      512
#define BACKOFF_MIN_MS 200
#define BACKOFF_MAX_MS 10000

struct import {
	struct redis_url url;
	struct redis_stream *stream;
	struct clickhouse_target *target;
	bool down;    /* the loss of Redis was logged */
	bool stopped; /* a batch was not inserted, because a signal stopped the import */
	uint64_t batches, invalid;
};

/* The text of an entry (sensor/outputs/rows_output.h). */
struct batch {
	char id[CLICKHOUSE_BATCH_ID_MAX + 1];
	const char *sensor;
	size_t sensor_size;
	const uint8_t *rows;
	size_t size;
};

static bool read_batch(struct batch *batch, const char *text, size_t size)
{
	const char *end = memchr(text, '\n', size);
	const char *blank = end != NULL ? memchr(text, ' ', (size_t)(end - text)) : NULL;
	size_t id_size = blank != NULL ? (size_t)(blank - text) : 0;
	if (id_size == 0 || id_size >= sizeof(batch->id)) {
		return false;
	}
	for (size_t i = 0; i < id_size; i++) {
		if (!ascii_is_alphanumeric(text[i]) && text[i] != '-') {
			return false;
		}
	}
	memcpy(batch->id, text, id_size);
	batch->id[id_size] = '\0';
	batch->sensor = blank + 1;
	batch->sensor_size = (size_t)(end - batch->sensor);
	batch->rows = (const uint8_t *)end + 1;
	batch->size = size - (size_t)(end + 1 - text);
	return clickhouse_target_is_batch(batch->rows, batch->size);
}

/* Tries again until the batch is inserted, or until a signal stops the import. */
static bool insert(struct import *import, const struct batch *batch)
{
	const struct history_target target = clickhouse_target_of(import->target);
	for (int pause_ms = BACKOFF_MIN_MS; !signals_stop();
	     pause_ms = MIN(2 * pause_ms, BACKOFF_MAX_MS)) {
		(void)target.name_sensor(target.ctx, batch->sensor, batch->sensor_size);
		if (clickhouse_target_add(import->target, batch->rows, batch->size, batch->id)) {
			return true;
		}
		(void)poll(NULL, 0, pause_ms);
	}
	return false;
}

static void take(void *ctx, const char *text, size_t size)
{
	struct import *import = ctx;
	struct batch batch;
	if (import->stopped) {
		return;
	}
	if (!read_batch(&batch, text, size)) {
		import->invalid++;
		log_warn("%s: an entry is not a batch of rows and is removed", import->url.name);
	} else if (insert(import, &batch)) {
		import->batches++;
	} else {
		import->stopped = true;
	}
}

static bool flush(void *ctx)
{
	const struct import *import = ctx;
	return !import->stopped;
}

static bool recover(struct import *import, int trouble, int *pause_ms)
{
	const char *reason = redis_stream_error(import->stream);
	if (!redis_stream_recover(import->stream, trouble)) {
		log_error("%s: %s", import->url.name, reason);
		return false;
	}
	if (!import->down) {
		import->down = true;
		log_warn("%s: %s; retrying", import->url.name, reason);
	}
	(void)poll(NULL, 0, *pause_ms);
	*pause_ms = MIN(2 * *pause_ms, BACKOFF_MAX_MS);
	return true;
}

static bool follow(struct import *import)
{
	int pause_ms = BACKOFF_MIN_MS;
	while (!signals_stop() && !import->stopped) {
		int ret = redis_stream_read(import->stream);
		if (ret == 0) {
			import->down = false;
			pause_ms = BACKOFF_MIN_MS;
		} else if (!signals_stop() && !recover(import, ret, &pause_ms)) {
			return false;
		}
	}
	return true;
}

/* The stream is the value of rows=, else the value of key=, else the default key. */
static bool parse_url(struct redis_url *url, char *target)
{
	char error[ERROR_MAX];
	if (redis_url_parse(url, target, error, sizeof(error)) != 0) {
		log_error("history import: %s", error);
		return false;
	}
	redis_url_conceal(target);
	redis_url_forget_environment();
	if (url->rows_key[0] != '\0') {
		(void)snprintf(url->key, sizeof(url->key), "%.*s", (int)sizeof(url->key) - 1,
		               url->rows_key);
	} else if (strcmp(url->key, REDIS_URL_KEY_HITS) == 0) {
		(void)snprintf(url->key, sizeof(url->key), REDIS_URL_KEY_ROWS);
	}
	(void)snprintf(url->field, sizeof(url->field), REDIS_URL_FIELD_ROWS);
	return true;
}

static int run(struct import *import)
{
	char consumer[256] = "";
	(void)gethostname(consumer, sizeof(consumer) - 1);
	const struct redis_stream_config config = {
		.url = &import->url,
		.group = GROUP,
		.consumer = consumer,
		.since_ms = 0,
		.take = take,
		.remove = true,
		.flush = flush,
		.ctx = import,
	};
	import->stream = redis_stream_new(&config);
	if (import->stream == NULL) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	signals_install();
	bool good = follow(import);
	redis_stream_free(import->stream);
	log_info("%s: %llu batches imported, %llu entries were invalid", import->url.name,
	         (unsigned long long)import->batches, (unsigned long long)import->invalid);
	return good ? EXIT_DONE : EXIT_FAILED;
}

int history_import_redis(const struct options *options, char *target)
{
	struct import import = { .down = false };
	if (!clickhouse_url_is(options->history)) {
		log_error("history import: rows from Redis are imported only into ClickHouse: "
		          "add --history clickhouse://HOST/DB");
		return EXIT_USAGE;
	}
	if (!parse_url(&import.url, target)) {
		return EXIT_USAGE;
	}
	import.target = clickhouse_target_open(options->history);
	if (import.target == NULL) {
		return EXIT_FAILED;
	}
	int ret = run(&import);
	clickhouse_target_close(import.target);
	return ret;
}
