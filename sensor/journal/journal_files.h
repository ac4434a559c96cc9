/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The functions that the writer and the readers of a journal share: access to the files in
 *        the directory, and the frame of a record. Private to journal*.c.
 *
 * The directory is given as an open descriptor. Errors: negative errno values.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*!
 * \brief The header of a record in a segment, in host byte order.
 *
 * The magic starts with an octet that never occurs in valid UTF-8. A reader that searches for the
 * next frame after damage therefore cannot mistake the text of an event for one.
 */
struct journal_frame {
	uint8_t magic[4];
	uint32_t size;     /*!< The number of bytes of the record, which follows the header. */
	uint64_t sequence; /*!< Sequence number of the record. */
	/*! The XXH64 hash of the record, with its sequence number as the seed. */
	uint64_t check;
};

#define JOURNAL_FRAME_MAGIC "\xf5nj\x01"
/*! \brief The size of a header with the largest record, in bytes. */
#define JOURNAL_FRAME_MAX (sizeof(struct journal_frame) + RECORD_SIZE_MAX)
#define JOURNAL_ID_FILE   "id"
#define JOURNAL_LOCK_FILE "lock"
/*! \brief Room for any file name of the journal, NUL included. */
#define JOURNAL_NAME_SIZE 48

/*! \brief The sequence numbers of the first records of all segments, in ascending order. */
struct journal_segments {
	uint64_t *first; /*!< The numbers, which journal_segments_free() frees. */
	size_t count;
};

/*! \brief Lists the segments of a directory. \return 0 or an error. */
int journal_segments_list(int dir_fd, struct journal_segments *out);
void journal_segments_free(struct journal_segments *segments);

/*! \brief Opens a segment, with flags as for open(2); returns a descriptor, which the caller
 * closes, or an error. */
int journal_segment_open(int dir_fd, uint64_t first, int flags);
/*! \brief Returns the size of a segment in bytes; 0 if it does not exist. */
uint64_t journal_segment_size(int dir_fd, uint64_t first);
/*! \brief Removes a segment. \return 0 or an error. */
int journal_segment_remove(int dir_fd, uint64_t first);

/*! \brief Opens the directory; returns a descriptor, which the caller closes, or an error. */
int journal_dir_open(const char *dir);

/*!
 * \brief Reads a text file into `text`, which has room for `size` octets, and terminates it by NUL.
 *        \return 0 or an error.
 */
int journal_text_read(int dir_fd, const char *name, char *text, size_t size);
/*! \brief Replaces a text file atomically. \return 0 or an error. */
int journal_text_write(int dir_fd, const char *name, const char *text);

/*! \brief Receives one output, given by its hash. */
typedef void (*journal_output_cb)(void *ctx, int dir_fd, uint64_t output);
/*! \brief Calls `cb` for each output that has a position file. \return 0 or an error. */
int journal_outputs_each(int dir_fd, journal_output_cb cb, void *ctx);

/*!
 * \brief Reads the position of an output. \return False if its file does not exist or is damaged.
 */
bool journal_position_get(int dir_fd, uint64_t output, uint64_t *position);
/*! \brief Writes the position of an output atomically. \return 0 or an error. */
int journal_position_set(int dir_fd, uint64_t output, uint64_t position);
/*! \brief Removes the position of an output. \return 0 or an error. */
int journal_position_remove(int dir_fd, uint64_t output);
