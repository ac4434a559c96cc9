/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/import/clickhouse_target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/log.h"
#include "history/child.h"
#include "history/clickhouse/clickhouse_rows.h"
#include "history/rows/batch.h"
#include "history/table.h"

#define ID_SIZE 40
/* The greatest number of sensors that are named with a batch. */
#define SENSORS_MAX 64

struct clickhouse_target {
	struct clickhouse_url url;
	struct clickhouse_batch *batch;
	/* Hashes of the names of the sensors that the batch has. */
	uint64_t sensors[SENSORS_MAX];
	size_t sensors_count;
};

struct clickhouse_target *clickhouse_target_open(const char *url)
{
	char error[CLICKHOUSE_ERROR_MAX];
	struct clickhouse_target *target = calloc(1, sizeof(*target));
	if (target == NULL) {
		return NULL;
	}
	if (!clickhouse_url_parse(&target->url, url, error)) {
		log_error("--history: %s", error);
		free(target);
		return NULL;
	}
	target->batch = clickhouse_batch_new(&target->url);
	if (target->batch == NULL || !clickhouse_create(&target->url)) {
		clickhouse_target_close(target);
		return NULL;
	}
	return target;
}

void clickhouse_target_close(struct clickhouse_target *target)
{
	if (target != NULL) {
		clickhouse_batch_free(target->batch);
		free(target);
	}
}

static uint64_t sum_of_sensors(const struct clickhouse_target *target)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < target->sensors_count; i++) {
		sum += target->sensors[i];
	}
	return sum;
}

bool clickhouse_target_add(struct clickhouse_target *target, const uint8_t *batch, size_t size,
                           const char *id)
{
	struct cursor c = cursor_init(batch, size);
	struct history_record record;
	const uint8_t *key;
	size_t key_size;
	char hashed[ID_SIZE];
	int ret;
	while ((ret = history_batch_next(&c, &key, &key_size, &record)) == 1) {
		clickhouse_batch_add(target->batch, key, key_size, &record);
	}
	if (ret != 0) {
		log_error("history %s: a batch is invalid", target->url.name);
		return false;
	}
	if (id == NULL) {
		XXH128_hash_t hash = XXH3_128bits_withSeed(batch, size, sum_of_sensors(target));
		(void)snprintf(hashed, sizeof(hashed), "%016" PRIx64 "%016" PRIx64, hash.high64,
		               hash.low64);
		id = hashed;
	}
	target->sensors_count = 0;
	return clickhouse_batch_insert(target->batch, id);
}

bool clickhouse_target_is_batch(const uint8_t *batch, size_t size)
{
	struct cursor c = cursor_init(batch, size);
	struct history_record record;
	const uint8_t *key;
	size_t key_size;
	int ret;
	while ((ret = history_batch_next(&c, &key, &key_size, &record)) == 1) {
	}
	return ret == 0 && size > 0;
}

static bool add(void *ctx, const uint8_t *batch, size_t size, size_t rows)
{
	(void)rows;
	return clickhouse_target_add(ctx, batch, size, NULL);
}

static bool name_sensor(void *ctx, const char *name, size_t size)
{
	struct clickhouse_target *target = ctx;
	uint64_t hash = XXH3_64bits(name, size);
	for (size_t i = 0; i < target->sensors_count; i++) {
		if (target->sensors[i] == hash) {
			return true;
		}
	}
	if (target->sensors_count == SENSORS_MAX) {
		return false;
	}
	target->sensors[target->sensors_count++] = hash;
	clickhouse_batch_name_sensor(target->batch, name, size);
	return true;
}

struct history_target clickhouse_target_of(struct clickhouse_target *target)
{
	return (struct history_target){ add, name_sensor, target };
}

static void name_sensors(struct clickhouse_target *target, const char *names)
{
	while (*names != '\0') {
		size_t size = strcspn(names, ",");
		(void)name_sensor(target, names, size);
		names += size;
		names += *names == ',';
	}
}

/* Adds the rows that were collected, and the sensors of the folder. */
static bool add_rows(struct clickhouse_target *target, struct history_folder *folder,
                     struct writer *rows)
{
	name_sensors(target, history_folder_totals(folder)->sensors);
	bool good = !rows->failed && clickhouse_target_add(target, (const uint8_t *)rows->start,
	                                                   writer_size(rows), NULL);
	writer_restart(rows);
	return good;
}

static bool add_kind(struct clickhouse_target *target, struct history_folder *folder,
                     enum history_key_kind kind, struct writer *rows)
{
	uint8_t key[HISTORY_KEY_MAX];
	struct history_record record;
	size_t count = 0;
	bool good = true;
	history_folder_seek(folder, kind);
	while (good && history_folder_next(folder, &record)) {
		history_batch_add(rows, key, history_key_write(&record, key), &record.seen);
		if (++count % HISTORY_TABLE_ROWS == 0 ||
		    writer_size(rows) >= HISTORY_TABLE_OCTETS) {
			good = add_rows(target, folder, rows) && history_goes_on();
		}
	}
	return good && (writer_size(rows) == 0 || add_rows(target, folder, rows));
}

bool clickhouse_target_add_folder(struct clickhouse_target *target, struct history_folder *folder)
{
	struct writer rows;
	bool good = true;
	writer_init_growing(&rows, HISTORY_BATCH_MAX);
	for (unsigned kind = 1; good && kind < HISTORY_KEY_FOLDER; kind++) {
		good = !history_key_has_value(kind) || add_kind(target, folder, kind, &rows);
	}
	writer_free(&rows);
	return good;
}
