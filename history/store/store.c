/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "history/child.h"
#include "history/clickhouse/clickhouse_url.h"
#include "history/rows/batch.h"
#include "history/store/filter.h"
#include "history/store/output.h"
#include "history/store/rollup.h"
#include "history/store/sorted.h"

#define PATH_SHOWN 200
#define LOCK_MODE  0640

/* A key that contains the name of a sensor. */
struct sensor_key {
	uint8_t key[1 + HISTORY_SENSOR_MAX];
	size_t size;
};

struct history_store {
	int folder;
	int lock;
	char path[PATH_SHOWN];
	char sensor[HISTORY_SENSOR_MAX + 1]; /* "": there is none */
	/* The sensors of the next batch, sorted. */
	struct sensor_key sensors[HISTORY_STORE_SENSORS];
	size_t sensors_count;
	uint32_t next; /* number of the next batch */
	struct history_rollup *rollup;
	int error; /* of the last batch; 0: it was added */
};

static void fail(char error[HISTORY_ERROR_MAX], const char *path, const char *reason)
{
	(void)snprintf(error, HISTORY_ERROR_MAX, "history folder %.*s: %s", PATH_SHOWN, path,
	               reason);
}

/* Removes files that a crash has left, and finds the number of the next batch. */
static int recover(struct history_store *store)
{
	struct history_files files;
	char name[HISTORY_FILE_NAME_MAX];
	int ret = history_files_list(store->folder, &files);
	if (ret != 0) {
		return ret;
	}
	for (size_t i = 0; i < files.superseded_count; i++) {
		history_file_name(&files.superseded[i], name);
		(void)unlinkat(store->folder, name, 0);
	}
	(void)unlinkat(store->folder, HISTORY_UNFINISHED_BATCH, 0);
	(void)unlinkat(store->folder, HISTORY_UNFINISHED_MERGE, 0);
	store->next = files.count > 0 ? files.items[files.count - 1].to + 1 : 1;
	history_files_free(&files);
	return 0;
}

static int open_folder(struct history_store *store, const char *path)
{
	if (mkdir(path, 0750) != 0 && errno != EEXIST) {
		return -errno;
	}
	store->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->folder < 0) {
		return -errno;
	}
	store->lock = openat(store->folder, HISTORY_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	                     LOCK_MODE);
	if (store->lock < 0 || flock(store->lock, LOCK_EX | LOCK_NB) != 0) {
		return -errno;
	}
	int ret = history_id_make(store->lock);
	ret = ret == 0 ? recover(store) : ret;
	if (ret == 0) {
		store->rollup = history_rollup_new(store->folder, store->path);
		ret = store->rollup != NULL ? 0 : -ENOMEM;
	}
	return ret;
}

/* Returns the place of a key among the sensors of the next batch. */
static size_t find_sensor(const struct history_store *store, const struct sensor_key *key,
                          bool *found)
{
	size_t at = 0;
	int order = -1;
	for (; at < store->sensors_count; at++) {
		const struct sensor_key *other = &store->sensors[at];
		order = history_key_compare(other->key, other->size, key->key, key->size);
		if (order >= 0) {
			break;
		}
	}
	*found = order == 0;
	return at;
}

bool history_store_name_sensor(struct history_store *store, const char *name, size_t size)
{
	struct sensor_key key = { .key = { HISTORY_KEY_SENSOR } };
	bool found;
	size = size < HISTORY_SENSOR_MAX ? size : HISTORY_SENSOR_MAX;
	memcpy(key.key + 1, name, size);
	key.size = 1 + size;
	size_t at = find_sensor(store, &key, &found);
	if (found) {
		return true;
	}
	if (store->sensors_count == HISTORY_STORE_SENSORS) {
		return false;
	}
	memmove(&store->sensors[at + 1], &store->sensors[at],
	        (store->sensors_count - at) * sizeof(key));
	store->sensors[at] = key;
	store->sensors_count++;
	return true;
}

static void restart_sensors(struct history_store *store)
{
	store->sensors_count = 0;
	if (store->sensor[0] != '\0') {
		(void)history_store_name_sensor(store, store->sensor, strlen(store->sensor));
	}
}

struct history_store *history_store_open(const char *path, const char *sensor,
                                         char error[HISTORY_ERROR_MAX])
{
	if (clickhouse_url_is(path)) {
		fail(error, path, "only nsmx history import writes to ClickHouse");
		return NULL;
	}
	struct history_store *store = calloc(1, sizeof(*store));
	if (store == NULL) {
		fail(error, path, "out of memory");
		return NULL;
	}
	store->folder = store->lock = -1;
	(void)snprintf(store->path, sizeof(store->path), "%s", path);
	(void)snprintf(store->sensor, sizeof(store->sensor), "%s", sensor);
	restart_sensors(store);
	int ret = open_folder(store, path);
	if (ret != 0) {
		fail(error, path,
		     ret == -EWOULDBLOCK ? "another process is writing to it" : strerror(-ret));
		history_store_close(store);
		return NULL;
	}
	return store;
}

void history_store_close(struct history_store *store)
{
	if (store == NULL) {
		return;
	}
	history_rollup_free(store->rollup);
	if (store->folder >= 0) {
		(void)close(store->folder);
	}
	if (store->lock >= 0) {
		(void)close(store->lock); /* which unlocks it */
	}
	free(store);
}

void history_store_keep(struct history_store *store, const struct history_keep *keep)
{
	history_rollup_keep(store->rollup, keep);
}

/* Room for a number, with what history_in_child() reads at once. */
#define FORGET_OUTPUT_MAX ((size_t)1 << 18)

struct forgetting {
	int folder;
	const struct history_person *persons;
	size_t count;
};

static int forget_in_child(void *ctx, struct writer *output)
{
	const struct forgetting *forgetting = ctx;
	uint64_t rows;
	int ret = history_forget(forgetting->folder, forgetting->persons, forgetting->count, &rows);
	writer_put(output, (const char *)&rows, sizeof(rows));
	return ret;
}

int history_store_forget(struct history_store *store, const struct history_person *persons,
                         size_t count, uint64_t *rows)
{
	struct forgetting forgetting = { store->folder, persons, count };
	struct writer output;
	writer_init_growing(&output, FORGET_OUTPUT_MAX);
	int ret = history_in_child(forget_in_child, &forgetting, &output);
	*rows = 0;
	if (ret == 0 && writer_size(&output) == sizeof(*rows)) {
		memcpy(rows, output.start, sizeof(*rows));
	}
	writer_free(&output);
	return ret;
}

struct addition {
	const struct history_store *store;
	history_next_key_t next;
	void *ctx;
	const uint8_t *batch;
	size_t size;
};

static bool put_keys(const struct addition *addition, struct history_output *output)
{
	const struct history_store *store = addition->store;
	const uint8_t *key, *value;
	size_t key_size, value_size;
	struct history_filter filter;
	bool good = true;
	history_filter_begin(&filter, output, NULL, NULL);
	for (size_t i = 0; good && i < store->sensors_count; i++) {
		const struct sensor_key *sensor = &store->sensors[i];
		good = history_filter_add(&filter, sensor->key, sensor->size, NULL, 0);
	}
	while (good && addition->next(addition->ctx, &key, &key_size, &value, &value_size)) {
		good = history_filter_add(&filter, key, key_size, value, value_size);
	}
	return history_filter_end(&filter) && good;
}

static int add_keys_in_child(void *ctx, struct writer *out)
{
	const struct addition *addition = ctx;
	const struct history_store *store = addition->store;
	struct history_file file = { .from = store->next, .to = store->next };
	struct history_output output;
	(void)out;
	/* Keys without a batch are those of whole folders. */
	int ret = history_output_begin(&output, store->folder, HISTORY_UNFINISHED_BATCH,
	                               addition->batch != NULL ? HISTORY_FAST : HISTORY_SMALL);
	return ret == 0 ? history_output_end(&output, put_keys(addition, &output), &file) : ret;
}

static bool next_sorted(void *ctx, const uint8_t **key, size_t *key_size, const uint8_t **value,
                        size_t *value_size)
{
	return history_sorted_next(ctx, key, key_size, value, value_size);
}

static int add_batch_in_child(void *ctx, struct writer *output)
{
	struct addition *addition = ctx;
	struct history_sorted sorted;
	int ret = history_sorted_init(&sorted, addition->batch, addition->size);
	if (ret == 0) {
		addition->next = next_sorted;
		addition->ctx = &sorted;
		ret = add_keys_in_child(addition, output);
	}
	history_sorted_free(&sorted);
	return ret;
}

/* Writes a file of at most `size` octets. */
static int add_file(struct history_store *store, history_work_t work, struct addition *addition,
                    uint64_t size)
{
	int ret = history_output_has_space(store->folder, size)
	                  ? history_in_child(work, addition, NULL)
	                  : -ENOSPC;
	if (ret == -ECANCELED) {
		(void)unlinkat(store->folder, HISTORY_UNFINISHED_BATCH, 0);
	}
	if (ret == 0) {
		store->next++;
		restart_sensors(store);
		history_rollup_step(store->rollup);
	}
	return ret;
}

int history_store_add_keys(struct history_store *store, history_next_key_t next, void *ctx,
                           uint64_t size)
{
	struct addition addition = { .store = store, .next = next, .ctx = ctx };
	return add_file(store, add_keys_in_child, &addition, size);
}

/* The same failure may occur for each batch, and is logged once. */
static void note_result(struct history_store *store, int ret)
{
	if (ret != 0 && store->error == 0 && ret != -ECANCELED) {
		log_error("history folder %s: rows are not kept: %s", store->path, strerror(-ret));
	} else if (ret == 0 && store->error != 0) {
		log_info("history folder %s: rows are kept again", store->path);
	}
	store->error = ret;
}

bool history_store_add(struct history_store *store, const uint8_t *batch, size_t size)
{
	struct addition addition = { .store = store, .batch = batch, .size = size };
	int ret = add_file(store, add_batch_in_child, &addition, size);
	note_result(store, ret);
	return ret == 0;
}

bool history_store_is_full(const struct history_store *store)
{
	return store->error == -ENOSPC;
}

struct history_size history_store_measure(const struct history_store *store)
{
	struct history_size size = { .files = 0 };
	struct history_files files;
	if (history_files_list(store->folder, &files) == 0) {
		size.files = files.count;
		for (size_t i = 0; i < files.count; i++) {
			size.octets += files.items[i].size;
		}
		history_files_free(&files);
	}
	return size;
}

int history_store_folder(const struct history_store *store)
{
	return store->folder;
}

uint32_t history_store_next(const struct history_store *store)
{
	return store->next;
}

int history_store_merge_end(const struct history_store *store)
{
	return history_rollup_end(store->rollup);
}

void history_store_merge(struct history_store *store)
{
	history_rollup_step(store->rollup);
}

void history_store_settle(struct history_store *store)
{
	history_rollup_finish(store->rollup);
}

bool history_store_tidy(struct history_store *store)
{
	return history_rollup_merge_all(store->rollup);
}
