/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "history/child.h"

/* So often the work can be given up; a multiple of what is read at once. */
#define WATCH_OCTETS (1 << 20)

#define FORMAT      "%08" PRIx32 "-%08" PRIx32 ".%016" PRIx64 ".rows"
#define SCAN_FORMAT "%8" SCNx32 "-%8" SCNx32 ".%16" SCNx64 ".rows"

void history_file_name(const struct history_file *file, char name[HISTORY_FILE_NAME_MAX])
{
	(void)snprintf(name, HISTORY_FILE_NAME_MAX, FORMAT, file->from, file->to, file->checksum);
}

/* Other files of the folder, such as unfinished ones, are ignored. */
static bool read_name(const char *name, struct history_file *file)
{
	char again[HISTORY_FILE_NAME_MAX];
	if (sscanf(name, SCAN_FORMAT, &file->from, &file->to, &file->checksum) != 3) {
		return false;
	}
	history_file_name(file, again);
	return strcmp(name, again) == 0 && file->from <= file->to;
}

/* A file comes before those that it supersedes. */
static int compare(const void *one, const void *other)
{
	const struct history_file *a = one, *b = other;
	if (a->from != b->from) {
		return a->from < b->from ? -1 : 1;
	}
	if (a->to != b->to) {
		return a->to > b->to ? -1 : 1;
	}
	/* If two files have the same batches, one replaces the other (retention.h), and either can
	 * be read. */
	return (a->checksum > b->checksum) - (a->checksum < b->checksum);
}

static int read_folder(DIR *folder, struct history_file *items, size_t *count)
{
	const struct dirent *entry;
	for (errno = 0; (entry = readdir(folder)) != NULL; errno = 0) {
		struct stat info;
		struct history_file file = { .size = 0 };
		if (!read_name(entry->d_name, &file)) {
			continue;
		}
		if (*count == HISTORY_FILES_MAX) {
			return -EMFILE;
		}
		if (fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0) {
			file.size = (uint64_t)info.st_size;
			items[(*count)++] = file;
		}
	}
	return -errno;
}

/* Moves a file to `superseded` if a file before it in the sorted list contains its batches. */
static void separate(struct history_files *files, size_t count)
{
	uint32_t end = 0;
	for (size_t i = 0; i < count; i++) {
		const struct history_file file = files->items[i];
		if (files->count > 0 && file.to <= end) {
			files->superseded[files->superseded_count++] = file;
		} else {
			files->items[files->count++] = file;
			end = file.to;
		}
	}
}

int history_files_list(int folder, struct history_files *files)
{
	size_t count = 0;
	*files =
	        (struct history_files){ .items = calloc(HISTORY_FILES_MAX, sizeof(files->items[0])),
		                        .superseded = calloc(HISTORY_FILES_MAX,
		                                             sizeof(files->items[0])) };
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again >= 0 ? fdopendir(again) : NULL;
	int ret = list == NULL ? -errno : 0;
	if (files->items == NULL || files->superseded == NULL) {
		ret = -ENOMEM;
	}
	if (ret == 0) {
		ret = read_folder(list, files->items, &count);
	}
	if (list != NULL) {
		(void)closedir(list);
	} else if (again >= 0) {
		(void)close(again);
	}
	if (ret != 0) {
		history_files_free(files);
		return ret;
	}
	qsort(files->items, count, sizeof(files->items[0]), compare);
	separate(files, count);
	return 0;
}

void history_files_free(struct history_files *files)
{
	free(files->items);
	free(files->superseded);
	*files = (struct history_files){ .items = NULL };
}

bool history_file_checksum(int fd, uint64_t *checksum)
{
	uint8_t octets[65536];
	off_t at = 0;
	ssize_t got;
	XXH3_state_t *state = XXH3_createState();
	if (state == NULL || XXH3_64bits_reset(state) != XXH_OK) {
		(void)XXH3_freeState(state);
		return false;
	}
	while ((got = pread(fd, octets, sizeof(octets), at)) > 0 &&
	       (at % WATCH_OCTETS != 0 || history_goes_on())) {
		(void)XXH3_64bits_update(state, octets, (size_t)got);
		at += got;
	}
	*checksum = XXH3_64bits_digest(state);
	(void)XXH3_freeState(state);
	return got == 0;
}

int history_file_check(int folder, const struct history_file *file)
{
	char name[HISTORY_FILE_NAME_MAX];
	uint64_t checksum = 0;
	history_file_name(file, name);
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		return errno == ENOENT || errno == EACCES ? -errno : -EBADMSG;
	}
	bool intact = history_file_checksum(fd, &checksum) && checksum == file->checksum;
	(void)close(fd);
	if (!intact && !history_goes_on()) {
		return -ECANCELED;
	}
	return intact ? 0 : -EBADMSG;
}

int history_id_make(int lock)
{
	char id[HISTORY_ID_SIZE + 1];
	uint64_t number;
	struct stat info;
	if (fstat(lock, &info) != 0) {
		return -errno;
	}
	if (info.st_size >= HISTORY_ID_SIZE) {
		return 0;
	}
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number)) {
		return -errno;
	}
	(void)snprintf(id, sizeof(id), "%016" PRIx64, number);
	return pwrite(lock, id, HISTORY_ID_SIZE, 0) == HISTORY_ID_SIZE ? 0 : -errno;
}

bool history_id_read(int folder, char id[HISTORY_ID_SIZE])
{
	int lock = openat(folder, HISTORY_LOCK, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool good = lock >= 0 && pread(lock, id, HISTORY_ID_SIZE, 0) == HISTORY_ID_SIZE;
	if (lock >= 0) {
		(void)close(lock);
	}
	return good;
}
