/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/journal/journal_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DELIVERED       "delivered-"
#define HASH_DIGITS     16
#define SEQUENCE_DIGITS 20
#define SEGMENT_SUFFIX  ".seg"

int journal_dir_open(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : -errno;
}

/* Opens a stream over the directory that does not change `dir_fd` and its offset. */
static DIR *dir_stream(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		return NULL;
	}
	DIR *stream = fdopendir(fd);
	if (stream == NULL) {
		(void)close(fd);
	}
	return stream;
}

/* A number of exactly `digits` digits, followed by `suffix` and nothing else. */
static bool parse_name(const char *text, size_t digits, int base, const char *suffix,
                       uint64_t *number)
{
	const char *set = base == 10 ? "0123456789" : "0123456789abcdef";
	if (strspn(text, set) != digits || strcmp(text + digits, suffix) != 0) {
		return false;
	}
	*number = strtoull(text, NULL, base);
	return true;
}

static void segment_name(char name[JOURNAL_NAME_SIZE], uint64_t first)
{
	(void)snprintf(name, JOURNAL_NAME_SIZE, "%020" PRIu64 SEGMENT_SUFFIX, first);
}

static int by_sequence(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

static int add_segment(struct journal_segments *out, uint64_t first)
{
	/* Room doubles at each power of two. */
	if ((out->count & (out->count - 1)) == 0) {
		size_t room = out->count == 0 ? 1 : out->count * 2;
		uint64_t *grown = reallocarray(out->first, room, sizeof(*grown));
		if (grown == NULL) {
			return -ENOMEM;
		}
		out->first = grown;
	}
	out->first[out->count++] = first;
	return 0;
}

int journal_segments_list(int dir_fd, struct journal_segments *out)
{
	*out = (struct journal_segments){ 0 };
	DIR *stream = dir_stream(dir_fd);
	if (stream == NULL) {
		return -errno;
	}
	int ret = 0;
	const struct dirent *entry;
	while (ret == 0 && (entry = readdir(stream)) != NULL) {
		uint64_t first;
		if (parse_name(entry->d_name, SEQUENCE_DIGITS, 10, SEGMENT_SUFFIX, &first)) {
			ret = add_segment(out, first);
		}
	}
	(void)closedir(stream);
	if (ret != 0) {
		journal_segments_free(out);
		return ret;
	}
	if (out->count > 0) {
		qsort(out->first, out->count, sizeof(*out->first), by_sequence);
	}
	return 0;
}

void journal_segments_free(struct journal_segments *segments)
{
	free(segments->first);
	*segments = (struct journal_segments){ 0 };
}

int journal_segment_open(int dir_fd, uint64_t first, int flags)
{
	char name[JOURNAL_NAME_SIZE];
	segment_name(name, first);
	int fd = openat(dir_fd, name, flags | O_CLOEXEC, 0600);
	return fd >= 0 ? fd : -errno;
}

uint64_t journal_segment_size(int dir_fd, uint64_t first)
{
	char name[JOURNAL_NAME_SIZE];
	struct stat st;
	segment_name(name, first);
	return fstatat(dir_fd, name, &st, 0) == 0 ? (uint64_t)st.st_size : 0;
}

static int remove_file(int dir_fd, const char *name)
{
	return unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT ? 0 : -errno;
}

int journal_segment_remove(int dir_fd, uint64_t first)
{
	char name[JOURNAL_NAME_SIZE];
	segment_name(name, first);
	return remove_file(dir_fd, name);
}

int journal_text_read(int dir_fd, const char *name, char *text, size_t size)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	ssize_t got = read(fd, text, size - 1);
	int ret = got >= 0 ? 0 : -errno;
	(void)close(fd);
	text[got >= 0 ? got : 0] = '\0';
	return ret;
}

int journal_text_write(int dir_fd, const char *name, const char *text)
{
	char aside[JOURNAL_NAME_SIZE + sizeof(".tmp")];
	(void)snprintf(aside, sizeof(aside), "%s.tmp", name);
	int fd = openat(dir_fd, aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		return -errno;
	}
	size_t size = strlen(text);
	ssize_t put = write(fd, text, size);
	int ret = put == (ssize_t)size ? 0 : put < 0 ? -errno : -ENOSPC;
	(void)close(fd);
	if (ret == 0 && renameat(dir_fd, aside, dir_fd, name) != 0) {
		ret = -errno;
	}
	if (ret != 0) {
		(void)unlinkat(dir_fd, aside, 0);
	}
	return ret;
}

static void output_name(char name[JOURNAL_NAME_SIZE], uint64_t output)
{
	(void)snprintf(name, JOURNAL_NAME_SIZE, DELIVERED "%016" PRIx64, output);
}

int journal_outputs_each(int dir_fd, journal_output_cb cb, void *ctx)
{
	const size_t prefix = strlen(DELIVERED);
	DIR *stream = dir_stream(dir_fd);
	if (stream == NULL) {
		return -errno;
	}
	const struct dirent *entry;
	while ((entry = readdir(stream)) != NULL) {
		uint64_t output;
		if (strncmp(entry->d_name, DELIVERED, prefix) == 0 &&
		    parse_name(entry->d_name + prefix, HASH_DIGITS, 16, "", &output)) {
			cb(ctx, dir_fd, output);
		}
	}
	(void)closedir(stream);
	return 0;
}

bool journal_position_get(int dir_fd, uint64_t output, uint64_t *position)
{
	char name[JOURNAL_NAME_SIZE];
	char text[SEQUENCE_DIGITS + 2];
	output_name(name, output);
	return journal_text_read(dir_fd, name, text, sizeof(text)) == 0 &&
	       parse_name(text, SEQUENCE_DIGITS, 10, "\n", position);
}

/* Overwrites the old position, which has the same size, so that no new block is needed. */
static int overwrite(int dir_fd, const char *name, const char *text)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	size_t size = strlen(text);
	ssize_t put = pwrite(fd, text, size, 0);
	int ret = put == (ssize_t)size ? 0 : put < 0 ? -errno : -ENOSPC;
	(void)close(fd);
	return ret;
}

int journal_position_set(int dir_fd, uint64_t output, uint64_t position)
{
	char name[JOURNAL_NAME_SIZE];
	char text[SEQUENCE_DIGITS + 2];
	output_name(name, output);
	(void)snprintf(text, sizeof(text), "%020" PRIu64 "\n", position);
	int ret = journal_text_write(dir_fd, name, text);
	/* If the journal has filled the disk, it must still be able to shrink. */
	return ret == -ENOSPC || ret == -EDQUOT ? overwrite(dir_fd, name, text) : ret;
}

int journal_position_remove(int dir_fd, uint64_t output)
{
	char name[JOURNAL_NAME_SIZE];
	output_name(name, output);
	return remove_file(dir_fd, name);
}
