/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/intake/decompressor.h"

#define BUFFER     (256 << 10) /* fits a second-level cache */
#define RAW_BUFFER (128 << 10)

#define DAMAGE_MAX 200

struct source {
	int fd;
	bool regular;
	bool detected;
	bool ended;     /* nothing more is added to the buffer */
	bool exhausted; /* the file has been read to its end */
	bool pending;   /* the decompressor may hold output that did not fit */
	uint64_t size;
	uint64_t done;
	uint64_t skip; /* bytes to skip before the next view */
	uint8_t *buffer;
	size_t room;
	size_t first; /* the next byte of the view */
	size_t last;  /* the end of the bytes in the buffer */
	enum compression format;
	struct decompressor *decompressor; /* NULL: plain */
	uint8_t *raw;
	size_t raw_first;
	size_t raw_last;
	char damage[DAMAGE_MAX];
};

static void set_damage(struct source *source, const char *reason)
{
	(void)snprintf(source->damage, DAMAGE_MAX, "%s", reason);
	source->ended = true;
}

static void set_compressed_damage(struct source *source, const char *reason)
{
	(void)snprintf(source->damage, DAMAGE_MAX, "the %s data is damaged: %s",
	               compression_name(source->format), reason);
	source->ended = true;
}

static int check_kind(struct source *source)
{
	struct stat info;
	if (fstat(source->fd, &info) != 0) {
		return -errno;
	}
	if (S_ISDIR(info.st_mode)) {
		return -EISDIR;
	}
	source->regular = S_ISREG(info.st_mode);
	if (!source->regular) {
		return 0;
	}
	source->size = (uint64_t)info.st_size;
	(void)posix_fadvise(source->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* a hint */
	return info.st_size == 0 ? -ENODATA : 0;
}

int source_open(struct source **out, const char *path)
{
	struct source *source = calloc(1, sizeof(*source));
	if (source == NULL) {
		return -ENOMEM;
	}
	source->room = BUFFER;
	source->buffer = malloc(source->room);
	source->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int ret = source->fd < 0 ? -errno : check_kind(source);
	if (ret == 0 && source->buffer == NULL) {
		ret = -ENOMEM;
	}
	if (ret != 0) {
		source_close(source);
		return ret;
	}
	*out = source;
	return 0;
}

/* Calls read(2) once. Returns false if a signal interrupted it. */
static bool read_raw(struct source *source, uint8_t *to, size_t room, size_t *got)
{
	ssize_t ret = read(source->fd, to, room);
	*got = ret > 0 ? (size_t)ret : 0;
	source->done += *got;
	if (ret < 0 && errno == EINTR) {
		return false;
	}
	if (ret < 0) {
		set_damage(source, strerror(errno));
	}
	source->exhausted = ret <= 0;
	return true;
}

static void start_decompressing(struct source *source)
{
	source->raw = malloc(RAW_BUFFER);
	source->decompressor = decompressor_new(source->format);
	if (source->raw == NULL || source->decompressor == NULL) {
		set_damage(source, "out of memory");
		return;
	}
	memcpy(source->raw, source->buffer, source->last);
	source->raw_last = source->last;
	source->last = 0;
}

/* Detects the format by the first bytes. Returns false if a signal interrupted the call. */
static bool detect(struct source *source)
{
	while (source->last < COMPRESSION_MAGIC_SIZE && !source->exhausted) {
		size_t got;
		if (!read_raw(source, source->buffer + source->last, RAW_BUFFER - source->last,
		              &got)) {
			return false;
		}
		source->last += got;
	}
	source->detected = true;
	source->ended = source->exhausted;
	source->format = compression_detect(source->buffer, source->last);
	if (source->format != COMPRESSION_NONE) {
		source->ended = false;
		start_decompressing(source);
	}
	return true;
}

/* Decompresses the bytes that were read. Returns true if there was output. */
static bool decompress_some(struct source *source)
{
	struct decompressor_step step = {
		.in = source->raw + source->raw_first,
		.in_size = source->raw_last - source->raw_first,
		.out = source->buffer + source->last,
		.out_size = source->room - source->last,
	};
	if (step.in_size == 0 && !source->pending) {
		return false;
	}
	const char *reason = decompressor_run(source->decompressor, &step);
	size_t before = source->last;
	source->raw_first = source->raw_last - step.in_size;
	source->last = source->room - step.out_size;
	source->pending = step.out_size == 0;
	if (reason != NULL) {
		set_compressed_damage(source, reason);
	}
	return source->last > before;
}

static bool fill_compressed(struct source *source)
{
	while (!source->ended && !decompress_some(source)) {
		if (source->ended) {
			break;
		}
		if (source->exhausted) {
			source->ended = true;
			if (decompressor_inside(source->decompressor)) {
				set_compressed_damage(source, "the data ends too early");
			}
			break;
		}
		source->raw_first = 0;
		source->raw_last = 0;
		if (!read_raw(source, source->raw, RAW_BUFFER, &source->raw_last)) {
			return false;
		}
	}
	return true;
}

static bool fill_plain(struct source *source)
{
	size_t got;
	if (!read_raw(source, source->buffer + source->last, source->room - source->last, &got)) {
		return false;
	}
	source->last += got;
	source->ended = source->exhausted;
	return true;
}

/* Makes room for `need` bytes at once. */
static void make_room(struct source *source, size_t need)
{
	memmove(source->buffer, source->buffer + source->first, source->last - source->first);
	source->last -= source->first;
	source->first = 0;
	if (need <= source->room) {
		return;
	}
	uint8_t *larger = realloc(source->buffer, need);
	if (larger == NULL) {
		set_damage(source, "out of memory");
		return;
	}
	source->buffer = larger;
	source->room = need;
}

void source_skip(struct source *source, uint64_t size)
{
	size_t left = source->last - source->first;
	size_t part = size < left ? (size_t)size : left;
	source->first += part;
	source->skip += size - part;
}

static void drop_skipped(struct source *source)
{
	uint64_t size = source->skip;
	source->skip = 0;
	source_skip(source, size);
}

/* False: interrupted by a signal. */
static bool fill(struct source *source, size_t need)
{
	while (source->last - source->first < need && !source->ended) {
		bool good;
		make_room(source, need);
		if (source->ended) {
			break;
		}
		if (!source->detected) {
			good = detect(source);
		} else {
			good = source->decompressor != NULL ? fill_compressed(source)
			                                    : fill_plain(source);
		}
		drop_skipped(source);
		if (!good) {
			return false;
		}
	}
	return true;
}

bool source_peek(struct source *source, size_t need, const uint8_t **bytes, size_t *size)
{
	if (source->last - source->first < need && !fill(source, need)) {
		return false;
	}
	*bytes = source->buffer + source->first;
	*size = source->last - source->first;
	return true;
}

bool source_ended_early(const struct source *source)
{
	return source->skip > 0;
}

const char *source_damage(const struct source *source)
{
	return source->damage[0] != '\0' ? source->damage : NULL;
}

const char *source_compression(const struct source *source)
{
	return compression_name(source->format);
}

void source_progress(const struct source *source, uint64_t *done, uint64_t *size)
{
	*done = source->done;
	*size = source->size;
}

void source_close(struct source *source)
{
	if (source == NULL) {
		return;
	}
	if (source->fd > STDIN_FILENO) {
		(void)close(source->fd);
	}
	decompressor_free(source->decompressor);
	free(source->raw);
	free(source->buffer);
	free(source);
}
