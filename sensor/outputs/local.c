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
	struct line_lock *line_lock; /* NULL: nobody else writes there */
	unsigned writer;
	bool torn; /* the half of a line is out */
	char *buffer;
	size_t size;
	size_t room;
	uint64_t waiting;
	uint64_t delivered; /* since the last flush that was asked for */
};

struct local *local_open(enum local_form form, const char *path)
{
	struct local *local = calloc(1, sizeof(*local));
	if (local == NULL) {
		return NULL;
	}
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

void local_share(struct local *local, struct line_lock *line_lock, unsigned writer)
{
	local->line_lock = line_lock;
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

static bool reserve(struct local *local, size_t more)
{
	size_t need = local->size + more;
	if (need <= local->room) {
		return true;
	}
	size_t room = local->room != 0 ? local->room : FLUSH_SIZE * 2;
	while (room < need) {
		room *= 2;
	}
	char *buffer = need <= LOCAL_WAITING_MAX ? realloc(local->buffer, room) : NULL;
	if (buffer == NULL) {
		return false;
	}
	local->buffer = buffer;
	local->room = room;
	return true;
}

static void put(struct local *local, const char *text, size_t size)
{
	memcpy(local->buffer + local->size, text, size);
	local->size += size;
}

static bool add_text(struct local *local, const struct record *record)
{
	if (!reserve(local, event_line_max(record->time, record->reason))) {
		return false;
	}
	local->size += event_line_write(local->buffer + local->size, record->time, record->severity,
	                                record->reason, local->coloured);
	return true;
}

static bool add_json(struct local *local, const struct record *record)
{
	if (!reserve(local, record->json_size + 1)) {
		return false;
	}
	put(local, record->json, record->json_size);
	put(local, "\n", 1);
	return true;
}

static int write_out(struct local *local)
{
	size_t done = 0;
	int error = 0;
	while (done < local->size && error == 0) {
		ssize_t written = write(local->fd, local->buffer + done, local->size - done);
		if (written >= 0) {
			done += (size_t)written;
		} else if (errno != EINTR) {
			error = errno;
		}
	}
	if (done > 0) {
		local->torn = local->buffer[done - 1] != '\n';
		memmove(local->buffer, local->buffer + done, local->size - done);
		local->size -= done;
	}
	if (local->size == 0) {
		local->delivered += local->waiting;
		local->waiting = 0;
	}
	return error;
}

static int drain(struct local *local)
{
	bool torn;
	if (local->line_lock == NULL || local->size == 0) {
		return write_out(local);
	}
	if (!line_lock_acquire(local->line_lock, local->writer, &torn)) {
		return EAGAIN;
	}
	/* Nobody ends the line of a writer that has died. */
	ssize_t ended = torn ? write(local->fd, "\n", 1) : 0;
	int error = ended < 0 ? errno : write_out(local);
	line_lock_release(local->line_lock, local->writer, local->torn);
	return error;
}

bool local_add(struct local *local, const struct record *record)
{
	bool added = true;
	if (local->form == LOCAL_JSON) {
		added = add_json(local, record);
	} else if (local->form == LOCAL_TEXT) {
		added = add_text(local, record);
	}
	if (!added) {
		return false;
	}
	local->waiting++;
	if (local->interactive || local->size >= FLUSH_SIZE || local->form == LOCAL_NULL) {
		(void)drain(local); /* an error is met again, and told, by the next flush */
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
	free(local->buffer);
	free(local);
}
