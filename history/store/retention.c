/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/store/retention.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "history/store/oldest.h"

#define DAY_S      86400
#define ROWS_SHARE 16
#define PASSES_MAX 64
#define SPACE      8 /* the part of the largest size that becomes free */

struct retention {
	int folder;
	const struct history_keep *keep;
	struct history_files files;
	struct history_range (*ranges)[HISTORY_CLASSES];           /* of each file */
	uint64_t limits[HISTORY_CLASSES], hashes[HISTORY_CLASSES]; /* as the filter has them */
	const struct history_person *persons;                      /* whose rows are left out */
	size_t persons_count;
	uint64_t removed; /* rows that were too old, or of persons */
};

bool history_keep_has_ages(const struct history_keep *keep)
{
	for (size_t i = 0; i < HISTORY_CLASSES; i++) {
		if (keep->age_s[i] > 0) {
			return true;
		}
	}
	return false;
}

static uint64_t latest(struct history_merged *const *parts, size_t count)
{
	uint64_t time_s = 0;
	struct history_range range;
	for (size_t i = 0; i < count; i++) {
		for (enum history_class class = 0; class < HISTORY_CLASSES; class ++) {
			if (history_range_read(parts[i], class, &range) && range.newest > time_s) {
				time_s = range.newest;
			}
		}
	}
	return time_s;
}

void history_keep_limits(const struct history_keep *keep, struct history_merged *const *parts,
                         size_t count, uint64_t limits[HISTORY_CLASSES])
{
	time_t clock = time(NULL);
	uint64_t now_s = clock > 0 ? (uint64_t)clock : 0;
	uint64_t latest_s = keep->by_traffic ? latest(parts, count) : now_s;
	now_s = latest_s < now_s ? latest_s : now_s;
	for (size_t i = 0; i < HISTORY_CLASSES; i++) {
		uint64_t age_s = keep->age_s[i];
		limits[i] = age_s > 0 && age_s < now_s ? now_s - age_s : 0;
	}
}

static void note_damage(void *ctx, const struct history_file *file)
{
	bool *damaged = ctx;
	(void)file;
	*damaged = true;
}

static int open_files(const struct retention *retention, const struct history_file *files,
                      size_t count, struct history_merged **merged)
{
	bool damaged = false;
	*merged = history_merged_open(retention->folder, files, count, HISTORY_RANGES, note_damage,
	                              &damaged);
	if (*merged == NULL) {
		return -ENOMEM;
	}
	return damaged ? -EBADMSG : 0;
}

/* A file without ranges was written by an earlier version: any row in it may be too old. */
static void read_ranges(struct history_merged *merged, struct history_range *ranges)
{
	for (enum history_class class = 0; class < HISTORY_CLASSES; class ++) {
		if (!history_range_read(merged, class, &ranges[class])) {
			ranges[class] = (struct history_range){ .rows = 1 };
		}
	}
}

static int read_all_ranges(struct retention *retention)
{
	const struct history_files *files = &retention->files;
	struct history_merged *all;
	retention->ranges = calloc(files->count + 1, sizeof(retention->ranges[0]));
	if (retention->ranges == NULL) {
		return -ENOMEM;
	}
	int ret = open_files(retention, files->items, files->count, &all);
	if (ret == 0) {
		history_keep_limits(retention->keep, &all, 1, retention->limits);
	}
	history_merged_free(all);
	for (size_t i = 0; i < files->count && ret == 0; i++) {
		struct history_merged *one;
		ret = open_files(retention, &files->items[i], 1, &one);
		if (ret == 0) {
			read_ranges(one, retention->ranges[i]);
		}
		history_merged_free(one);
	}
	return ret;
}

static int copy(struct retention *retention, struct history_merged *merged,
                struct history_merged *others, struct history_output *output,
                struct history_range *ranges)
{
	struct history_filter filter;
	history_filter_begin(&filter, output, others, retention->limits);
	memcpy(filter.hashes, retention->hashes, sizeof(filter.hashes));
	filter.persons = retention->persons;
	filter.persons_count = retention->persons_count;
	bool good = history_filter_copy(&filter, merged);
	memcpy(ranges, filter.ranges, sizeof(filter.ranges));
	retention->removed += filter.removed;
	return good ? 0 : -EIO;
}

static int write_file(struct retention *retention, size_t index, struct history_merged *one,
                      struct history_merged *others, struct history_file *file)
{
	struct history_output output;
	if (!history_output_has_space(retention->folder, file->size)) {
		return -ENOSPC;
	}
	int ret = history_output_begin(&output, retention->folder, HISTORY_UNFINISHED_MERGE,
	                               HISTORY_SMALL);
	if (ret == 0) {
		ret = copy(retention, one, others, &output, retention->ranges[index]);
		int end = history_output_end(&output, ret == 0, file);
		ret = ret == 0 ? end : ret;
	}
	return ret;
}

/* Removes a file after another one with the same batches was written in its place. */
static void replace(const struct retention *retention, struct history_file *old,
                    const struct history_file *file)
{
	char name[HISTORY_FILE_NAME_MAX];
	struct stat info;
	if (file->checksum != old->checksum) {
		history_file_name(old, name);
		(void)unlinkat(retention->folder, name, 0);
	}
	*old = *file;
	history_file_name(file, name);
	if (fstatat(retention->folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
		old->size = (uint64_t)info.st_size;
	}
}

/* Writes a file again without the rows that are too old. */
static int rewrite(struct retention *retention, size_t index)
{
	struct history_files *files = &retention->files;
	struct history_file file = files->items[index];
	struct history_file *rest = calloc(files->count, sizeof(*rest));
	struct history_merged *one = NULL, *others = NULL;
	if (rest == NULL) {
		return -ENOMEM;
	}
	memcpy(rest, files->items, index * sizeof(*rest));
	memcpy(rest + index, files->items + index + 1, (files->count - index - 1) * sizeof(*rest));
	int ret = open_files(retention, &file, 1, &one);
	ret = ret == 0 ? open_files(retention, rest, files->count - 1, &others) : ret;
	ret = ret == 0 ? write_file(retention, index, one, others, &file) : ret;
	history_merged_free(one);
	history_merged_free(others);
	free(rest);
	if (ret == 0) {
		replace(retention, &files->items[index], &file);
	}
	return ret;
}

static bool is_due(const struct retention *retention, size_t index)
{
	for (size_t i = 0; i < HISTORY_CLASSES; i++) {
		const struct history_range *range = &retention->ranges[index][i];
		uint64_t slack =
		        i == HISTORY_CLASS_ROWS ? retention->keep->age_s[i] / ROWS_SHARE : 0;
		slack = slack > DAY_S ? slack : DAY_S;
		if (range->rows > 0 && range->oldest < retention->limits[i] &&
		    retention->limits[i] >= range->limit + slack) {
			return true;
		}
	}
	return false;
}

static int retain_by_age(struct retention *retention)
{
	int ret = 0;
	for (size_t i = 0; i < retention->files.count && ret == 0; i++) {
		ret = is_due(retention, i) ? rewrite(retention, i) : 0;
	}
	return ret;
}

static uint64_t size_of(const struct history_files *files)
{
	uint64_t size = 0;
	for (size_t i = 0; i < files->count; i++) {
		size += files->items[i].size;
	}
	return size;
}

static bool is_too_large(const struct retention *retention)
{
	return size_of(&retention->files) > retention->keep->octets;
}

/* Writes the files again that are compressed as batches are. That may be enough. If it is not, it
 * is known which part of the rows must leave. */
static int compress(struct retention *retention)
{
	int ret = 0;
	for (size_t i = 0; i < retention->files.count && ret == 0; i++) {
		struct history_merged *one;
		ret = open_files(retention, &retention->files.items[i], 1, &one);
		bool fast = ret == 0 && history_merged_is_fast(one);
		history_merged_free(one);
		ret = fast ? rewrite(retention, i) : ret;
	}
	return ret;
}

/* Chooses the rows that leave. More leave than need to, so that this is not repeated soon. */
static int choose(struct retention *retention)
{
	const struct history_files *files = &retention->files;
	double size = (double)size_of(files), max = (double)retention->keep->octets;
	uint64_t limits[HISTORY_CLASSES], hashes[HISTORY_CLASSES];
	struct history_merged *all;
	int ret = open_files(retention, files->items, files->count, &all);
	if (ret == 0) {
		ret = history_oldest_find(all, 1 - (max - max / SPACE) / size, limits, hashes);
	}
	history_merged_free(all);
	for (size_t i = 0; i < HISTORY_CLASSES && ret == 0; i++) {
		if (limits[i] >= retention->limits[i]) {
			retention->limits[i] = limits[i];
			retention->hashes[i] = hashes[i];
		}
	}
	return ret;
}

/* Returns whether a file may have rows that were chosen. */
static bool is_affected(const struct retention *retention, size_t index)
{
	for (size_t i = 0; i < HISTORY_CLASSES; i++) {
		const struct history_range *range = &retention->ranges[index][i];
		if (range->rows > 0 &&
		    (range->oldest < retention->limits[i] ||
		     (range->oldest == retention->limits[i] && retention->hashes[i] > 0))) {
			return true;
		}
	}
	return false;
}

static int retain_by_size(struct retention *retention)
{
	int ret = is_too_large(retention) ? compress(retention) : 0;
	retention->removed = 0;
	for (unsigned pass = 0; pass < PASSES_MAX && ret == 0 && is_too_large(retention); pass++) {
		ret = choose(retention);
		for (size_t i = 0; i < retention->files.count && ret == 0; i++) {
			ret = is_affected(retention, i) ? rewrite(retention, i) : 0;
		}
	}
	return ret == -ENODATA ? 0 : ret;
}

int history_retain(int folder, const struct history_keep *keep, uint64_t *rows)
{
	struct retention retention = { .folder = folder, .keep = keep };
	*rows = 0;
	int ret = history_files_list(folder, &retention.files);
	if (ret != 0) {
		return ret;
	}
	ret = read_all_ranges(&retention);
	ret = ret == 0 ? retain_by_age(&retention) : ret;
	if (ret == 0 && keep->octets > 0) {
		ret = retain_by_size(&retention);
		*rows = retention.removed;
	}
	free(retention.ranges);
	history_files_free(&retention.files);
	return ret;
}

int history_forget(int folder, const struct history_person *persons, size_t count, uint64_t *rows)
{
	const struct history_keep keep = { .octets = 0 };
	struct retention retention = {
		.folder = folder, .keep = &keep, .persons = persons, .persons_count = count
	};
	*rows = 0;
	int ret = history_files_list(folder, &retention.files);
	if (ret != 0) {
		return ret;
	}
	ret = read_all_ranges(&retention);
	for (size_t i = 0; i < retention.files.count && ret == 0; i++) {
		ret = rewrite(&retention, i);
	}
	*rows = retention.removed;
	free(retention.ranges);
	history_files_free(&retention.files);
	return ret;
}
