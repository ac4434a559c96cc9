/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/fetch_files.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define PIECE 65536

void fetch_files_path(const char *folder, const char *name, const char *ending,
                      char path[FETCH_PATH_MAX])
{
	(void)snprintf(path, FETCH_PATH_MAX, "%s/%s.%s", folder, name, ending);
}

static bool fail(const char *path)
{
	log_error("%s: %s", path, strerror(errno));
	return false;
}

/* Root gives what it creates to the owner of the folder in which it is, so that the service, which
 * is another user, can replace it. */
static bool give(int fd, const char *path)
{
	char folder[FETCH_PATH_MAX];
	struct stat info;
	struct stat own;
	if (geteuid() != 0) {
		return true;
	}
	const char *slash = strrchr(path, '/');
	(void)snprintf(folder, sizeof(folder), "%.*s", slash > path ? (int)(slash - path) : 1,
	               path);
	if (stat(folder, &info) != 0 || fstat(fd, &own) != 0) {
		return false;
	}
	return own.st_uid == info.st_uid || fchown(fd, info.st_uid, info.st_gid) == 0;
}

static bool make_one(const char *path)
{
	if (mkdir(path, 0755) != 0) {
		return errno == EEXIST || fail(path);
	}
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool given = fd >= 0 && give(fd, path);
	if (!given) {
		(void)fail(path);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return given;
}

bool fetch_files_make_folder(const char *path)
{
	char part[FETCH_PATH_MAX];
	(void)snprintf(part, sizeof(part), "%s", path);
	for (char *slash = part; slash != NULL;) {
		slash = strchr(slash + 1, '/');
		if (slash != NULL) {
			*slash = '\0';
		}
		if (!make_one(part)) {
			return false;
		}
		if (slash != NULL) {
			*slash = '/';
		}
	}
	return true;
}

int fetch_files_lock(const struct fetch_config *config)
{
	char path[FETCH_PATH_MAX];
	fetch_files_path(config->state, "fetch", "lock", path);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || !give(fd, path)) {
		(void)fail(path);
		if (fd >= 0) {
			(void)close(fd);
		}
		fd = -1;
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		log_error("%s: another fetch uses the folder", path);
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static bool add_file(EVP_MD_CTX *hash, int fd)
{
	char piece[PIECE];
	off_t at = 0;
	ssize_t got;
	while ((got = pread(fd, piece, sizeof(piece), at)) > 0) {
		at += got;
		if (EVP_DigestUpdate(hash, piece, (size_t)got) != 1) {
			return false;
		}
	}
	return got == 0;
}

bool fetch_files_digest(int fd, char digest[FETCH_DIGEST_SIZE])
{
	uint8_t octets[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool made = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
	            add_file(hash, fd) && EVP_DigestFinal_ex(hash, octets, &size) == 1;
	EVP_MD_CTX_free(hash);
	if (made) {
		*text_hex(digest, octets, 32) = '\0';
	}
	return made;
}

int fetch_files_open(const char *path, const char *digest)
{
	char found[FETCH_DIGEST_SIZE];
	int fd =
	        digest[0] != '\0' ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
	if (fd >= 0 && (!fetch_files_digest(fd, found) || strcmp(found, digest) != 0)) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

bool fetch_files_write(int to, const char *octets, size_t size)
{
	while (size > 0) {
		ssize_t written = write(to, octets, size);
		if (written < 0 && errno != EINTR) {
			return false;
		}
		octets += written > 0 ? written : 0;
		size -= written > 0 ? (size_t)written : 0;
	}
	return true;
}

static bool copy(int to, int from)
{
	char piece[PIECE];
	off_t at = 0;
	ssize_t got;
	while ((got = pread(from, piece, sizeof(piece), at)) > 0) {
		at += got;
		if (!fetch_files_write(to, piece, (size_t)got)) {
			return false;
		}
	}
	return got == 0;
}

/* Opens the new file, which has another name until it is complete. */
static int begin(const char *path, char fresh[FETCH_PATH_MAX])
{
	const char *name = strrchr(path, '/') + 1;
	(void)snprintf(fresh, FETCH_PATH_MAX, "%.*s.%s.new", (int)(name - path), path, name);
	(void)unlink(fresh);
	return open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
}

static bool end(const char *path, const char *fresh, int fd, bool written)
{
	written = written && give(fd, fresh) && fsync(fd) == 0 && rename(fresh, path) == 0;
	if (!written) {
		(void)fail(path);
		(void)unlink(fresh);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
	return written;
}

bool fetch_files_replace(const char *path, int fd)
{
	char fresh[FETCH_PATH_MAX];
	int to = begin(path, fresh);
	return end(path, fresh, to, to >= 0 && copy(to, fd));
}

bool fetch_files_replace_text(const char *path, const char *text, size_t size)
{
	char fresh[FETCH_PATH_MAX];
	int to = begin(path, fresh);
	return end(path, fresh, to, to >= 0 && fetch_files_write(to, text, size));
}

int fetch_files_memory(void)
{
	int fd = memfd_create("nsmx-fetch", MFD_CLOEXEC);
	if (fd < 0) {
		log_error("no memory for a feed: %s", strerror(errno));
	}
	return fd;
}
