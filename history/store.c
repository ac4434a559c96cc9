/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/store.h"

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
#include "history/output.h"
#include "history/rollup.h"
#include "history/rows/batch.h"
#include "history/sorted.h"

#define PATH_SHOWN 200
#define LOCK_MODE  0640

struct history_store {
	int folder;
	int lock;
	char path[PATH_SHOWN];
	uint8_t sensor[1 + 255]; /* the key that contains the sensor's name */
	size_t sensor_size;
	uint32_t next; /* number of the next batch */
	struct history_rollup *rollup;
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
	store->lock =
	        openat(store->folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, LOCK_MODE);
	if (store->lock < 0 || flock(store->lock, LOCK_EX | LOCK_NB) != 0) {
		return -errno;
	}
	int ret = recover(store);
	if (ret == 0) {
		store->rollup = history_rollup_new(store->folder, store->path);
		ret = store->rollup != NULL ? 0 : -ENOMEM;
	}
	return ret;
}

struct history_store *history_store_open(const char *path, const char *sensor,
                                         char error[HISTORY_ERROR_MAX])
{
	struct history_store *store = calloc(1, sizeof(*store));
	if (store == NULL) {
		fail(error, path, "out of memory");
		return NULL;
	}
	store->folder = store->lock = -1;
	(void)snprintf(store->path, sizeof(store->path), "%s", path);
	store->sensor[0] = HISTORY_KEY_SENSOR;
	size_t size = strnlen(sensor, sizeof(store->sensor) - 1);
	memcpy(store->sensor + 1, sensor, size);
	store->sensor_size = 1 + size;
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

struct addition {
	const struct history_store *store;
	const uint8_t *batch;
	size_t size;
};

static bool put_keys(const struct history_store *store, struct history_output *output,
                     struct history_sorted *sorted)
{
	const uint8_t *key, *value;
	size_t key_size, value_size;
	bool good = history_output_add(output, store->sensor, store->sensor_size, NULL, 0);
	while (good && history_sorted_next(sorted, &key, &key_size, &value, &value_size)) {
		good = history_output_add(output, key, key_size, value, value_size);
	}
	return good;
}

static int write_batch(const struct history_store *store, struct history_sorted *sorted)
{
	struct history_file file = { .from = store->next, .to = store->next };
	struct history_output output;
	int ret = history_output_begin(&output, store->folder, HISTORY_UNFINISHED_BATCH);
	return ret == 0 ? history_output_end(&output, put_keys(store, &output, sorted), &file)
	                : ret;
}

static int add_in_child(void *ctx, struct writer *output)
{
	const struct addition *addition = ctx;
	struct history_sorted sorted;
	(void)output;
	int ret = history_sorted_init(&sorted, addition->batch, addition->size);
	if (ret == 0) {
		ret = write_batch(addition->store, &sorted);
	}
	history_sorted_free(&sorted);
	return ret;
}

bool history_store_add(struct history_store *store, const uint8_t *batch, size_t size)
{
	struct addition addition = { store, batch, size };
	/* A file is smaller than its batch. */
	int ret = history_output_has_space(store->folder, size)
	                  ? history_in_child(add_in_child, &addition, NULL)
	                  : -ENOSPC;
	if (ret != 0) {
		log_error("history folder %s: rows are not kept: %s", store->path, strerror(-ret));
		return false;
	}
	store->next++;
	history_rollup_step(store->rollup);
	return true;
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
