/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/param.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/time_ns.h"
#include "sensor/journal/journal_files.h"

/* A segment has at most 1/8 of the bound, because the newest segment is kept even if all its
 * records are delivered, and must leave room for further records. */
#define SEGMENTS    8
#define SEGMENT_MAX ((size_t)16 << 20)
#define SEGMENT_MIN (JOURNAL_BYTES_MIN / SEGMENTS)
/* More than the number of records in a segment. The smallest record with its header has 36
 * bytes. */
#define SEQUENCES_OF_A_SEGMENT ((uint64_t)1 << 20)
#define SEVERITY_HIGH          75 /* numbers of events */
#define SEVERITY_CRITICAL      99
#define RECOUNT_NS             INT64_C(100000000)
#define LOCK_PAUSE_MS          20

struct journal {
	int dir_fd;
	int lock_fd;
	int fd;          /* The segment that is written. */
	uint64_t first;  /* Its first sequence. */
	uint64_t next;   /* The sequence of the next record. */
	off_t written;   /* Bytes of the segment on disk... */
	size_t buffered; /* ...and those that will follow. */
	size_t segment_max;
	uint64_t max_bytes;
	uint64_t older; /* Bytes of the other segments at the last count. */
	int64_t counted_ns;
	enum journal_sync sync;
	bool unsynced; /* The segment has bytes that may not be on the disk. */
	int64_t synced_ns;
	uint8_t buffer[JOURNAL_FRAME_MAX];
};

int journal_lock(int fd)
{
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0;) {
		if (errno != EWOULDBLOCK) {
			return -errno;
		}
		if (waited >= JOURNAL_LOCK_WAIT_MS) {
			return -EBUSY;
		}
		(void)poll(NULL, 0, LOCK_PAUSE_MS);
		waited += LOCK_PAUSE_MS;
	}
	return 0;
}

static int lock(struct journal *journal)
{
	journal->lock_fd =
	        openat(journal->dir_fd, JOURNAL_LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return journal->lock_fd >= 0 ? journal_lock(journal->lock_fd) : -errno;
}

static int ensure_id(const struct journal *journal)
{
	char text[JOURNAL_ID_SIZE + 1];
	uint64_t id;
	int ret = journal_text_read(journal->dir_fd, JOURNAL_ID_FILE, text, sizeof(text));
	if (ret != -ENOENT) {
		return ret;
	}
	if (getrandom(&id, sizeof(id), 0) != sizeof(id)) {
		return -EIO;
	}
	(void)snprintf(text, sizeof(text), "%016" PRIx64 "\n", id);
	return journal_text_write(journal->dir_fd, JOURNAL_ID_FILE, text);
}

/* Bytes of all segments but the one that is written. */
static int count_older(struct journal *journal)
{
	struct journal_segments segments;
	int ret = journal_segments_list(journal->dir_fd, &segments);
	if (ret != 0) {
		return ret;
	}
	journal->older = 0;
	for (size_t i = 0; i < segments.count; i++) {
		if (segments.first[i] != journal->first) {
			journal->older += journal_segment_size(journal->dir_fd, segments.first[i]);
		}
	}
	journal->counted_ns = monotonic_ns();
	journal_segments_free(&segments);
	return 0;
}

/* Synchronises the segment if that is due. */
static int sync_segment(struct journal *journal, bool now)
{
	if (!journal->unsynced || journal->sync == JOURNAL_SYNC_NONE) {
		return 0;
	}
	if (!now && journal->sync == JOURNAL_SYNC_INTERVAL &&
	    monotonic_ns() - journal->synced_ns < JOURNAL_SYNC_MS * NS_PER_MS) {
		return 0;
	}
	if (fdatasync(journal->fd) != 0) {
		return -errno;
	}
	journal->unsynced = false;
	journal->synced_ns = monotonic_ns();
	return 0;
}

/* Starts a segment at the next sequence. */
static int start_segment(struct journal *journal)
{
	int ret = journal->fd >= 0 ? sync_segment(journal, true) : 0;
	if (ret != 0) {
		return ret;
	}
	int fd = journal_segment_open(journal->dir_fd, journal->next, O_WRONLY | O_CREAT | O_EXCL);
	if (fd < 0) {
		return fd;
	}
	if (journal->fd >= 0) {
		(void)close(journal->fd);
	}
	journal->fd = fd;
	journal->first = journal->next;
	journal->written = 0;
	if (journal->sync != JOURNAL_SYNC_NONE && fsync(journal->dir_fd) != 0) {
		return -errno;
	}
	return count_older(journal);
}

/*
 * Sets the first sequence number of this opening. A crash of the machine may have lost the newest
 * records, even whole segments, but Redis still has their sequence numbers. The clock gives a
 * number that is higher than these, for up to 2^20 records a second. If the clock was set back, the
 * existing segments give one.
 */
static int first_sequence(struct journal *journal)
{
	struct journal_segments segments;
	int ret = journal_segments_list(journal->dir_fd, &segments);
	if (ret != 0) {
		return ret;
	}
	journal->next = (uint64_t)time(NULL) * SEQUENCES_OF_A_SEGMENT;
	if (segments.count > 0) {
		uint64_t last = segments.first[segments.count - 1];
		/* A clock cannot give such a number. Later segments would be read before this one,
		 * or never. */
		if (last > UINT64_MAX - 2 * SEQUENCES_OF_A_SEGMENT) {
			journal_segments_free(&segments);
			return -EOVERFLOW;
		}
		last += SEQUENCES_OF_A_SEGMENT;
		journal->next = MAX(last, journal->next);
	}
	/* Earlier openings without an event have left empty segments. */
	for (size_t i = 0; i < segments.count; i++) {
		if (journal_segment_size(journal->dir_fd, segments.first[i]) == 0) {
			(void)journal_segment_remove(journal->dir_fd, segments.first[i]);
		}
	}
	journal_segments_free(&segments);
	return 0;
}

/* On a small disk, segments are also small, so that room becomes free soon. */
static void fit_to_disk(struct journal *journal)
{
	struct statvfs disk;
	if (fstatvfs(journal->dir_fd, &disk) != 0) {
		return;
	}
	uint64_t part = (uint64_t)disk.f_bavail * disk.f_frsize / SEGMENTS;
	if (part < journal->segment_max) {
		journal->segment_max = part > SEGMENT_MIN ? (size_t)part : SEGMENT_MIN;
	}
}

static int open_in(struct journal *journal, const char *dir)
{
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		return -errno;
	}
	journal->dir_fd = journal_dir_open(dir);
	if (journal->dir_fd < 0) {
		return journal->dir_fd;
	}
	fit_to_disk(journal);
	int ret = lock(journal);
	if (ret == 0) {
		ret = ensure_id(journal);
	}
	if (ret == 0) {
		ret = first_sequence(journal);
	}
	return ret == 0 ? start_segment(journal) : ret;
}

int journal_open(struct journal **out, const char *dir, size_t max_bytes)
{
	struct journal *journal = malloc(sizeof(*journal));
	if (journal == NULL) {
		return -ENOMEM;
	}
	/* calloc() is not used, so that pages of the buffer take no memory until they are used. */
	memset(journal, 0, offsetof(struct journal, buffer));
	journal->dir_fd = journal->lock_fd = journal->fd = -1;
	journal->max_bytes = MAX(max_bytes, JOURNAL_BYTES_MIN);
	journal->segment_max = journal->max_bytes / SEGMENTS;
	journal->segment_max = MIN(journal->segment_max, SEGMENT_MAX);
	int ret = open_in(journal, dir);
	if (ret != 0) {
		journal_close(journal);
		return ret;
	}
	*out = journal;
	return 0;
}

int journal_dir_fd(const struct journal *journal)
{
	return journal->dir_fd;
}

int journal_lock_fd(const struct journal *journal)
{
	return journal->lock_fd;
}

void journal_set_sync(struct journal *journal, enum journal_sync sync)
{
	journal->sync = sync;
	/* The directory has the name of the segment already. */
	(void)fsync(journal->dir_fd);
}

int journal_continue(struct journal *journal)
{
	int ret = first_sequence(journal);
	journal->buffered = 0;
	return ret == 0 ? start_segment(journal) : ret;
}

static void close_fd(int fd)
{
	if (fd >= 0) {
		(void)close(fd);
	}
}

void journal_close(struct journal *journal)
{
	if (journal == NULL) {
		return;
	}
	if (journal->fd >= 0) {
		(void)journal_finish(journal);
	}
	close_fd(journal->fd);
	close_fd(journal->lock_fd);
	close_fd(journal->dir_fd);
	free(journal);
}

int journal_write(struct journal *journal)
{
	size_t done = 0;
	int ret = 0;
	/* After a partial write, the rest is written at its offset, at the latest by the next call.
	 * A reader ignores a frame that is not complete. */
	while (done < journal->buffered && ret == 0) {
		ssize_t put = pwrite(journal->fd, journal->buffer + done, journal->buffered - done,
		                     journal->written);
		if (put > 0) {
			done += (size_t)put;
			journal->written += put;
			journal->unsynced = true;
		} else if (put == 0 || errno != EINTR) {
			ret = put == 0 ? -ENOSPC : -errno;
		}
	}
	if (done > 0) {
		journal->buffered -= done;
		memmove(journal->buffer, journal->buffer + done, journal->buffered);
	}
	return ret;
}

int journal_flush(struct journal *journal)
{
	int ret = journal_write(journal);
	return ret == 0 ? sync_segment(journal, false) : ret;
}

int journal_finish(struct journal *journal)
{
	int ret = journal_write(journal);
	int synced = sync_segment(journal, true); /* at least what was written */
	return ret != 0 ? ret : synced;
}

/* Bytes of the segment, with those that are still buffered. */
static size_t segment_size(const struct journal *journal)
{
	return (size_t)journal->written + journal->buffered;
}

/* The last parts of the journal are reserved for severe hits, because records that were written are
 * never removed before they are delivered. */
static uint64_t bound_of(const struct journal *journal, const struct record *record, size_t need)
{
	uint64_t eighth = journal->max_bytes / 8, bound = journal->max_bytes;
	/* When all records are delivered, a record is accepted regardless of its severity. */
	uint64_t least = journal->segment_max + need;
	if (record->kind != RECORD_HIT && record->kind != RECORD_INCIDENT) {
		bound -= 4 * eighth;
	} else if (record->severity < SEVERITY_HIGH) {
		bound -= 2 * eighth;
	} else if (record->severity < SEVERITY_CRITICAL) {
		bound -= eighth;
	}
	bound = MAX(bound, least);
	return MIN(bound, journal->max_bytes);
}

static int check_bound(struct journal *journal, size_t need, uint64_t bound)
{
	if (journal->older + segment_size(journal) + need <= bound) {
		return 0;
	}
	/* Publishers remove segments; count again, but not for each record. */
	if (monotonic_ns() - journal->counted_ns >= RECOUNT_NS) {
		int ret = count_older(journal);
		if (ret != 0) {
			return ret;
		}
	}
	return journal->older + segment_size(journal) + need <= bound ? 0 : -EDQUOT;
}

static int make_room(struct journal *journal, size_t need, uint64_t bound)
{
	int ret = check_bound(journal, need, bound);
	if (ret != 0) {
		return ret;
	}
	size_t size = segment_size(journal);
	bool rotate = size > 0 && size + need > journal->segment_max;
	if (rotate || journal->buffered + need > sizeof(journal->buffer)) {
		ret = journal_write(journal);
	}
	if (ret == 0 && rotate) {
		ret = start_segment(journal);
	}
	return ret;
}

int journal_append(struct journal *journal, const struct record *record)
{
	size_t size = record_size(record);
	if (size > RECORD_SIZE_MAX) {
		return -EMSGSIZE;
	}
	size_t need = sizeof(struct journal_frame) + size;
	int ret = make_room(journal, need, bound_of(journal, record, need));
	if (ret != 0) {
		return ret;
	}
	uint8_t *out = journal->buffer + journal->buffered;
	ret = record_encode(record, out + sizeof(struct journal_frame), size);
	if (ret != 0) {
		return ret;
	}
	struct journal_frame frame = { .size = (uint32_t)size, .sequence = journal->next };
	memcpy(frame.magic, JOURNAL_FRAME_MAGIC, sizeof(frame.magic));
	frame.check = XXH64(out + sizeof(frame), size, frame.sequence);
	memcpy(out, &frame, sizeof(frame));
	journal->buffered += sizeof(frame) + size;
	journal->next++;
	return 0;
}
