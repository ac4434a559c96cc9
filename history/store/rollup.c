/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/store/rollup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "history/child.h"
#include "history/merged.h"
#include "history/store/output.h"

#define FANIN 8 /* the number of files that are merged into one */

/* The time between two checks of the ages of rows, and of the size of the folder, in seconds. */
#define RETAIN_AGES_S 3600
#define RETAIN_SIZE_S 60

struct history_rollup {
	int folder;
	const char *path;
	struct history_files list;        /* all files when the merge was started */
	const struct history_file *files; /* the files that are merged, a part of `list` */
	size_t count;
	struct history_child child;
	bool retaining; /* the child removes rows that are not kept, and does not merge */
	bool failing;   /* the last merge failed, which was logged */
	struct history_keep keep;
	time_t retained_s; /* when rows that are not kept were last removed; 0: never */
};

static void set_aside(const struct history_rollup *rollup, const struct history_file *file)
{
	char name[HISTORY_FILE_NAME_MAX], aside[HISTORY_FILE_NAME_MAX + sizeof(".damaged")];
	history_file_name(file, name);
	(void)snprintf(aside, sizeof(aside), "%s.damaged", name);
	log_error("history folder %s: %s is damaged: its rows are left out", rollup->path, name);
	(void)renameat(rollup->folder, name, rollup->folder, aside);
}

/* Called for a file that cannot be opened. The merge then fails, because it must contain all
 * rows. */
static void note_damage(void *ctx, const struct history_file *file)
{
	bool *damaged = ctx;
	(void)file;
	*damaged = true;
}

/* Files that are not merged come before the merged ones in the list. */
static struct history_merged *open_others(const struct history_rollup *rollup, bool *damaged)
{
	return history_merged_open(rollup->folder, rollup->list.items,
	                           (size_t)(rollup->files - rollup->list.items), HISTORY_RANGES,
	                           note_damage, damaged);
}

static int write_merged(const struct history_rollup *rollup, struct history_merged *merged,
                        struct history_merged *others)
{
	struct history_merged *const all[] = { merged, others };
	struct history_filter filter;
	uint64_t limits[HISTORY_CLASSES];
	struct history_file file = { .from = rollup->files[0].from,
		                     .to = rollup->files[rollup->count - 1].to };
	struct history_output output;
	int ret = history_output_begin(&output, rollup->folder, HISTORY_UNFINISHED_MERGE,
	                               HISTORY_SMALL);
	if (ret != 0) {
		return ret;
	}
	history_keep_limits(&rollup->keep, all, 2, limits);
	history_filter_begin(&filter, &output, others, limits);
	return history_output_end(&output, history_filter_copy(&filter, merged), &file);
}

static int merge_in_child(void *ctx, struct writer *output)
{
	const struct history_rollup *rollup = ctx;
	bool damaged = false;
	(void)output;
	struct history_merged *merged =
	        history_merged_open(rollup->folder, rollup->files, rollup->count, HISTORY_RANGES,
	                            note_damage, &damaged);
	struct history_merged *others = open_others(rollup, &damaged);
	int ret = -ENOMEM;
	if (merged != NULL && others != NULL) {
		ret = damaged ? -EBADMSG : write_merged(rollup, merged, others);
	}
	history_merged_free(merged);
	history_merged_free(others);
	return ret;
}

static int retain_in_child(void *ctx, struct writer *output)
{
	const struct history_rollup *rollup = ctx;
	uint64_t rows;
	int ret = history_retain(rollup->folder, &rollup->keep, &rows);
	writer_put(output, (const char *)&rows, sizeof(rows));
	return ret;
}

/* Whether the folder has another file with the batches of this one. */
static bool has_copy(const struct history_rollup *rollup, const struct history_file *file)
{
	struct history_files list;
	bool found = false;
	if (history_files_list(rollup->folder, &list) != 0) {
		return false;
	}
	for (size_t i = 0; i < list.count + list.superseded_count; i++) {
		const struct history_file *other =
		        i < list.count ? &list.items[i] : &list.superseded[i - list.count];
		found |= other->from == file->from && other->to == file->to &&
		         other->checksum != file->checksum;
	}
	history_files_free(&list);
	return found;
}

/* If a single file was written again, the new one may be the same. */
static void remove_merged(const struct history_rollup *rollup)
{
	char name[HISTORY_FILE_NAME_MAX];
	if (rollup->count == 1 && !has_copy(rollup, &rollup->files[0])) {
		return;
	}
	for (size_t i = 0; i < rollup->count; i++) {
		history_file_name(&rollup->files[i], name);
		(void)unlinkat(rollup->folder, name, 0);
	}
}

/* Sets damaged files aside. Returns whether there were any, so that the merge can be tried again
 * without them. A file that this user may not read stays: `error` receives this reason. */
static bool drop_damaged(const struct history_rollup *rollup, int *error)
{
	size_t damaged = 0;
	for (size_t i = 0; i < rollup->count; i++) {
		int check = history_file_check(rollup->folder, &rollup->files[i]);
		*error = check == -EACCES ? check : *error;
		if (check == -EBADMSG) {
			set_aside(rollup, &rollup->files[i]);
			damaged++;
		}
	}
	return damaged > 0;
}

/* Files of 1 to 7 batches have level 0, those of 8 to 63 level 1, and so on. */
static unsigned level_of(const struct history_file *file)
{
	unsigned level = 0;
	for (uint64_t batches = (uint64_t)file->to - file->from + 1; batches >= FANIN;
	     batches /= FANIN) {
		level++;
	}
	return level;
}

/* Returns how many files at the end of the list have the same level as the last one. */
static size_t count_last_level(const struct history_files *files)
{
	size_t count = 0;
	unsigned level = files->count > 0 ? level_of(&files->items[files->count - 1]) : 0;
	while (count < files->count && level_of(&files->items[files->count - 1 - count]) == level) {
		count++;
	}
	return count;
}

static uint64_t size_of(const struct history_file *files, size_t count)
{
	uint64_t size = 0;
	for (size_t i = 0; i < count; i++) {
		size += files[i].size;
	}
	return size;
}

/* The same failure may occur at each attempt, and is logged once. */
static void fail(struct history_rollup *rollup, int error)
{
	if (!rollup->failing) {
		log_error("history folder %s: files could not be merged or written again: %s",
		          rollup->path, strerror(-error));
	}
	rollup->failing = true;
}

static bool is_retention_due(const struct history_rollup *rollup)
{
	const struct history_keep *keep = &rollup->keep;
	time_t since_s = time(NULL) - rollup->retained_s;
	bool large =
	        keep->octets > 0 && size_of(rollup->list.items, rollup->list.count) > keep->octets;
	return (large && since_s >= RETAIN_SIZE_S) ||
	       (history_keep_has_ages(keep) && since_s >= RETAIN_AGES_S);
}

static int start_merge(struct history_rollup *rollup, size_t count)
{
	rollup->files = rollup->list.items + rollup->list.count - count;
	rollup->count = count;
	return history_output_has_space(rollup->folder, size_of(rollup->files, count))
	               ? history_child_start(&rollup->child, merge_in_child, rollup)
	               : -ENOSPC;
}

static int start_retention(struct history_rollup *rollup)
{
	rollup->files = rollup->list.items;
	rollup->count = rollup->list.count;
	rollup->retained_s = time(NULL);
	rollup->retaining = true;
	return history_child_start(&rollup->child, retain_in_child, rollup);
}

/* Starts to merge the last files of the list, if there are enough of one level, or to remove rows
 * that are not kept. */
static void start(struct history_rollup *rollup)
{
	history_files_free(&rollup->list);
	int ret = history_files_list(rollup->folder, &rollup->list);
	size_t count = ret == 0 ? count_last_level(&rollup->list) : 0;
	rollup->retaining = false;
	if (count >= FANIN) {
		ret = start_merge(rollup, count);
	} else if (ret == 0 && is_retention_due(rollup)) {
		ret = start_retention(rollup);
	}
	if (ret != 0) {
		fail(rollup, ret);
	}
}

/* Completes the work of a child that has succeeded. */
static void accept_work(const struct history_rollup *rollup, uint64_t rows)
{
	if (!rollup->retaining) {
		remove_merged(rollup);
	} else if (rows > 0) {
		log_info("history folder %s: %" PRIu64
		         " rows were removed because it was larger than %" PRIu64 " octets",
		         rollup->path, rows, rollup->keep.octets);
	}
}

/* Takes the result of a child. Returns false if it has failed and would fail again. */
static bool complete(struct history_rollup *rollup)
{
	uint64_t rows;
	int ret = history_child_wait(&rollup->child, &rows);
	if (ret == 0) {
		accept_work(rollup, rows);
		rollup->failing = false;
	} else if (ret == -ECANCELED) {
		return false;
	} else if (!drop_damaged(rollup, &ret)) {
		fail(rollup, ret);
		return false;
	}
	return true;
}

struct history_rollup *history_rollup_new(int folder, const char *path)
{
	struct history_rollup *rollup = calloc(1, sizeof(*rollup));
	if (rollup != NULL) {
		rollup->folder = folder;
		rollup->path = path;
		rollup->child.end = -1;
	}
	return rollup;
}

void history_rollup_free(struct history_rollup *rollup)
{
	if (rollup == NULL) {
		return;
	}
	if (rollup->child.pid > 0) {
		history_child_give_up(&rollup->child);
		(void)unlinkat(rollup->folder, HISTORY_UNFINISHED_MERGE, 0);
	}
	history_files_free(&rollup->list);
	free(rollup);
}

void history_rollup_step(struct history_rollup *rollup)
{
	if (rollup->child.pid > 0 &&
	    (!history_child_has_ended(&rollup->child) || !complete(rollup))) {
		return;
	}
	start(rollup);
}

void history_rollup_keep(struct history_rollup *rollup, const struct history_keep *keep)
{
	rollup->keep = *keep;
	rollup->retained_s = 0;
}

void history_rollup_finish(struct history_rollup *rollup)
{
	rollup->retained_s = 0;
	history_rollup_step(rollup);
	while (rollup->child.pid > 0 && complete(rollup)) {
		start(rollup);
	}
}

bool history_rollup_merge_all(struct history_rollup *rollup)
{
	int ret = -EAGAIN;
	while (ret == -EAGAIN) {
		history_files_free(&rollup->list);
		ret = history_files_list(rollup->folder, &rollup->list);
		if (ret == 0 && rollup->list.count > 0) {
			ret = start_merge(rollup, rollup->list.count);
			ret = ret == 0 ? history_child_wait(&rollup->child, NULL) : ret;
			ret = ret != 0 && ret != -ECANCELED && drop_damaged(rollup, &ret) ? -EAGAIN
			                                                                  : ret;
		}
	}
	if (ret == 0 && rollup->list.count > 0) {
		remove_merged(rollup);
	} else if (ret != 0 && ret != -ECANCELED) {
		fail(rollup, ret);
	}
	return ret == 0;
}

int history_rollup_end(const struct history_rollup *rollup)
{
	return rollup->child.end;
}
