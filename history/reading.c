/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "history/child.h"
#include "history/clickhouse/clickhouse_url.h"
#include "history/merged.h"

int history_reading_open(struct history_reading *reading, const char *path,
                         history_named_damage_t damaged, void *ctx)
{
	*reading = (struct history_reading){ .folder = -1, .damaged = damaged, .ctx = ctx };
	if (clickhouse_url_is(path)) {
		reading->url = path;
		return 0;
	}
	reading->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return reading->folder >= 0 ? 0 : -errno;
}

void history_reading_close(struct history_reading *reading)
{
	history_files_free(&reading->files);
	if (reading->folder >= 0) {
		(void)close(reading->folder);
	}
}

/* These functions run in the child. */

struct work {
	const struct history_reading *reading;
	history_read_t read;
	void *ctx;
};

static void note_damage(void *ctx, const struct history_file *file)
{
	bool *damaged = ctx;
	(void)file;
	*damaged = true;
}

static int read_in_child(void *ctx, struct writer *output)
{
	const struct work *work = ctx;
	const struct history_files *files = &work->reading->files;
	bool damaged = false;
	struct history_merged *merged = history_merged_open(work->reading->folder, files->items,
	                                                    files->count, note_damage, &damaged);
	if (merged == NULL) {
		return -ENOMEM;
	}
	int ret = damaged ? -EBADMSG : work->read(work->ctx, merged, output);
	history_merged_free(merged);
	return ret;
}

/* These functions run in the caller. */

static bool is_bad(const struct history_reading *reading, const struct history_file *file)
{
	for (size_t i = 0; i < reading->bad_count; i++) {
		if (reading->bad[i].checksum == file->checksum) {
			return true;
		}
	}
	return false;
}

/* Lists the files again, without the damaged ones. Another process may have merged files meanwhile.
 */
static int list(struct history_reading *reading, bool *changed)
{
	struct history_files files;
	int ret = history_files_list(reading->folder, &files);
	if (ret != 0) {
		return ret;
	}
	size_t kept = 0;
	for (size_t i = 0; i < files.count; i++) {
		if (!is_bad(reading, &files.items[i])) {
			files.items[kept++] = files.items[i];
		}
	}
	files.count = kept;
	*changed = kept != reading->files.count ||
	           memcmp(files.items, reading->files.items, kept * sizeof(files.items[0])) != 0;
	history_files_free(&reading->files);
	reading->files = files;
	return 0;
}

/* Finds damaged files in the list of files that the child has read. */
static bool find_bad(struct history_reading *reading)
{
	char name[HISTORY_FILE_NAME_MAX];
	size_t before = reading->bad_count;
	for (size_t i = 0; i < reading->files.count && reading->bad_count < HISTORY_BAD_MAX; i++) {
		if (history_file_check(reading->folder, &reading->files.items[i]) == -EBADMSG) {
			reading->bad[reading->bad_count++] = reading->files.items[i];
			history_file_name(&reading->files.items[i], name);
			reading->damaged(reading->ctx, name);
		}
	}
	return reading->bad_count > before;
}

static int read_url(const struct work *work, struct writer *output)
{
	struct history_merged *merged = history_merged_open_url(work->reading->url);
	writer_restart(output);
	int ret = merged != NULL ? work->read(work->ctx, merged, output) : -EIO;
	if (ret == 0 && history_merged_failed(merged)) {
		ret = -EIO;
	}
	history_merged_free(merged);
	return ret == 0 && output->failed ? -ENOMEM : ret;
}

int history_reading_run(struct history_reading *reading, history_read_t read, void *ctx,
                        struct writer *output)
{
	struct work work = { reading, read, ctx };
	bool changed;
	if (reading->url != NULL) {
		return read_url(&work, output);
	}
	int ret = list(reading, &changed);
	while (ret == 0) {
		writer_restart(output);
		ret = history_in_child(read_in_child, &work, output);
		if (ret == 0 || ret == -ENOMEM || ret == -ECANCELED) {
			break;
		}
		int failure = ret;
		ret = list(reading, &changed);
		if (ret == 0 && !changed) {
			bool found = find_bad(reading);
			ret = list(reading, &changed);
			ret = ret == 0 && !found && !changed ? failure : ret;
		}
	}
	return ret;
}
