/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/local.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/printable.h"
#include "base/time_ns.h"
#include "sensor/outputs/event_line.h"
#include "sensor/outputs/terminal.h"

#define FLUSH_SIZE   65536
#define WAIT_STEP_MS 50
#define LOCK_STEP_MS 1 /* another writer usually finishes soon */

struct local {
	enum local_form form;
	char *path; /* NULL: standard output */
	struct local_rights rights;
	int fd;
	int next_fd; /* to be used from the next line on; -1: none */
	bool interactive;
	bool coloured;
	bool grouped; /* hits are left out */
	/* a write may wait for a reader, because it is not a regular file */
	bool queued;
	struct line_lock *lock; /* NULL: no other process writes there */
	struct local_patience patience;
	/* The last wait had no success, so the next attempt does not wait. */
	bool place_stalled, lock_stalled;
	bool ending;
	bool torn;       /* only a part of the last line is written */
	bool after_torn; /* the line of a dead writer must be ended first */
	struct writer lines;
	size_t sent;        /* octets of `lines` that are written */
	uint64_t waiting;   /* events in `lines` */
	uint64_t delivered; /* events delivered since the last call of local_flush() */
};

#define OPEN_FLAGS (O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)
#define NEW_MODE   0640

/* \return -1 with errno set. */
static int open_or_create(const char *path, const struct local_rights *rights)
{
	int fd = open(path, OPEN_FLAGS | O_EXCL, NEW_MODE);
	if (fd < 0) {
		return open(path, OPEN_FLAGS, NEW_MODE); /* it exists, or the reason is the same */
	}
	if (rights->has_owner && fchown(fd, rights->owner, rights->owner_group) != 0) {
		log_warn("%s: cannot be given to the user of the sensor: %s; SIGHUP will not open "
		         "it again",
		         path, strerror(errno));
	}
	return fd;
}

/* \return -1 with errno set. */
static int open_file(const char *path, const struct local_rights *rights)
{
	int fd = open_or_create(path, rights);
	if (fd >= 0 && ((rights->has_mode && fchmod(fd, rights->mode) != 0) ||
	                (rights->has_group && fchown(fd, (uid_t)-1, rights->group) != 0))) {
		int saved = errno;
		(void)close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static void use(struct local *local, int fd)
{
	struct stat info;
	local->fd = fd;
	local->queued = fstat(fd, &info) != 0 || !S_ISREG(info.st_mode);
	local->interactive = local->form != LOCAL_NULL && isatty(fd) != 0;
	local->coloured = event_line_wants_colour(fd);
}

struct local *local_open(enum local_form form, const char *path, const struct local_rights *rights)
{
	struct local *local = calloc(1, sizeof(*local));
	int fd = STDOUT_FILENO;
	if (local == NULL) {
		return NULL;
	}
	writer_init_growing(&local->lines, LOCAL_WAITING_MAX);
	local->form = form;
	local->fd = local->next_fd = -1;
	local->rights = rights != NULL ? *rights : (struct local_rights){ .has_mode = false };
	if (path != NULL) {
		local->path = strdup(path);
		fd = local->path != NULL ? open_file(path, &local->rights) : -1;
	}
	if (fd < 0) {
		int saved = errno;
		local_close(local);
		errno = saved;
		return NULL;
	}
	use(local, fd);
	return local;
}

int local_open_again(const struct local *local)
{
	int fd = -1;
	if (local->path != NULL && !local->queued) {
		fd = open_file(local->path, &local->rights);
		if (fd < 0) {
			log_warn("%s: cannot be opened again: %s; the events still go to the file "
			         "that was opened before",
			         local->path, strerror(errno));
		}
	}
	fd = fd >= 0 ? fd : fcntl(local->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0) {
		log_warn("%s: cannot be opened again: %s", local_name(local), strerror(errno));
	}
	return fd;
}

static void close_fd(const struct local *local, int fd)
{
	if (local->path != NULL && fd >= 0) {
		(void)close(fd);
	}
}

/* The rest of a line goes where its beginning is. */
static void change_file(struct local *local)
{
	if (local->next_fd >= 0 && !local->torn) {
		close_fd(local, local->fd);
		use(local, local->next_fd);
		local->next_fd = -1;
	}
}

void local_replace(struct local *local, int fd)
{
	if (local->path == NULL) {
		(void)close(fd); /* standard output stays */
		return;
	}
	close_fd(local, local->next_fd);
	local->next_fd = fd;
	change_file(local);
}

void local_share(struct local *local, struct line_lock *lock)
{
	local->lock = lock;
}

bool local_group_hits(struct local *local)
{
	local->grouped = local->form == LOCAL_TEXT && local->interactive;
	return local->grouped;
}

void local_set_patience(struct local *local, const struct local_patience *patience)
{
	local->patience = *patience;
}

const char *local_name(const struct local *local)
{
	return local->path != NULL ? local->path : "standard output";
}

uint64_t local_waiting(const struct local *local)
{
	return local->waiting;
}

static void put_text(struct local *local, const struct record *record, unsigned width)
{
	json_t *event = record->kind == RECORD_INCIDENT
	                        ? json_loadb(record->json, record->json_size, JSON_ALLOW_NUL, NULL)
	                        : NULL;
	if (event == NULL || !terminal_put_incident(&local->lines, event, width, local->coloured)) {
		terminal_put_event(&local->lines, record->time, record->severity, record->reason,
		                   record->reason_size, width, local->coloured);
	}
	json_decref(event);
}

static void put_line(struct local *local, const struct record *record)
{
	struct writer *out = &local->lines;
	if (local->form == LOCAL_TEXT && local->interactive) {
		put_text(local, record, terminal_width(local->fd));
		return;
	}
	if (local->form == LOCAL_TEXT) {
		event_line_put(out, record->time, record->severity, record->reason,
		               record->reason_size, local->coloured);
		return;
	}
	if (local->interactive) {
		printable_put_json(out, record->json, record->json_size);
	} else {
		writer_put(out, record->json, record->json_size);
	}
	writer_char(out, '\n');
}

/* How long this attempt may wait, in milliseconds; 0: without a limit. */
static int64_t limit_of(const struct local *local)
{
	const struct local_patience *patience = &local->patience;
	bool stopped = patience->go_on != NULL && !patience->go_on(patience->ctx);
	if (!stopped) {
		return local->ending ? patience->end_ms : patience->wait_ms;
	}
	return local->ending ? LOCAL_STOP_MS : -1;
}

/* Tries until an attempt succeeds or the time limit is reached. `attempt` itself takes a short
 * time. */
static bool await(struct local *local, bool *stalled, bool (*attempt)(struct local *local, int ms))
{
	bool done = attempt(local, 0);
	int64_t since_ns = done ? 0 : monotonic_ns();
	while (!done && !*stalled) {
		int64_t limit_ms = limit_of(local);
		if (limit_ms != 0 && monotonic_ns() - since_ns >= limit_ms * NS_PER_MS) {
			break;
		}
		done = attempt(local, WAIT_STEP_MS);
	}
	*stalled = !done;
	return done;
}

/* A descriptor with an error is also ready; the write then returns the error. */
static bool is_ready(struct local *local, int ms)
{
	struct pollfd fd = { .fd = local->fd, .events = POLLOUT };
	return poll(&fd, 1, ms) > 0;
}

static bool try_lock(struct local *local, int ms)
{
	bool torn;
	if (ms > 0) {
		(void)poll(NULL, 0, LOCK_STEP_MS);
	}
	bool taken = line_lock_try(local->lock, &torn);
	local->after_torn = local->after_torn || (taken && torn);
	return taken;
}

/* Writes a part. A pipe that is ready takes PIPE_BUF octets without a wait (pipe(7)). */
static ssize_t write_part(struct local *local, const char *bytes, size_t size)
{
	if (local->queued) {
		if (!await(local, &local->place_stalled, is_ready)) {
			errno = EAGAIN;
			return -1;
		}
		size = MIN(size, PIPE_BUF);
	}
	return write(local->fd, bytes, size);
}

/* Whether an event ends with the octet before `at`: the further lines of an event begin with a
 * blank. */
static bool is_end(const struct local *local, const char *at)
{
	return at[-1] == '\n' && (at == local->lines.at || *at != ' ');
}

/* The events that end in the next `size` octets. */
static uint64_t count_events(const struct local *local, size_t size)
{
	uint64_t count = 0;
	const char *text = local->lines.start + local->sent;
	const char *end = text + size;
	while ((text = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		text++;
		count += is_end(local, text);
	}
	return count;
}

/* Records that `done` octets are written. The remaining octets are moved only seldom. */
static void take_written(struct local *local, size_t done)
{
	struct writer *lines = &local->lines;
	uint64_t whole = count_events(local, done);
	size_t size = writer_size(lines);
	local->delivered += whole;
	local->waiting -= whole;
	local->sent += done;
	local->torn = !is_end(local, lines->start + local->sent);
	if (local->sent >= size / 2) {
		memmove(lines->start, lines->start + local->sent, size - local->sent);
		writer_rewind(lines, size - local->sent);
		local->sent = 0;
	}
}

static int write_out(struct local *local)
{
	const char *lines = local->lines.start + local->sent;
	size_t size = writer_size(&local->lines) - local->sent, done = 0;
	int error = 0;
	while (done < size && error == 0) {
		ssize_t written = write_part(local, lines + done, size - done);
		if (written >= 0) {
			done += (size_t)written;
		} else if (errno != EINTR) {
			error = errno;
		}
	}
	if (done > 0) {
		take_written(local, done);
	}
	change_file(local);
	return error;
}

/* A dead writer has left a part of its line. */
static int end_torn_line(struct local *local)
{
	if (local->after_torn) {
		if (write_part(local, "\n", 1) < 0) {
			return errno;
		}
		local->after_torn = false;
	}
	return 0;
}

static int drain(struct local *local)
{
	if (local->lock == NULL || writer_size(&local->lines) == 0) {
		return write_out(local);
	}
	if (!await(local, &local->lock_stalled, try_lock)) {
		return EAGAIN;
	}
	int error = end_torn_line(local);
	if (error == 0) {
		error = write_out(local);
	}
	line_lock_release(local->lock, local->torn || local->after_torn);
	return error;
}

bool local_add(struct local *local, const struct record *record)
{
	size_t before = writer_size(&local->lines);
	bool left_out = local->form == LOCAL_NULL || (local->grouped && record->kind == RECORD_HIT);
	if (!left_out) {
		put_line(local, record);
	}
	if (local->lines.failed) {
		writer_recover(&local->lines, before);
		return false;
	}
	if (left_out) {
		local->delivered++;
		return true;
	}
	local->waiting++;
	if (local->interactive || writer_size(&local->lines) >= FLUSH_SIZE) {
		(void)drain(local); /* an error occurs again in the next flush, which returns it */
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

int local_finish(struct local *local, uint64_t *delivered)
{
	local->ending = true;
	local->place_stalled = local->lock_stalled = false;
	return local_flush(local, delivered);
}

void local_close(struct local *local)
{
	if (local == NULL) {
		return;
	}
	close_fd(local, local->fd);
	close_fd(local, local->next_fd);
	free(local->path);
	writer_free(&local->lines);
	free(local);
}
