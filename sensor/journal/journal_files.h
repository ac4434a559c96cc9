/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the writer and the readers of a journal share: the files in the directory
 *        and the frame of a record. For journal*.c only.
 *
 * The directory is given as an open descriptor. Errors: negative errno values.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*!
 * \brief What precedes a record in a segment, in host byte order.
 *
 * The magic starts with an octet that valid UTF-8 never has, so that a reader
 * between two frames does not take the text of an event for a frame.
 */
struct journal_frame {
	uint8_t magic[4];
	uint32_t size; /*!< Bytes of the record. */
	uint64_t sequence;
	uint64_t check; /*!< XXH64 of the record, seeded with the sequence. */
};

#define JOURNAL_FRAME_MAGIC "\xf5nj\x01"
/*! \brief The largest frame with its record. */
#define JOURNAL_FRAME_MAX (sizeof(struct journal_frame) + RECORD_SIZE_MAX)
#define JOURNAL_ID_FILE   "id"
#define JOURNAL_LOCK_FILE "lock"
/*! \brief Room for any file name of the journal. */
#define JOURNAL_NAME_SIZE 48

/*! \brief The first sequences of all segments, in ascending order. */
struct journal_segments {
	uint64_t *first; /*!< To be freed with `journal_segments_free()`. */
	size_t count;
};

int journal_segments_list(int dir_fd, struct journal_segments *out);
void journal_segments_free(struct journal_segments *segments);

/*! \brief Opens a segment with open(2) flags; a descriptor or an error. */
int journal_segment_open(int dir_fd, uint64_t first, int flags);
/*! \brief Bytes of a segment; 0 when it is not there. */
uint64_t journal_segment_size(int dir_fd, uint64_t first);
int journal_segment_remove(int dir_fd, uint64_t first);

/*! \brief Opens the directory; a descriptor or an error. */
int journal_dir_open(const char *dir);

/*! \brief Reads a small text file, terminated by NUL. */
int journal_text_read(int dir_fd, const char *name, char *text, size_t size);
/*! \brief Replaces a small text file atomically. */
int journal_text_write(int dir_fd, const char *name, const char *text);

/*! \brief Calls back for each output that has a position file. */
typedef void (*journal_output_cb)(void *ctx, int dir_fd, uint64_t output);
int journal_outputs_each(int dir_fd, journal_output_cb cb, void *ctx);

/*! \brief Position of an output; false when it has none that can be read. */
bool journal_position_get(int dir_fd, uint64_t output, uint64_t *position);
int journal_position_set(int dir_fd, uint64_t output, uint64_t position);
int journal_position_remove(int dir_fd, uint64_t output);
