/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "history/clickhouse/clickhouse_url.h"
#include "history/merged.h"

struct history_folder {
	int fd;
	struct history_files files;
	struct history_totals totals;
	struct history_merged *merged;
	bool is_outdated; /* a file of the list does not exist any more */
	history_named_damage_t damaged;
	void *ctx;
};

/* Counts and reports a damaged file. A missing file is not damaged: it was merged into another one
 * after the files were listed. */
static void report(void *ctx, const struct history_file *file)
{
	struct history_folder *folder = ctx;
	char name[HISTORY_FILE_NAME_MAX];
	history_file_name(file, name);
	if (faccessat(folder->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
		folder->is_outdated = true;
		return;
	}
	folder->totals.damaged++;
	folder->damaged(folder->ctx, name);
}

static int keep_intact(struct history_folder *folder)
{
	struct history_files *files = &folder->files;
	size_t kept = 0;
	for (size_t i = 0; i < files->count; i++) {
		int ret = history_file_check(folder->fd, &files->items[i]);
		if (ret == -ECANCELED) {
			return ret;
		}
		if (ret == 0) {
			folder->totals.octets += files->items[i].size;
			files->items[kept++] = files->items[i];
		} else {
			report(folder, &files->items[i]);
		}
	}
	files->count = kept;
	folder->totals.files = kept;
	return 0;
}

void history_folder_seek(struct history_folder *folder, enum history_key_kind kind)
{
	const uint8_t prefix = (uint8_t)kind;
	(void)history_merged_seek(folder->merged, &prefix, sizeof(prefix));
}

/* Opens the files that the folder has now. */
static int open_files(struct history_folder *folder)
{
	folder->is_outdated = false;
	folder->totals = (struct history_totals){ .files = 0 };
	int ret = history_files_list(folder->fd, &folder->files);
	ret = ret == 0 ? keep_intact(folder) : ret;
	if (ret != 0) {
		return ret;
	}
	folder->merged = history_merged_open(folder->fd, folder->files.items, folder->files.count,
	                                     HISTORY_RANGES, report, folder);
	return folder->merged != NULL ? 0 : -ENOMEM;
}

static void close_files(struct history_folder *folder)
{
	history_merged_free(folder->merged);
	folder->merged = NULL;
	history_files_free(&folder->files);
}

static int open_url(struct history_folder *folder, const char *url)
{
	uint64_t parts = 0;
	folder->fd = -1;
	folder->merged = history_merged_open_url(url);
	if (folder->merged == NULL) {
		return -EIO;
	}
	history_merged_size(folder->merged, &parts, &folder->totals.octets);
	folder->totals.files = (size_t)parts;
	return history_merged_failed(folder->merged) ? -EIO : 0;
}

static int open_folder(struct history_folder *folder, const char *path)
{
	folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->fd < 0) {
		return -errno;
	}
	int ret = open_files(folder);
	while (ret == 0 && folder->is_outdated) {
		close_files(folder);
		ret = open_files(folder);
	}
	return ret;
}

int history_folder_open(struct history_folder **out, const char *path,
                        history_named_damage_t damaged, void *ctx)
{
	struct history_folder *folder = calloc(1, sizeof(*folder));
	if (folder == NULL) {
		return -ENOMEM;
	}
	folder->damaged = damaged;
	folder->ctx = ctx;
	int ret = clickhouse_url_is(path) ? open_url(folder, path) : open_folder(folder, path);
	if (ret == 0) {
		history_merged_sensors(folder->merged, folder->totals.sensors,
		                       sizeof(folder->totals.sensors));
		history_folder_seek(folder, HISTORY_KEY_OWNER);
		ret = history_folder_failed(folder) ? -EIO : 0;
	}
	if (ret != 0) {
		history_folder_close(folder);
		return ret;
	}
	*out = folder;
	return 0;
}

void history_folder_close(struct history_folder *folder)
{
	if (folder == NULL) {
		return;
	}
	close_files(folder);
	if (folder->fd >= 0) {
		(void)close(folder->fd);
	}
	free(folder);
}

bool history_folder_next(struct history_folder *folder, struct history_record *record)
{
	const uint8_t *key, *value;
	size_t size, value_size;
	while (history_merged_next(folder->merged, &key, &size, &value, &value_size)) {
		if (history_key_read(key, size, record) &&
		    history_value_read(record->kind, value, value_size, &record->seen)) {
			return true;
		}
	}
	return false;
}

struct history_merged *history_folder_merged(struct history_folder *folder)
{
	return folder->merged;
}

bool history_folder_id(const struct history_folder *folder, char id[HISTORY_ID_SIZE])
{
	return history_id_read(folder->fd, id);
}

void history_report_failure(const char *path, int error)
{
	bool logged = error == -ECANCELED || (clickhouse_url_is(path) && error == -EIO);
	if (!logged) {
		log_error("history folder %s: %s", path, strerror(-error));
	}
}

void history_report_file(const char *path, const char *name)
{
	char file[PATH_MAX];
	int size = snprintf(file, sizeof(file), "%s/%s", path, name);
	if (size > 0 && (size_t)size < sizeof(file) && access(file, R_OK) != 0) {
		log_warn("history folder %s: %s: %s: its rows are left out", path, name,
		         strerror(errno));
	} else {
		log_warn("history folder %s: %s is damaged: rows of it may be missing", path, name);
	}
}

void history_report_file_once(struct history_reported *reported, const char *path, const char *name)
{
	for (size_t i = 0; i < reported->count; i++) {
		if (strcmp(reported->names[i], name) == 0) {
			return;
		}
	}
	if (reported->count < HISTORY_BAD_MAX) {
		(void)snprintf(reported->names[reported->count++], HISTORY_FILE_NAME_MAX, "%s",
		               name);
	}
	history_report_file(path, name);
}

void history_report_stranger(const char *path)
{
	struct history_files files;
	char id[HISTORY_ID_SIZE];
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		return;
	}
	if (!history_id_read(folder, id) && history_files_list(folder, &files) == 0) {
		if (files.count == 0) {
			log_warn("history folder %s: there is no history in it", path);
		}
		history_files_free(&files);
	}
	(void)close(folder);
}

bool history_folder_failed(const struct history_folder *folder)
{
	return history_merged_failed(folder->merged);
}

const struct history_totals *history_folder_totals(const struct history_folder *folder)
{
	return &folder->totals;
}
