/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rules/language/files.h"

#define PART 65536

/* The header of an entry. The path, which ends with NUL, and the text follow it. */
struct entry {
	uint64_t size;      /* the size of the text */
	uint32_t path_size; /* the size of the path, the final NUL included */
	int32_t error;
};

/* Writing */

struct writing {
	int fd;
	uint64_t size; /* written so far */
	int error;     /* the errno value of the failed write; 0: none */
};

static void put(struct writing *writing, const void *bytes, size_t size, uint64_t at)
{
	const uint8_t *from = bytes;
	while (size > 0 && writing->error == 0) {
		ssize_t done = pwrite(writing->fd, from, size, (off_t)at);
		if (done > 0) {
			from += done;
			size -= (size_t)done;
			at += (uint64_t)done;
		} else if (done == 0 || errno != EINTR) {
			writing->error = done == 0 ? ENOSPC : errno;
		}
	}
}

/* Copies a file to an offset; returns its size. */
static uint64_t copy_text(struct writing *writing, int from, uint64_t at, int32_t *error)
{
	uint8_t part[PART];
	uint64_t size = 0;
	ssize_t got;
	while (writing->error == 0 && (got = read(from, part, sizeof(part))) != 0) {
		if (got < 0 || at + size + (size_t)got > BUNDLE_MAX) {
			*error = got < 0 ? errno : EFBIG;
			return 0;
		}
		put(writing, part, (size_t)got, at + size);
		size += (size_t)got;
	}
	return size;
}

static void add_file(void *ctx, const char *path)
{
	struct writing *writing = ctx;
	struct entry entry = { .path_size = (uint32_t)strlen(path) + 1 };
	uint64_t text_at = writing->size + sizeof(entry) + entry.path_size;
	int from = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (from < 0) {
		entry.error = errno;
	} else {
		entry.size = copy_text(writing, from, text_at, &entry.error);
		(void)close(from);
	}
	put(writing, &entry, sizeof(entry), writing->size);
	put(writing, path, entry.path_size, writing->size + sizeof(entry));
	writing->size = text_at + entry.size;
}

static void add_error(struct writing *writing, const char *path, int error)
{
	const struct entry entry = { .path_size = (uint32_t)strlen(path) + 1, .error = error };
	put(writing, &entry, sizeof(entry), writing->size);
	put(writing, path, entry.path_size, writing->size + sizeof(entry));
	writing->size += sizeof(entry) + entry.path_size;
}

static struct writing begin(int fd)
{
	struct stat stat;
	struct writing writing = { .fd = fd };
	if (fstat(fd, &stat) == 0) {
		writing.size = (uint64_t)stat.st_size;
	} else {
		writing.error = errno;
	}
	return writing;
}

int bundle_add(int fd, const char *name, const char *text, size_t size)
{
	struct writing writing = begin(fd);
	const struct entry entry = { .size = size, .path_size = (uint32_t)strlen(name) + 1 };
	uint64_t text_at = writing.size + sizeof(entry) + entry.path_size;
	if (text_at + size > BUNDLE_MAX) {
		errno = EFBIG;
		return -1;
	}
	put(&writing, &entry, sizeof(entry), writing.size);
	put(&writing, name, entry.path_size, writing.size + sizeof(entry));
	put(&writing, text, size, text_at);
	errno = writing.error;
	return writing.error == 0 ? 0 : -1;
}

int bundle_write(int fd, const char *const *paths, size_t count)
{
	struct writing writing = begin(fd);
	for (size_t i = 0; i < count; i++) {
		if (files_each(paths[i], add_file, &writing) != 0) {
			add_error(&writing, paths[i], errno);
		}
	}
	/* If reading a file failed, octets of the file may be after the end. */
	if (writing.error == 0 && ftruncate(fd, (off_t)writing.size) != 0) {
		writing.error = errno;
	}
	errno = writing.error;
	return writing.error == 0 ? 0 : -1;
}

/* Reading */

static bool read_at(int fd, void *to, size_t size, uint64_t at)
{
	uint8_t *next = to;
	while (size > 0) {
		ssize_t got = pread(fd, next, size, (off_t)at);
		if (got > 0) {
			next += got;
			size -= (size_t)got;
			at += (uint64_t)got;
		} else if (got == 0 || errno != EINTR) {
			return false;
		}
	}
	return true;
}

bool bundle_next(struct bundle *bundle, struct bundle_file *file)
{
	struct entry entry;
	if (!read_at(bundle->fd, &entry, sizeof(entry), bundle->at) || entry.path_size == 0 ||
	    entry.path_size > sizeof(file->path) || entry.size > BUNDLE_MAX ||
	    !read_at(bundle->fd, file->path, entry.path_size, bundle->at + sizeof(entry)) ||
	    file->path[entry.path_size - 1] != '\0') {
		return false;
	}
	file->error = entry.error;
	file->at = bundle->at + sizeof(entry) + entry.path_size;
	file->size = entry.size;
	bundle->at = file->at + file->size;
	return true;
}

struct stream {
	int fd;
	uint64_t at, end;
};

static ssize_t read_stream(void *cookie, char *to, size_t size)
{
	struct stream *stream = cookie;
	uint64_t left = stream->end - stream->at;
	ssize_t got;
	do {
		got = pread(stream->fd, to, size < left ? size : (size_t)left, (off_t)stream->at);
	} while (got < 0 && errno == EINTR);
	stream->at += got > 0 ? (uint64_t)got : 0;
	return got;
}

static int close_stream(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *bundle_stream(const struct bundle *bundle, const struct bundle_file *file)
{
	static const cookie_io_functions_t functions = { .read = read_stream,
		                                         .close = close_stream };
	struct stream *stream;
	if (file->error != 0) {
		errno = file->error;
		return NULL;
	}
	stream = malloc(sizeof(*stream));
	if (stream == NULL) {
		return NULL;
	}
	*stream = (struct stream){ .fd = bundle->fd, .at = file->at, .end = file->at + file->size };
	FILE *opened = fopencookie(stream, "r", functions);
	if (opened == NULL) {
		free(stream);
	}
	return opened;
}
