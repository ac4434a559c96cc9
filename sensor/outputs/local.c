/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/outputs/event_line.h"

#define FLUSH_SIZE 65536

struct local {
	enum local_form form;
	char *path; /* NULL: standard output */
	int fd;
	bool interactive;
	bool coloured;
	struct line_lock *lock; /* NULL: no other process writes there */
	unsigned writer;
	bool torn; /* only a part of the last line is written */
	struct writer lines;
	uint64_t waiting;   /* events in `lines` */
	uint64_t delivered; /* since the last flush that was asked for */
};

struct local *local_open(enum local_form form, const char *path)
{
	struct local *local = calloc(1, sizeof(*local));
	if (local == NULL) {
		return NULL;
	}
	writer_init_growing(&local->lines, LOCAL_WAITING_MAX);
	local->form = form;
	local->fd = STDOUT_FILENO;
	if (path != NULL) {
		local->path = strdup(path);
		local->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
	}
	if (local->fd < 0 || (path != NULL && local->path == NULL)) {
		int saved = errno;
		local_close(local);
		errno = saved;
		return NULL;
	}
	local->interactive = form != LOCAL_NULL && isatty(local->fd) != 0;
	local->coloured = event_line_wants_colour(local->fd);
	return local;
}

void local_share(struct local *local, struct line_lock *lock, unsigned writer)
{
	local->lock = lock;
	local->writer = writer;
}

const char *local_name(const struct local *local)
{
	return local->path != NULL ? local->path : "standard output";
}

uint64_t local_waiting(const struct local *local)
{
	return local->waiting;
}

static void put_line(struct local *local, const struct record *record)
{
	struct writer *out = &local->lines;
	if (local->form == LOCAL_TEXT) {
		event_line_put(out, record->time, record->severity, record->reason,
		               local->coloured);
	} else {
		writer_put(out, record->json, record->json_size);
		writer_char(out, '\n');
	}
}

static int write_out(struct local *local)
{
	struct writer *lines = &local->lines;
	size_t size = writer_size(lines), done = 0;
	int error = 0;
	while (done < size && error == 0) {
		ssize_t written = write(local->fd, lines->start + done, size - done);
		if (written >= 0) {
			done += (size_t)written;
		} else if (errno != EINTR) {
			error = errno;
		}
	}
	if (done > 0) {
		local->torn = lines->start[done - 1] != '\n';
		memmove(lines->start, lines->start + done, size - done);
		writer_rewind(lines, size - done);
	}
	if (done == size) {
		local->delivered += local->waiting;
		local->waiting = 0;
	}
	return error;
}

static int drain(struct local *local)
{
	bool torn;
	if (local->lock == NULL || writer_size(&local->lines) == 0) {
		return write_out(local);
	}
	if (!line_lock_acquire(local->lock, local->writer, &torn)) {
		return EAGAIN;
	}
	ssize_t ended = torn ? write(local->fd, "\n", 1) : 0;
	int error = ended < 0 ? errno : write_out(local);
	line_lock_release(local->lock, local->writer, local->torn);
	return error;
}

bool local_add(struct local *local, const struct record *record)
{
	size_t before = writer_size(&local->lines);
	if (local->form != LOCAL_NULL) {
		put_line(local, record);
	}
	if (local->lines.failed) {
		writer_recover(&local->lines, before);
		return false;
	}
	local->waiting++;
	if (local->interactive || writer_size(&local->lines) >= FLUSH_SIZE ||
	    local->form == LOCAL_NULL) {
		(void)drain(local); /* the next flush meets an error again, and returns it */
	}
	return true;
}

int local_flush(struct local *local, uint64_t *delivered)
{
	int error = drain(local);
	*delivered = local->delivered;
	local->delivered = 0;
	return error;
}

void local_close(struct local *local)
{
	if (local == NULL) {
		return;
	}
	if (local->path != NULL && local->fd >= 0) {
		(void)close(local->fd);
	}
	free(local->path);
	writer_free(&local->lines);
	free(local);
}
