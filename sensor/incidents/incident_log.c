/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/cursor.h"
#include "base/log.h"
#include "base/time_ns.h"
#include "base/writer.h"
#include "sensor/incidents/incident_stored.h"
#include "sensor/journal/journal.h"

#define NAME     "incidents"
#define NEW_NAME "incidents.new"
/* So many octets of incidents are written at once. */
#define CHUNK ((size_t)256 << 10)

#define MAGIC      "nsmxinc\n"
#define HOST_ORDER UINT32_C(0x01020304)

struct head {
	char magic[8];
	uint32_t version, order;
	uint8_t secret[SECRET_HASH_SIZE];
};

enum part_kind { PART_INCIDENT, PART_NOTES, PART_MARK, PART_END };

/* Before the octets of each part. */
struct part {
	uint32_t kind, size;
	uint64_t check;
};

struct incident_log {
	int folder, old, fd; /* -1: closed */
	size_t size;         /* of the file */
	size_t limit;        /* the size from which on a new file is due */
	int64_t failed_ns;   /* when it could not be written; 0: it is good */
};

int incident_log_folder(const char *state)
{
	char path[PATH_MAX];
	int size = snprintf(path, sizeof(path), "%s/" INCIDENT_LOG_FOLDER, state);
	if (size < 0 || (size_t)size >= sizeof(path)) {
		return -ENAMETOOLONG;
	}
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		return -errno;
	}
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		return -errno;
	}
	int ret = journal_lock(folder);
	if (ret != 0) {
		(void)close(folder);
	}
	return ret == 0 ? folder : ret;
}

struct incident_log *incident_log_open(int folder)
{
	struct incident_log *log = calloc(1, sizeof(*log));
	if (log != NULL) {
		log->folder = folder;
		log->fd = -1;
		log->old = openat(folder, NAME, O_RDONLY | O_CLOEXEC);
	}
	return log;
}

/* Writing */

static struct part head_of(enum part_kind kind, const void *octets, size_t size)
{
	return (struct part){ kind, (uint32_t)size,
		              XXH3_64bits_withSeed(octets, size, (uint64_t)kind << 32 | size) };
}

static void fail(struct incident_log *log, const char *why)
{
	if (log->fd >= 0) {
		(void)close(log->fd);
		log->fd = -1;
	}
	log->failed_ns = monotonic_ns();
	log_error("the open incidents cannot be stored: %s; a restart now would begin them anew",
	          why);
}

static void write_all(struct incident_log *log, const void *octets, size_t size)
{
	const char *at = octets;
	size_t left = size;
	while (log->fd >= 0 && left > 0) {
		ssize_t put = write(log->fd, at, left);
		if (put >= 0) {
			at += put;
			left -= (size_t)put;
		} else if (errno != EINTR) {
			fail(log, strerror(errno));
		}
	}
	log->size += size;
}

/* A part is written by one call, so that SIGKILL leaves no half of it. */
static void write_part(struct incident_log *log, enum part_kind kind, const void *octets,
                       size_t size)
{
	struct part part = head_of(kind, octets, size);
	struct iovec parts[] = { { &part, sizeof(part) }, { (void *)octets, size } };
	if (log->fd < 0) {
		return;
	}
	ssize_t put = writev(log->fd, parts, 2);
	log->size += sizeof(part) + size;
	if (put != (ssize_t)(sizeof(part) + size)) {
		fail(log, put < 0 ? strerror(errno) : strerror(ENOSPC));
	}
}

static void put_incident(struct writer *out, const struct incident *incident)
{
	size_t before = writer_size(out);
	(void)writer_take(out, sizeof(struct part));
	incident_store(out, incident);
	if (out->failed) {
		return;
	}
	const char *octets = out->start + before + sizeof(struct part);
	const struct part part =
	        head_of(PART_INCIDENT, octets, writer_size(out) - before - sizeof(part));
	memcpy(out->start + before, &part, sizeof(part));
}

static void write_incidents(struct incident_log *log, const struct incidents *incidents)
{
	struct writer out;
	writer_init_growing(&out, CHUNK + INCIDENT_STORED_MAX + sizeof(struct part));
	for (const struct incident *incident = incidents_next(incidents, NULL);
	     incident != NULL && log->fd >= 0; incident = incidents_next(incidents, incident)) {
		put_incident(&out, incident);
		if (out.failed) {
			fail(log, strerror(ENOMEM));
		} else if (writer_size(&out) >= CHUNK) {
			write_all(log, out.start, writer_size(&out));
			writer_restart(&out);
		}
	}
	write_all(log, out.start, writer_size(&out));
	writer_free(&out);
}

static void write_head(struct incident_log *log, struct incidents *incidents)
{
	struct head head = { .version = INCIDENT_LOG_VERSION, .order = HOST_ORDER };
	memcpy(head.magic, MAGIC, sizeof(head.magic));
	memcpy(head.secret, incidents_secret(incidents), sizeof(head.secret));
	write_all(log, &head, sizeof(head));
}

static void write_mark(struct incident_log *log, const struct incidents *incidents)
{
	const int64_t now_ns = incidents_now(incidents);
	write_part(log, PART_MARK, &now_ns, sizeof(now_ns));
}

/* Replaces the file by one with all incidents as they are now. */
static void replace(struct incident_log *log, struct incidents *incidents)
{
	if (log->fd >= 0) {
		(void)close(log->fd);
	}
	(void)unlinkat(log->folder, NEW_NAME, 0);
	log->fd = openat(log->folder, NEW_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	log->size = 0;
	log->failed_ns = 0;
	if (log->fd < 0) {
		fail(log, strerror(errno));
		return;
	}
	write_head(log, incidents);
	write_incidents(log, incidents);
	write_mark(log, incidents);
	if (log->fd >= 0 && renameat(log->folder, NEW_NAME, log->folder, NAME) != 0) {
		fail(log, strerror(errno));
	}
	log->limit = 2 * log->size > INCIDENT_LOG_NOTES ? 2 * log->size : INCIDENT_LOG_NOTES;
}

void incident_log_notes(struct incident_log *log, const uint8_t *octets, size_t size)
{
	write_part(log, PART_NOTES, octets, size);
}

void incident_log_mark(struct incident_log *log, struct incidents *incidents)
{
	if (log->failed_ns != 0 && monotonic_ns() - log->failed_ns < INCIDENT_LOG_RETRY_NS) {
		return;
	}
	if (log->fd < 0 || log->size > log->limit) {
		replace(log, incidents);
	} else {
		write_mark(log, incidents);
	}
}

void incident_log_end(struct incident_log *log)
{
	write_part(log, PART_END, "", 0);
}

void incident_log_close(struct incident_log *log)
{
	if (log == NULL) {
		return;
	}
	if (log->fd >= 0) {
		(void)close(log->fd);
	}
	if (log->old >= 0) {
		(void)close(log->old);
	}
	free(log);
}

/* Reading */

struct reading {
	struct incidents *incidents;
	struct cursor from;
	const char *error;
	struct incident_note note;
};

static bool take_part(struct reading *reading, struct part *part, const uint8_t **octets)
{
	struct cursor *from = &reading->from;
	const uint8_t *head = cursor_take(from, sizeof(*part));
	if (head == NULL) {
		return false;
	}
	memcpy(part, head, sizeof(*part));
	*octets = cursor_take(from, part->size);
	if (*octets == NULL || part->kind > PART_END) {
		return false;
	}
	const struct part expected = head_of((enum part_kind)part->kind, *octets, part->size);
	return part->check == expected.check;
}

/* Returns the position after the last mark, and that of the first damaged part. */
static size_t find_last_mark(struct reading *reading, size_t *end)
{
	size_t last = reading->from.pos;
	struct part part;
	const uint8_t *octets;
	*end = reading->from.pos;
	while (cursor_left(&reading->from) > 0 && take_part(reading, &part, &octets)) {
		*end = reading->from.pos;
		if (part.kind != PART_NOTES) {
			last = *end;
		}
	}
	if (*end < reading->from.size) {
		reading->error = "is damaged or cut";
	}
	return last;
}

static void take_notes(struct reading *reading, const uint8_t *octets, size_t size)
{
	for (size_t at = 0, used; at < size; at += used) {
		used = incident_note_decode(&reading->note, octets + at, size - at);
		if (used == 0) {
			break; /* it was dropped by the earlier run, too */
		}
		incidents_take(reading->incidents, &reading->note);
	}
}

static void take(struct reading *reading, const struct part *part, const uint8_t *octets)
{
	int64_t now_ns;
	switch ((enum part_kind)part->kind) {
	case PART_INCIDENT:
		if (!incidents_put(reading->incidents, octets, part->size)) {
			reading->error = "has an incident that is not valid";
		}
		break;
	case PART_NOTES:
		take_notes(reading, octets, part->size);
		break;
	case PART_MARK:
		if (part->size == sizeof(now_ns)) {
			memcpy(&now_ns, octets, sizeof(now_ns));
			incidents_tick(reading->incidents, now_ns);
		}
		break;
	case PART_END:
		incidents_repeat_close(reading->incidents);
		break;
	}
}

static bool take_head(struct reading *reading)
{
	struct head head;
	const uint8_t *octets = cursor_take(&reading->from, sizeof(head));
	if (octets == NULL) {
		reading->error = "is cut";
		return false;
	}
	memcpy(&head, octets, sizeof(head));
	if (memcmp(head.magic, MAGIC, sizeof(head.magic)) != 0) {
		reading->error = "is not a file of incidents";
	} else if (head.version != INCIDENT_LOG_VERSION || head.order != HOST_ORDER) {
		reading->error = "is of another version";
	} else {
		memcpy(incidents_secret(reading->incidents), head.secret, sizeof(head.secret));
	}
	return reading->error == NULL;
}

size_t incident_log_read(struct incidents *incidents, const uint8_t *octets, size_t size,
                         const char **error)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	size_t end = 0;
	*error = reading == NULL ? "cannot be read: out of memory" : NULL;
	if (reading == NULL) {
		return 0;
	}
	reading->incidents = incidents;
	reading->from = cursor_init(octets, size);
	if (take_head(reading)) {
		size_t start = reading->from.pos;
		size_t last = find_last_mark(reading, &end);
		struct part part;
		reading->from = cursor_init(octets, end);
		cursor_seek(&reading->from, start);
		while (cursor_left(&reading->from) > 0 && take_part(reading, &part, &octets)) {
			incidents_repeat(incidents, reading->from.pos <= last);
			take(reading, &part, octets);
		}
		incidents_repeat(incidents, false);
	}
	*error = reading->error;
	free(reading);
	return end;
}

static void read_old(struct incident_log *log, struct incidents *incidents)
{
	struct stat info;
	const char *error = NULL;
	size_t end = 0;
	if (log->old < 0 || fstat(log->old, &info) != 0 || info.st_size == 0) {
		return;
	}
	void *octets =
	        (size_t)info.st_size > INCIDENT_LOG_MAX
	                ? MAP_FAILED
	                : mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, log->old, 0);
	if (octets == MAP_FAILED) {
		error = (size_t)info.st_size > INCIDENT_LOG_MAX ? "is too large" : strerror(errno);
	} else {
		end = incident_log_read(incidents, octets, (size_t)info.st_size, &error);
		(void)munmap(octets, (size_t)info.st_size);
	}
	if (error != NULL) {
		log_warn(INCIDENT_LOG_FOLDER "/" NAME " in the folder of --state %s; incidents of "
		                             "the earlier run are continued from the first %zu of "
		                             "its %jd octets",
		         error, end, (intmax_t)info.st_size);
	}
	(void)close(log->old);
	log->old = -1;
}

void incident_log_restore(struct incident_log *log, struct incidents *incidents, int64_t now_ns,
                          void (*flushed)(void *ctx), void *ctx)
{
	read_old(log, incidents);
	incidents_resume(incidents, now_ns);
	flushed(ctx);
	replace(log, incidents);
}
