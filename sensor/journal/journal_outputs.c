/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sensor/journal/journal.h"
#include "sensor/journal/journal_files.h"

struct lowest {
	uint64_t position;
	bool found;
};

static void find_lowest(void *ctx, int dir_fd, uint64_t output)
{
	struct lowest *lowest = ctx;
	uint64_t position;
	if (!journal_position_get(dir_fd, output, &position)) {
		/* The position cannot be read, so all records count as not delivered to this
		 * output. */
		position = 0;
	}
	if (!lowest->found || position < lowest->position) {
		*lowest = (struct lowest){ .position = position, .found = true };
	}
}

struct wanted {
	const uint64_t *outputs;
	size_t count;
};

static void drop_unwanted(void *ctx, int dir_fd, uint64_t output)
{
	const struct wanted *wanted = ctx;
	for (size_t i = 0; i < wanted->count; i++) {
		if (wanted->outputs[i] == output) {
			return;
		}
	}
	(void)journal_position_remove(dir_fd, output);
}

static int register_outputs(int dir_fd, const struct wanted *wanted)
{
	struct lowest lowest = { 0 };
	int ret = journal_outputs_each(dir_fd, find_lowest, &lowest);
	for (size_t i = 0; i < wanted->count && ret == 0; i++) {
		uint64_t position;
		if (!journal_position_get(dir_fd, wanted->outputs[i], &position)) {
			ret = journal_position_set(dir_fd, wanted->outputs[i], lowest.position);
		}
	}
	if (ret == 0) {
		ret = journal_outputs_each(dir_fd, drop_unwanted, (void *)wanted);
	}
	return ret;
}

int journal_outputs(const char *dir, const uint64_t *outputs, size_t count)
{
	int dir_fd = journal_dir_open(dir);
	if (dir_fd < 0) {
		return dir_fd;
	}
	const struct wanted wanted = { .outputs = outputs, .count = count };
	int ret = register_outputs(dir_fd, &wanted);
	(void)close(dir_fd);
	return ret;
}

int journal_id(const char *dir, char id[JOURNAL_ID_SIZE])
{
	int dir_fd = journal_dir_open(dir);
	if (dir_fd < 0) {
		return dir_fd;
	}
	int ret = journal_text_read(dir_fd, JOURNAL_ID_FILE, id, JOURNAL_ID_SIZE);
	(void)close(dir_fd);
	if (ret == 0 && strspn(id, "0123456789abcdef") != JOURNAL_ID_SIZE - 1) {
		ret = -EBADMSG;
	}
	return ret;
}

int journal_position(const char *dir, uint64_t output, uint64_t *position)
{
	int dir_fd = journal_dir_open(dir);
	if (dir_fd < 0) {
		return dir_fd;
	}
	if (!journal_position_get(dir_fd, output, position)) {
		*position = 0;
	}
	(void)close(dir_fd);
	return 0;
}

/* Removes each segment whose records are delivered to all outputs. */
static int trim(int dir_fd)
{
	struct lowest lowest = { 0 };
	struct journal_segments segments;
	int ret = journal_outputs_each(dir_fd, find_lowest, &lowest);
	if (ret != 0 || !lowest.found) {
		return ret;
	}
	ret = journal_segments_list(dir_fd, &segments);
	if (ret != 0) {
		return ret;
	}
	for (size_t i = 0; i + 1 < segments.count && ret == 0; i++) {
		if (segments.first[i + 1] > lowest.position + 1) {
			break;
		}
		ret = journal_segment_remove(dir_fd, segments.first[i]);
	}
	journal_segments_free(&segments);
	return ret;
}

int journal_ack(const char *dir, uint64_t output, uint64_t position)
{
	int dir_fd = journal_dir_open(dir);
	if (dir_fd < 0) {
		return dir_fd;
	}
	int ret = journal_position_set(dir_fd, output, position);
	if (ret == 0) {
		ret = trim(dir_fd);
	}
	(void)close(dir_fd);
	return ret;
}

int journal_backlog(const char *dir, uint64_t position, uint64_t *count)
{
	struct journal_reader *reader;
	struct record record;
	int ret = journal_reader_open(&reader, dir, position);
	if (ret != 0) {
		return ret;
	}
	*count = 0;
	while ((ret = journal_next(reader, &record, &position)) == 1) {
		(*count)++;
	}
	journal_reader_close(reader);
	return ret;
}

static void drop(void *ctx, int dir_fd, uint64_t output)
{
	(void)ctx;
	(void)journal_position_remove(dir_fd, output);
}

int journal_remove(const char *dir)
{
	static const char *const files[] = { JOURNAL_ID_FILE, JOURNAL_LOCK_FILE };
	struct journal_segments segments;
	int dir_fd = journal_dir_open(dir);
	if (dir_fd < 0) {
		return dir_fd;
	}
	int ret = journal_segments_list(dir_fd, &segments);
	for (size_t i = 0; ret == 0 && i < segments.count; i++) {
		ret = journal_segment_remove(dir_fd, segments.first[i]);
	}
	journal_segments_free(&segments);
	(void)journal_outputs_each(dir_fd, drop, NULL);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)unlinkat(dir_fd, files[i], 0);
	}
	(void)close(dir_fd);
	return ret == 0 && rmdir(dir) != 0 ? -errno : ret;
}
