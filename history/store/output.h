/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes one file of a history folder. libmtbl ends the process if the disk is full, so call
 *        this in a child process (child.h).
 *
 * The file gets its final name only when it is complete and its octets are on the disk. A folder
 * can have one unfinished file of each name below.
 */
#pragma once

#include <stdbool.h>

#include "history/files.h"
#include "history/rows/row.h"

/*! \brief The names of unfinished files: of a batch, and of a merge. */
#define HISTORY_UNFINISHED_BATCH "batch.tmp"
#define HISTORY_UNFINISHED_MERGE "merge.tmp"

struct mtbl_writer;

/*! \brief How a file is compressed. */
enum history_compression {
	HISTORY_FAST,  /*!< A batch, which is soon merged into another file. */
	HISTORY_SMALL, /*!< All other files. Their blocks are larger, too, because a look-up reads
	                  the whole index, which has an entry for each block. */
};

struct history_output {
	int folder;
	int fd;
	const char *name; /*!< The name of the unfinished file. */
	struct mtbl_writer *writer;
};

/*!
 * \brief Whether a file of `size` octets can be written. Some space of the disk is not used, so
 *        that other programs can continue.
 */
bool history_output_has_space(int folder, uint64_t size);

/*!
 * \brief Begins a file in an open folder.
 *
 * \param name  One of the names of unfinished files; borrowed.
 *
 * \return 0, or the negative errno value of open(2).
 */
int history_output_begin(struct history_output *output, int folder, const char *name,
                         enum history_compression compression);

/*!
 * \brief Adds a key, which must be greater than the previous one, and its value; a key without a
 *        value has NULL.
 */
bool history_output_add(struct history_output *output, const uint8_t *key, size_t size,
                        const uint8_t *value, size_t value_size);

/*!
 * \brief Ends the file.
 *
 * \param good  False: the file is removed.
 * \param file  States the batches in the file; receives the checksum.
 *
 * \return 0; -EIO if `good` is false; or the negative errno value of a system call that failed.
 */
int history_output_end(struct history_output *output, bool good, struct history_file *file);
