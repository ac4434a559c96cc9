/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/merge.h"

#include <stdlib.h>
#include <string.h>

struct opened {
	struct capture *capture;
	const char *path;
	struct packet packet;
	bool stale; /* the packet was returned, and the next one must be read */
};

struct merge {
	struct merge_input *inputs;
	size_t count;
	size_t next; /* input to be opened */
	struct merge_choice choice;
	bool chooses; /* by time */
	struct opened opened[MERGE_OPEN_MAX];
	size_t opened_count;
	size_t current;
};

static int compare(const void *a, const void *b)
{
	const struct merge_input *x = a, *y = b;
	return x->first_ns < y->first_ns ? -1 : x->first_ns > y->first_ns;
}

struct merge *merge_new(struct merge_input *inputs, size_t count, const struct merge_choice *choice)
{
	struct merge *merge = calloc(1, sizeof(*merge));
	if (merge == NULL) {
		return NULL;
	}
	merge->inputs = inputs;
	merge->count = count;
	merge->choice = *choice;
	merge->chooses = choice->since_ns > 0 || choice->until_ns > 0;
	if (count > 1) {
		qsort(inputs, count, sizeof(*inputs), compare);
	}
	return merge;
}

void merge_free(struct merge *merge)
{
	if (merge == NULL) {
		return;
	}
	for (size_t i = 0; i < merge->opened_count; i++) {
		capture_close(merge->opened[i].capture);
	}
	free(merge);
}

const struct capture *merge_current(const struct merge *merge, const char **path)
{
	if (merge->current >= merge->opened_count) {
		return NULL;
	}
	*path = merge->opened[merge->current].path;
	return merge->opened[merge->current].capture;
}

static void close_current(struct merge *merge)
{
	struct opened *opened = &merge->opened[merge->current];
	capture_close(opened->capture);
	merge->opened_count--;
	memmove(opened, opened + 1, (merge->opened_count - merge->current) * sizeof(*opened));
	merge->current = MERGE_OPEN_MAX;
}

/* The file with the earliest packet; if times are equal, the file that was opened first. */
static size_t find_earliest(const struct merge *merge)
{
	size_t earliest = 0;
	for (size_t i = 1; i < merge->opened_count; i++) {
		if (merge->opened[i].packet.time_ns < merge->opened[earliest].packet.time_ns) {
			earliest = i;
		}
	}
	return earliest;
}

static bool is_due(const struct merge *merge)
{
	if (merge->next == merge->count || merge->opened_count == MERGE_OPEN_MAX) {
		return false;
	}
	return merge->opened_count == 0 ||
	       merge->inputs[merge->next].first_ns <=
	               merge->opened[find_earliest(merge)].packet.time_ns;
}

static bool open_next(struct merge *merge, char error[CAPTURE_ERROR_MAX])
{
	const char *path = merge->inputs[merge->next++].path;
	struct capture *capture = capture_open_file(path, merge->choice.filter, error);
	if (capture == NULL) {
		return false;
	}
	merge->current = merge->opened_count;
	merge->opened[merge->opened_count++] =
	        (struct opened){ .capture = capture, .path = path, .stale = true };
	return true;
}

static bool is_chosen(const struct merge_choice *choice, int64_t time_ns)
{
	return time_ns >= choice->since_ns && (choice->until_ns == 0 || time_ns < choice->until_ns);
}

/* Reads the next packet of a file. CAPTURE_NONE: it was not chosen. */
static enum capture_status read_chosen(const struct merge *merge, struct capture *capture,
                                       struct packet *packet, char error[CAPTURE_ERROR_MAX])
{
	enum capture_status status = capture_next(capture, packet, error);
	bool left_out = merge->chooses && status == CAPTURE_PACKET &&
	                !is_chosen(&merge->choice, packet->time_ns);
	return left_out ? CAPTURE_NONE : status;
}

/* Reads the next packet of the current file. */
static enum capture_status refresh(struct merge *merge, char error[CAPTURE_ERROR_MAX])
{
	struct opened *opened = &merge->opened[merge->current];
	enum capture_status status = read_chosen(merge, opened->capture, &opened->packet, error);
	if (status == CAPTURE_PACKET) {
		opened->stale = false;
	} else if (status == CAPTURE_END || status == CAPTURE_ERROR) {
		close_current(merge);
	}
	return status;
}

/* Whether only one file is left, whose packets need no merging. */
static bool is_alone(const struct merge *merge)
{
	return merge->next == merge->count && merge->opened_count == 1 && merge->opened[0].stale;
}

static enum capture_status next_of_last(struct merge *merge, struct packet *packet,
                                        char error[CAPTURE_ERROR_MAX])
{
	enum capture_status status = read_chosen(merge, merge->opened[0].capture, packet, error);
	merge->current = 0;
	if (status == CAPTURE_END || status == CAPTURE_ERROR) {
		close_current(merge);
	}
	return status;
}

enum capture_status merge_next(struct merge *merge, struct packet *packet,
                               char error[CAPTURE_ERROR_MAX])
{
	if (is_alone(merge)) {
		return next_of_last(merge, packet, error);
	}
	for (;;) {
		if (merge->current < merge->opened_count && merge->opened[merge->current].stale) {
			enum capture_status status = refresh(merge, error);
			if (status != CAPTURE_PACKET && status != CAPTURE_END) {
				return status;
			}
			continue;
		}
		if (is_due(merge)) {
			if (!open_next(merge, error)) {
				return CAPTURE_ERROR;
			}
			continue;
		}
		if (merge->opened_count == 0) {
			return CAPTURE_END;
		}
		merge->current = find_earliest(merge);
		merge->opened[merge->current].stale = true;
		*packet = merge->opened[merge->current].packet;
		return CAPTURE_PACKET;
	}
}
