/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/evidence/evidence_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory/shared.h"
#include "base/time_ns.h"

#define NAMES "nsmx-[0-9]*T[0-9]*Z-[0-9]*-[0-9]*.pcapng"
/* So many files are read at once; further ones are read after some of these were removed. */
#define FILES_MAX 4096

/* Files are removed when the folder is larger than the first share, until it is smaller than the
 * second one. Meanwhile workers can write what is between the first share and the whole. */
#define FULL(max) ((max) / 8 * 7)
#define FREE(max) ((max) / 4 * 3)

struct file {
	struct timespec changed;
	uint64_t octets;
	char name[EVIDENCE_NAME_MAX];
};

bool evidence_folder_init(struct evidence_folder *folder, uint64_t octets_max)
{
	folder->fd = -1;
	folder->octets_max = octets_max;
	folder->octets = shared_new(sizeof(*folder->octets));
	return folder->octets != NULL;
}

int evidence_folder_open(struct evidence_folder *folder, const char *path)
{
	if (mkdir(path, 0750) != 0 && errno != EEXIST) {
		return -errno;
	}
	folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->fd < 0) {
		return -errno;
	}
	if (faccessat(folder->fd, ".", W_OK | X_OK, AT_EACCESS) != 0) {
		int ret = -errno;
		(void)close(folder->fd);
		folder->fd = -1;
		return ret;
	}
	evidence_folder_trim(folder);
	return 0;
}

void evidence_folder_close(struct evidence_folder *folder)
{
	if (folder->fd >= 0) {
		(void)close(folder->fd);
		folder->fd = -1;
	}
	if (folder->octets != NULL) {
		shared_free(folder->octets, sizeof(*folder->octets));
		folder->octets = NULL;
	}
}

void evidence_folder_name(char name[EVIDENCE_NAME_MAX], int64_t time_ns, unsigned worker,
                          uint64_t number)
{
	time_t seconds = time_ns > 0 ? (time_t)(time_ns / NS_PER_S) : 0;
	struct tm utc;
	char date[24] = "";
	if (gmtime_r(&seconds, &utc) != NULL) {
		(void)strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &utc);
	}
	(void)snprintf(name, EVIDENCE_NAME_MAX, "nsmx-%s-%u-%llu.pcapng", date, worker,
	               (unsigned long long)number);
}

int evidence_folder_create(const struct evidence_folder *folder, const char *name)
{
	int fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	                0640);
	return fd >= 0 ? fd : -errno;
}

static bool read_file(int folder, const char *name, struct file *file)
{
	struct stat info;
	if (strlen(name) >= sizeof(file->name) || fnmatch(NAMES, name, 0) != 0 ||
	    fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode)) {
		return false;
	}
	file->changed = info.st_mtim;
	file->octets = (uint64_t)info.st_size;
	strcpy(file->name, name);
	return true;
}

static DIR *open_list(int folder)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL && fd >= 0) {
		(void)close(fd);
	}
	return dir;
}

static size_t list(int folder, struct file files[FILES_MAX])
{
	size_t count = 0;
	DIR *dir = open_list(folder);
	const struct dirent *entry;
	while (dir != NULL && count < FILES_MAX && (entry = readdir(dir)) != NULL) {
		count += read_file(folder, entry->d_name, &files[count]);
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
	return count;
}

static int compare(const void *a, const void *b)
{
	const struct file *one = a, *other = b;
	if (one->changed.tv_sec != other->changed.tv_sec) {
		return one->changed.tv_sec < other->changed.tv_sec ? -1 : 1;
	}
	if (one->changed.tv_nsec != other->changed.tv_nsec) {
		return one->changed.tv_nsec < other->changed.tv_nsec ? -1 : 1;
	}
	return strcmp(one->name, other->name);
}

/* \return The octets that were freed. */
static uint64_t remove_file(int folder, const struct file *file)
{
	if (unlinkat(folder, file->name, 0) != 0 && errno != ENOENT) {
		log_warn("evidence: cannot remove %s: %s", file->name, strerror(errno));
		return 0;
	}
	return file->octets;
}

void evidence_folder_trim(struct evidence_folder *folder)
{
	struct file *files = folder->fd >= 0 ? calloc(FILES_MAX, sizeof(*files)) : NULL;
	if (files == NULL) {
		return;
	}
	size_t count = list(folder->fd, files);
	uint64_t octets = 0;
	for (size_t i = 0; i < count; i++) {
		octets += files[i].octets;
	}
	qsort(files, count, sizeof(*files), compare);
	uint64_t most = octets > FULL(folder->octets_max) ? FREE(folder->octets_max) : octets;
	size_t excess = count == FILES_MAX ? FILES_MAX / 2 : 0;
	for (size_t i = 0; i < count && (octets > most || i < excess); i++) {
		octets -= remove_file(folder->fd, &files[i]);
	}
	atomic_store_explicit(folder->octets, octets, memory_order_relaxed);
	free(files);
}

void evidence_folder_maintain(struct evidence_folder *folder)
{
	int64_t now_ns = monotonic_ns();
	if (folder->fd >= 0 && now_ns - folder->trimmed_ns >= NS_PER_S) {
		folder->trimmed_ns = now_ns;
		evidence_folder_trim(folder);
	}
}
