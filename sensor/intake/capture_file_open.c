/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/intake/capture_private.h"

static void set_open_error(const char *name, int ret, char error[CAPTURE_ERROR_MAX])
{
	switch (ret) {
	case -ENODATA:
		capture_set_error(error, "%s: the file is empty", name);
		break;
	case -EISDIR:
		capture_set_error(error, "%s: this is a folder, not a capture", name);
		break;
	default:
		capture_set_error(error, "%s: %s", name, strerror(-ret));
		break;
	}
}

/* The error for a file that does not begin like a capture, or ends before its header. */
static int set_start_error(const char *name, const struct source *source, const uint8_t *bytes,
                           size_t size, char error[CAPTURE_ERROR_MAX])
{
	const char *damage = source_damage(source);
	const char *packing = source_compression(source);
	if (damage != NULL) {
		capture_set_error(error, "%s: packet 1: %s", name, damage);
		return -EIO;
	}
	if (size == 0) {
		set_open_error(name, -ENODATA, error);
		return -ENODATA;
	}
	if (size >= PCAP_READER_MAGIC_SIZE && pcap_reader_magic(bytes)) {
		capture_set_error(error, "%s: the file ends in its header", name);
		return -EIO;
	}
	bool plain = strcmp(packing, "plain") == 0;
	capture_set_error(error, "%s: not a capture: %s%sneither pcap nor pcapng", name,
	                  plain ? "" : packing, plain ? "" : " data that is ");
	return -ENODATA;
}

int capture_file_start(struct capture_file *file, const char *name, char error[CAPTURE_ERROR_MAX])
{
	struct savefile_part part = { .size = PCAPNG_READER_MAGIC_SIZE };
	const uint8_t *bytes;
	size_t size;
	enum savefile_status status = SAVEFILE_MORE;
	memset(&file->reader, 0, sizeof(file->reader));
	file->pcapng = false;
	while (status == SAVEFILE_MORE) {
		if (!source_peek(file->source, part.size, &bytes, &size)) {
			capture_set_error(error, "%s: interrupted", name);
			return -EINTR;
		}
		if (size >= PCAPNG_READER_MAGIC_SIZE && pcapng_reader_magic(bytes)) {
			file->pcapng = true;
			return 0;
		}
		if (size < part.size || !pcap_reader_magic(bytes)) {
			return set_start_error(name, file->source, bytes, size, error);
		}
		status = pcap_reader_start(&file->reader.pcap, bytes, size, &part);
	}
	if (status == SAVEFILE_LOST) {
		capture_set_error(error, "%s: %s", name, part.damage);
		return -EIO;
	}
	source_skip(file->source, part.size);
	return 0;
}

static const char *display_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static void free_file(struct capture_file *file)
{
	if (file == NULL) {
		return;
	}
	source_close(file->source);
	free(file);
}

/* 0, or -errno: -ENODATA for a file that is empty or not a capture. */
static int open_file(struct capture_file **out, const char *path, char error[CAPTURE_ERROR_MAX])
{
	struct capture_file *file = calloc(1, sizeof(*file));
	int ret = file != NULL ? source_open(&file->source, path) : -ENOMEM;
	if (ret != 0) {
		set_open_error(display_name(path), ret, error);
		free(file);
		return ret;
	}
	ret = capture_file_start(file, display_name(path), error);
	if (ret != 0) {
		free_file(file);
		return ret;
	}
	*out = file;
	return 0;
}

static void close_file(struct capture *capture)
{
	free_file(capture->file);
}

struct capture *capture_open_file(const char *path, const char *filter,
                                  char error[CAPTURE_ERROR_MAX])
{
	struct capture *capture = capture_new(close_file, display_name(path), filter, error);
	if (capture != NULL && open_file(&capture->file, path, error) != 0) {
		capture_close(capture);
		return NULL;
	}
	return capture;
}

void capture_progress(const struct capture *capture, uint64_t *done, uint64_t *size)
{
	*done = 0;
	*size = 0;
	if (capture->file != NULL) {
		source_progress(capture->file->source, done, size);
	}
}

uint64_t capture_number(const struct capture *capture)
{
	return capture->file != NULL ? capture->file->number : 0;
}

enum capture_probe capture_probe_file(const char *path, int64_t *first_ns,
                                      char error[CAPTURE_ERROR_MAX])
{
	struct capture probe = { .name = (char *)display_name(path) };
	struct packet packet;
	enum capture_status status;
	int ret = open_file(&probe.file, path, error);
	*first_ns = INT64_MIN;
	if (ret != 0) {
		return ret == -ENODATA ? CAPTURE_PROBE_OTHER : CAPTURE_PROBE_FAILED;
	}
	do {
		status = capture_next(&probe, &packet, error);
	} while (status == CAPTURE_NONE || status == CAPTURE_WARNING || status == CAPTURE_DAMAGED);
	if (status == CAPTURE_PACKET) {
		*first_ns = packet.time_ns;
	}
	link_filters_free(&probe.filters);
	free_file(probe.file);
	return CAPTURE_PROBE_GOOD;
}
