/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/merged.h"

#include <endian.h>
#include <fcntl.h>
#include <mtbl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/clickhouse/clickhouse_rows.h"

/* The smallest size of a file that libmtbl can open: the size of the trailer. */
#define TRAILER 512

struct history_merged {
	struct mtbl_merger *merger;
	struct mtbl_iter *iter;
	/* A history in ClickHouse; there are no files then. */
	struct clickhouse_reader *remote;
	struct clickhouse_reader *finder; /* for history_merged_find() */
	char *url;
	/* For history_merged_find_next(): the key at which `iter` is, and its value. */
	const uint8_t *key, *value;
	size_t key_size, value_size;
	bool ended; /* there are no more keys */
	size_t count;
	struct mtbl_reader *readers[];
};

/* Merges the values of rows with equal keys. A key without a value gets none. */
static void merge(void *ctx, const uint8_t *key, size_t key_size, const uint8_t *one,
                  size_t one_size, const uint8_t *other, size_t other_size, uint8_t **result,
                  size_t *result_size)
{
	struct history_seen seen, more;
	(void)ctx;
	enum history_key_kind kind = key_size > 0 ? key[0] : HISTORY_KEY_SENSOR;
	*result = malloc(HISTORY_VALUE_MAX);
	*result_size = 0;
	if (*result == NULL) {
		/* this function cannot report an error to libmtbl, which also aborts when it has no
		 * memory */
		abort();
	}
	bool good = history_value_read(kind, one, one_size, &seen);
	if (history_value_read(kind, other, other_size, &more)) {
		if (good) {
			history_seen_merge(kind, &seen, &more);
		} else {
			seen = more;
		}
		good = true;
	}
	if (good) {
		*result_size = history_value_write(kind, &seen, *result);
	}
}

static int open_file(int folder, const struct history_file *file)
{
	char name[HISTORY_FILE_NAME_MAX];
	history_file_name(file, name);
	return openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* Lets the kernel start to read the index of a file, which precedes the trailer. libmtbl reads all
 * of it when it opens the file, so the indexes of all files are read at the same time. The trailer
 * begins with the offset of the index, in little-endian order. */
static void expect_index(int folder, const struct history_file *file)
{
	uint64_t at = 0;
	int fd = open_file(folder, file);
	if (fd >= 0 && file->size > TRAILER &&
	    pread(fd, &at, sizeof(at), (off_t)(file->size - TRAILER)) == sizeof(at)) {
		at = le64toh(at);
		(void)posix_fadvise(fd, (off_t)(at < file->size ? at : file->size), 0,
		                    POSIX_FADV_WILLNEED);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
}

static struct mtbl_reader *open_reader(int folder, const struct history_file *file,
                                       enum history_access access)
{
	struct mtbl_reader *reader = NULL;
	struct stat info;
	struct mtbl_reader_options *options = mtbl_reader_options_init();
	mtbl_reader_options_set_verify_checksums(options, true);
	mtbl_reader_options_set_madvise_random(options, access == HISTORY_POINTS);
	int fd = open_file(folder, file);
	if (fd >= 0 && fstat(fd, &info) == 0 && info.st_size > TRAILER) {
		reader = mtbl_reader_init_fd(fd, options);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	mtbl_reader_options_destroy(&options);
	return reader;
}

static struct mtbl_merger *new_merger(void)
{
	struct mtbl_merger_options *options = mtbl_merger_options_init();
	mtbl_merger_options_set_merge_func(options, merge, NULL);
	struct mtbl_merger *merger = mtbl_merger_init(options);
	mtbl_merger_options_destroy(&options);
	return merger;
}

struct history_merged *history_merged_open(int folder, const struct history_file *files,
                                           size_t count, enum history_access access,
                                           history_damaged_t damaged, void *ctx)
{
	struct history_merged *merged =
	        calloc(1, sizeof(*merged) + count * sizeof(merged->readers[0]));
	if (merged == NULL) {
		return NULL;
	}
	merged->merger = new_merger();
	for (size_t i = 0; i < count && access == HISTORY_POINTS; i++) {
		expect_index(folder, &files[i]);
	}
	for (size_t i = 0; i < count; i++) {
		struct mtbl_reader *reader = open_reader(folder, &files[i], access);
		if (reader == NULL) {
			damaged(ctx, &files[i]);
			continue;
		}
		merged->readers[merged->count++] = reader;
		mtbl_merger_add_source(merged->merger, mtbl_reader_source(reader));
	}
	return merged;
}

struct history_merged *history_merged_combine(struct history_merged *const *others, size_t count)
{
	struct history_merged *merged = calloc(1, sizeof(*merged));
	if (merged == NULL) {
		return NULL;
	}
	merged->merger = new_merger();
	for (size_t i = 0; i < count; i++) {
		for (size_t at = 0; at < others[i]->count; at++) {
			mtbl_merger_add_source(merged->merger,
			                       mtbl_reader_source(others[i]->readers[at]));
		}
	}
	return merged;
}

static struct history_merged *open_remote(const char *url, struct clickhouse_reader *remote)
{
	struct history_merged *merged = history_merged_combine(NULL, 0);
	if (merged == NULL) {
		clickhouse_reader_close(remote);
		return NULL;
	}
	merged->url = strdup(url);
	merged->remote = remote;
	if (merged->url == NULL || merged->remote == NULL) {
		history_merged_free(merged);
		return NULL;
	}
	return merged;
}

struct history_merged *history_merged_open_url(const char *url)
{
	return open_remote(url, clickhouse_reader_open(url));
}

struct history_merged *history_merged_open_shard(const char *url, size_t shard)
{
	return open_remote(url, clickhouse_reader_open_shard(url, shard));
}

bool history_merged_failed(const struct history_merged *merged)
{
	return (merged->remote != NULL && clickhouse_reader_failed(merged->remote)) ||
	       (merged->finder != NULL && clickhouse_reader_failed(merged->finder));
}

void history_merged_size(struct history_merged *merged, uint64_t *parts, uint64_t *octets)
{
	(void)clickhouse_reader_size(merged->remote, parts, octets);
}

bool history_merged_is_fast(const struct history_merged *merged)
{
	for (size_t i = 0; i < merged->count; i++) {
		if (mtbl_metadata_compression_algorithm(mtbl_reader_metadata(merged->readers[i])) ==
		    MTBL_COMPRESSION_LZ4) {
			return true;
		}
	}
	return false;
}

void history_merged_free(struct history_merged *merged)
{
	if (merged == NULL) {
		return;
	}
	clickhouse_reader_close(merged->remote);
	clickhouse_reader_close(merged->finder);
	free(merged->url);
	mtbl_iter_destroy(&merged->iter);
	mtbl_merger_destroy(&merged->merger);
	for (size_t i = 0; i < merged->count; i++) {
		mtbl_reader_destroy(&merged->readers[i]);
	}
	free(merged);
}

bool history_merged_seek(struct history_merged *merged, const uint8_t *prefix, size_t size)
{
	if (merged->remote != NULL) {
		return clickhouse_reader_seek(merged->remote, prefix, size, NULL, 0);
	}
	const struct mtbl_source *source = mtbl_merger_source(merged->merger);
	mtbl_iter_destroy(&merged->iter);
	merged->iter =
	        size > 0 ? mtbl_source_get_prefix(source, prefix, size) : mtbl_source_iter(source);
	return merged->iter != NULL;
}

bool history_merged_seek_from(struct history_merged *merged, const uint8_t *prefix, size_t size,
                              const uint8_t *from, size_t from_size)
{
	if (merged->remote != NULL) {
		return clickhouse_reader_seek(merged->remote, prefix, size, from, from_size);
	}
	return history_merged_seek(merged, prefix, size) &&
	       mtbl_iter_seek(merged->iter, from, from_size) == mtbl_res_success;
}

bool history_merged_next(struct history_merged *merged, const uint8_t **key, size_t *key_size,
                         const uint8_t **value, size_t *value_size)
{
	if (merged->remote != NULL) {
		return clickhouse_reader_next(merged->remote, key, key_size, value, value_size);
	}
	return merged->iter != NULL &&
	       mtbl_iter_next(merged->iter, key, key_size, value, value_size) == mtbl_res_success;
}

static bool find_remote(struct history_merged *merged, const uint8_t *key, size_t size,
                        struct history_seen *seen)
{
	const uint8_t *found, *value;
	size_t found_size, value_size;
	if (merged->finder == NULL) {
		merged->finder = clickhouse_reader_open(merged->url);
	}
	return merged->finder != NULL &&
	       clickhouse_reader_seek(merged->finder, key, size, NULL, 0) &&
	       clickhouse_reader_next(merged->finder, &found, &found_size, &value, &value_size) &&
	       found_size == size && history_value_read(key[0], value, value_size, seen);
}

bool history_merged_find(struct history_merged *merged, const uint8_t *key, size_t size,
                         struct history_seen *seen)
{
	if (merged->remote != NULL) {
		return find_remote(merged, key, size, seen);
	}
	const struct mtbl_source *source = mtbl_merger_source(merged->merger);
	struct mtbl_iter *iter = mtbl_source_get(source, key, size);
	const uint8_t *found, *value;
	size_t found_size, value_size;
	bool good = iter != NULL &&
	            mtbl_iter_next(iter, &found, &found_size, &value, &value_size) ==
	                    mtbl_res_success &&
	            history_value_read(key[0], value, value_size, seen);
	mtbl_iter_destroy(&iter);
	return good;
}

/* Goes on to a key, or to the next greater one. */
static void advance(struct history_merged *merged, const uint8_t *key, size_t size)
{
	if (merged->iter == NULL) {
		merged->iter = mtbl_source_iter(mtbl_merger_source(merged->merger));
	}
	merged->ended = merged->iter == NULL ||
	                mtbl_iter_seek(merged->iter, key, size) != mtbl_res_success ||
	                mtbl_iter_next(merged->iter, &merged->key, &merged->key_size,
	                               &merged->value, &merged->value_size) != mtbl_res_success;
}

bool history_merged_find_next(struct history_merged *merged, const uint8_t *key, size_t size,
                              struct history_seen *seen)
{
	if (!merged->ended && (merged->key == NULL ||
	                       history_key_compare(merged->key, merged->key_size, key, size) < 0)) {
		advance(merged, key, size);
	}
	return !merged->ended &&
	       history_key_compare(merged->key, merged->key_size, key, size) == 0 &&
	       history_value_read(key[0], merged->value, merged->value_size, seen);
}

void history_merged_sensors(struct history_merged *merged, char *sensors, size_t room)
{
	const uint8_t kind = HISTORY_KEY_SENSOR;
	const uint8_t *key, *value;
	size_t size, value_size, used = 0;
	sensors[0] = '\0';
	(void)history_merged_seek(merged, &kind, sizeof(kind));
	while (history_merged_next(merged, &key, &size, &value, &value_size)) {
		if (size > 1 && used + size < room) {
			used += (size_t)snprintf(sensors + used, room - used, "%s%.*s",
			                         used > 0 ? "," : "", (int)(size - 1), key + 1);
		}
	}
}
