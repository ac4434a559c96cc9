/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/rollup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "history/child.h"
#include "history/merged.h"
#include "history/output.h"

#define FANIN 8 /* the number of files that are merged into one */

struct rollup {
	int folder;
	const char *path;
	const struct history_file *files; /* the files to merge */
	size_t count;
};

static void set_aside(const struct rollup *rollup, const struct history_file *file)
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

static bool copy(struct history_merged *merged, struct history_output *output)
{
	const uint8_t *key, *value;
	size_t key_size, value_size;
	(void)history_merged_seek(merged, NULL, 0);
	while (history_merged_next(merged, &key, &key_size, &value, &value_size)) {
		if (!history_output_add(output, key, key_size, value, value_size)) {
			return false;
		}
	}
	return true;
}

static int write_merged(const struct rollup *rollup, struct history_merged *merged)
{
	struct history_file file = { .from = rollup->files[0].from,
		                     .to = rollup->files[rollup->count - 1].to };
	struct history_output output;
	int ret = history_output_begin(&output, rollup->folder);
	return ret == 0 ? history_output_end(&output, copy(merged, &output), &file) : ret;
}

static int merge_in_child(void *ctx, struct writer *output)
{
	const struct rollup *rollup = ctx;
	bool damaged = false;
	(void)output;
	struct history_merged *merged = history_merged_open(rollup->folder, rollup->files,
	                                                    rollup->count, note_damage, &damaged);
	if (merged == NULL) {
		return -ENOMEM;
	}
	int ret = damaged ? -EBADMSG : write_merged(rollup, merged);
	history_merged_free(merged);
	return ret;
}

static void remove_merged(const struct rollup *rollup)
{
	char name[HISTORY_FILE_NAME_MAX];
	for (size_t i = 0; i < rollup->count; i++) {
		history_file_name(&rollup->files[i], name);
		(void)unlinkat(rollup->folder, name, 0);
	}
}

/* Sets damaged files aside. Returns whether there were any, so that the merge can be tried again
 * without them. */
static bool drop_damaged(const struct rollup *rollup)
{
	size_t damaged = 0;
	for (size_t i = 0; i < rollup->count; i++) {
		if (!history_file_is_intact(rollup->folder, &rollup->files[i])) {
			set_aside(rollup, &rollup->files[i]);
			damaged++;
		}
	}
	return damaged > 0;
}

static bool merge(const struct rollup *rollup)
{
	int ret = history_in_child(merge_in_child, (void *)rollup, NULL);
	if (ret == 0) {
		remove_merged(rollup);
		return true;
	}
	if (drop_damaged(rollup)) {
		return true;
	}
	log_error("history folder %s: files could not be merged: %s", rollup->path, strerror(-ret));
	return false;
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

void history_rollup(int folder, const char *path)
{
	struct history_files files;
	bool again = true;
	while (again && history_files_list(folder, &files) == 0) {
		size_t count = count_last_level(&files);
		const struct rollup rollup = { folder, path, files.items + files.count - count,
			                       count };
		again = count >= FANIN && merge(&rollup);
		history_files_free(&files);
	}
}
