/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes one file of a history folder. libmtbl ends the process if the disk is full, so call
 *        this in a child process (child.h).
 *
 * The file gets its final name only when it is complete and its octets are on the disk. A folder
 * can have only one unfinished file.
 */
#pragma once

#include <stdbool.h>

#include "history/files.h"
#include "history/row.h"

/*! \brief The name of an unfinished file. */
#define HISTORY_UNFINISHED "unfinished.tmp"

struct mtbl_writer;

struct history_output {
	int folder;
	int fd;
	struct mtbl_writer *writer;
};

/*! \brief Begins a file in an open folder. \return 0, or the negative errno value of open(2). */
int history_output_begin(struct history_output *output, int folder);

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
