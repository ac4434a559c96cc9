/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>
#include <xxhash.h>

#include "sensor/journal/journal_files.h"

#define FILL_BYTES ((size_t)256 << 10)

struct journal_reader {
	int dir_fd;
	int fd;            /* The segment that is read; -1 before the first. */
	uint64_t first;    /* Its first sequence. */
	off_t offset;      /* Offset in the segment of the octet after the window. */
	uint64_t position; /* Sequence of the last record returned, or skipped as old. */
	uint64_t expected; /* Sequence that should come next in this segment. */
	uint64_t damaged;
	bool astray;  /* Bytes were skipped, and no valid frame was found after them yet. */
	size_t begin; /* The window: bytes that were read and not yet returned. */
	size_t end;
	uint8_t window[2 * JOURNAL_FRAME_MAX];
};

/* What was found at an offset of the window. */
enum look {
	WHOLE, /* A frame with its record. */
	SHORT, /* Possibly the beginning of a frame. */
	WRONG, /* No frame. */
};

int journal_reader_open(struct journal_reader **out, const char *dir, uint64_t position)
{
	struct journal_reader *reader = malloc(sizeof(*reader));
	if (reader == NULL) {
		return -ENOMEM;
	}
	memset(reader, 0, offsetof(struct journal_reader, window));
	reader->fd = -1;
	reader->position = position;
	reader->dir_fd = journal_dir_open(dir);
	if (reader->dir_fd < 0) {
		int ret = reader->dir_fd;
		free(reader);
		return ret;
	}
	*out = reader;
	return 0;
}

void journal_reader_close(struct journal_reader *reader)
{
	if (reader == NULL) {
		return;
	}
	if (reader->fd >= 0) {
		(void)close(reader->fd);
	}
	(void)close(reader->dir_fd);
	free(reader);
}

uint64_t journal_damaged(const struct journal_reader *reader)
{
	return reader->damaged;
}

/* The segment to read after this one; at first, the one that the position is in. */
static bool choose(const struct journal_reader *reader, const struct journal_segments *segments,
                   uint64_t *first)
{
	for (size_t i = 0; i < segments->count; i++) {
		bool last = i + 1 == segments->count;
		if (reader->fd >= 0 ? segments->first[i] > reader->first
		                    : last || segments->first[i + 1] > reader->position + 1) {
			*first = segments->first[i];
			return true;
		}
	}
	return false;
}

static int next_segment(const struct journal_reader *reader, uint64_t *first)
{
	struct journal_segments segments;
	int ret = journal_segments_list(reader->dir_fd, &segments);
	if (ret != 0) {
		return ret;
	}
	bool found = choose(reader, &segments, first);
	journal_segments_free(&segments);
	return found;
}

static int enter_segment(struct journal_reader *reader, uint64_t first)
{
	int fd = journal_segment_open(reader->dir_fd, first, O_RDONLY);
	if (fd < 0) {
		return fd;
	}
	if (reader->fd >= 0) {
		(void)close(reader->fd);
	}
	reader->fd = fd;
	reader->first = reader->expected = first;
	reader->offset = 0;
	reader->begin = reader->end = 0;
	reader->astray = false;
	return 0;
}

/* Reads further bytes after the window, at most as many as fit in a cache of the processor. Returns
 * 1, or 0 at the current end of the segment, or an error. */
static int fill(struct journal_reader *reader)
{
	if (reader->fd < 0) {
		return 0;
	}
	size_t left = reader->end - reader->begin;
	memmove(reader->window, reader->window + reader->begin, left);
	reader->begin = 0;
	reader->end = left;
	size_t room = sizeof(reader->window) - reader->end;
	ssize_t got = pread(reader->fd, reader->window + reader->end, MIN(room, FILL_BYTES),
	                    reader->offset);
	if (got < 0) {
		return errno == EINTR ? fill(reader) : -errno;
	}
	reader->end += (size_t)got;
	reader->offset += got;
	return got != 0;
}

static enum look look_at(const struct journal_reader *reader, size_t at,
                         struct journal_frame *frame)
{
	size_t left = reader->end - at;
	size_t known = MIN(left, sizeof(frame->magic));
	if (memcmp(reader->window + at, JOURNAL_FRAME_MAGIC, known) != 0) {
		return WRONG;
	}
	if (left < sizeof(*frame)) {
		return SHORT;
	}
	memcpy(frame, reader->window + at, sizeof(*frame));
	if (frame->size > RECORD_SIZE_MAX || frame->sequence < reader->expected) {
		return WRONG;
	}
	if (left - sizeof(*frame) < frame->size) {
		return SHORT;
	}
	const uint8_t *bytes = reader->window + at + sizeof(*frame);
	return XXH64(bytes, frame->size, frame->sequence) == frame->check ? WHOLE : WRONG;
}

/* Finds a complete frame from an offset on, or the possible beginning of one; returns the end if
 * there is neither. */
static size_t find(const struct journal_reader *reader, size_t from, bool whole)
{
	struct journal_frame frame;
	for (size_t at = from; at < reader->end; at++) {
		const uint8_t *found = memchr(reader->window + at, JOURNAL_FRAME_MAGIC[0] & 0xff,
		                              reader->end - at);
		if (found == NULL) {
			break;
		}
		at = (size_t)(found - reader->window);
		enum look look = look_at(reader, at, &frame);
		if (look == WHOLE || (look == SHORT && !whole)) {
			return at;
		}
	}
	return reader->end;
}

/*
 * Handles the current end of the segment, where at most a part of a frame is left. The writer may
 * be about to complete it, unless there is another segment after this one.
 */
static int at_end(struct journal_reader *reader)
{
	uint64_t first = 0;
	/* A damaged length can hide the frames after it. */
	size_t found = find(reader, reader->begin + 1, true);
	if (found < reader->end) {
		reader->begin = found;
		return 1;
	}
	int ret = next_segment(reader, &first);
	if (ret <= 0) {
		return ret;
	}
	/* Something may have been written between the last read and the listing. */
	ret = fill(reader);
	if (ret != 0) {
		return ret;
	}
	reader->damaged += reader->begin < reader->end || reader->astray;
	ret = enter_segment(reader, first);
	/* The segment was removed meanwhile, because it is delivered to all outputs. The segments
	 * must be listed again. */
	return ret == 0 || ret == -ENOENT ? 1 : ret;
}

/* Returns the record of the first frame of the window; 0 if it is to be skipped. */
static int take(struct journal_reader *reader, const struct journal_frame *frame,
                struct record *record, uint64_t *position)
{
	const uint8_t *bytes = reader->window + reader->begin + sizeof(*frame);
	reader->begin += sizeof(*frame) + frame->size;
	/* Damage up to the position was counted by an earlier reader. */
	if (reader->expected > reader->position) {
		reader->damaged += frame->sequence - reader->expected;
	}
	reader->expected = frame->sequence + 1;
	reader->astray = false;
	if (frame->sequence <= reader->position) {
		return 0;
	}
	reader->position = *position = frame->sequence;
	if (record_decode(record, bytes, frame->size) != 0) {
		reader->damaged++;
		return 0;
	}
	return 1;
}

/* Takes one step when there is no complete frame. Returns 1: look again; 0: there is no record yet;
 * <0: an error. */
static int go_on(struct journal_reader *reader, enum look look)
{
	if (look == WRONG) {
		reader->begin = find(reader, reader->begin + 1, false);
		reader->astray = true;
		return 1;
	}
	int ret = fill(reader);
	return ret != 0 ? ret : at_end(reader);
}

int journal_next(struct journal_reader *reader, struct record *record, uint64_t *position)
{
	for (;;) {
		struct journal_frame frame;
		enum look look = look_at(reader, reader->begin, &frame);
		if (look == WHOLE) {
			if (take(reader, &frame, record, position) == 1) {
				return 1;
			}
			continue;
		}
		int ret = go_on(reader, look);
		if (ret <= 0) {
			return ret;
		}
	}
}
