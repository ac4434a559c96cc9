/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/sources/objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/writer.h"

#define PIECE 65536

struct objects {
	const char *id;
	const char *version;
	size_t max;
	json_t *all; /* the objects by their ids, in the order in which they came */
};

struct objects *objects_new(const char *id, const char *version, size_t max)
{
	struct objects *objects = calloc(1, sizeof(*objects));
	if (objects == NULL) {
		return NULL;
	}
	*objects = (struct objects){ id, version, max, json_object() };
	if (objects->all == NULL) {
		free(objects);
		return NULL;
	}
	return objects;
}

void objects_free(struct objects *objects)
{
	if (objects != NULL) {
		json_decref(objects->all);
		free(objects);
	}
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text != NULL ? text : "";
}

const char *objects_version(const struct objects *objects, const char *id)
{
	const json_t *known = json_object_get(objects->all, id);
	return known != NULL ? text_of(known, objects->version) : NULL;
}

enum objects_put objects_put(struct objects *objects, json_t *object)
{
	const char *id = text_of(object, objects->id);
	if (id[0] == '\0') {
		return OBJECTS_INVALID;
	}
	const char *known = objects_version(objects, id);
	if (known != NULL && strcmp(text_of(object, objects->version), known) <= 0) {
		return OBJECTS_KNOWN;
	}
	bool full = known == NULL && json_object_size(objects->all) >= OBJECTS_MAX;
	return !full && json_object_set(objects->all, id, object) == 0 ? OBJECTS_NEW : OBJECTS_FULL;
}

size_t objects_keep_only(struct objects *objects, const json_t *ids)
{
	size_t count = 0;
	const char *id;
	json_t *object;
	void *next;
	json_object_foreach_safe(objects->all, next, id, object)
	{
		if (json_object_get(ids, id) == NULL) {
			(void)json_object_del(objects->all, id);
			count++;
		}
	}
	return count;
}

static bool load_line(struct objects *objects, const char *line, size_t size)
{
	json_t *object = json_loadb(line, size, 0, NULL);
	enum objects_put put = object != NULL ? objects_put(objects, object) : OBJECTS_INVALID;
	json_decref(object);
	return put == OBJECTS_NEW;
}

static bool load_lines(struct objects *objects, const char *text, size_t size)
{
	const char *end = text + size;
	while (text < end) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		if (line_end == NULL || !load_line(objects, text, (size_t)(line_end - text))) {
			return false;
		}
		text = line_end + 1;
	}
	return true;
}

bool objects_load(struct objects *objects, int fd)
{
	struct writer text;
	off_t at = 0;
	ssize_t got = 1;
	char *room = NULL;
	writer_init_growing(&text, objects->max + PIECE);
	while (got > 0 && (room = writer_reserve(&text, PIECE)) != NULL) {
		got = pread(fd, room, PIECE, at);
		at += got > 0 ? got : 0;
		writer_advance(&text, got > 0 ? (size_t)got : 0);
	}
	bool loaded =
	        got == 0 && !text.failed && load_lines(objects, text.start, writer_size(&text));
	writer_free(&text);
	return loaded;
}

static int write_piece(const char *octets, size_t size, void *ctx)
{
	struct writer *out = ctx;
	writer_put(out, octets, size);
	return out->failed ? -1 : 0;
}

static bool write_all(int fd, const char *octets, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, octets, size);
		if (written < 0 && errno != EINTR) {
			return false;
		}
		octets += written > 0 ? written : 0;
		size -= written > 0 ? (size_t)written : 0;
	}
	return true;
}

bool objects_write(const struct objects *objects, int fd)
{
	struct writer out;
	const char *id;
	json_t *object;
	bool written = true;
	writer_init_growing(&out, objects->max);
	json_object_foreach(objects->all, id, object)
	{
		written =
		        written && json_dump_callback(object, write_piece, &out, JSON_COMPACT) == 0;
		writer_char(&out, '\n');
	}
	written = written && !out.failed && write_all(fd, out.start, writer_size(&out));
	writer_free(&out);
	return written;
}
