/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes one file of a history folder. libmtbl ends the process when the disk is full; see
 *        child.h.
 *
 * The file has another name until it is complete, and its octets are on the disk before. A folder
 * can have one unfinished file.
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

/*! \brief Begins a file in an open folder. \return 0, or what open(2) returned. */
int history_output_begin(struct history_output *output, int folder);

/*! \brief Adds a key, which must be greater than the one before, and its value; no value: NULL. */
bool history_output_add(struct history_output *output, const uint8_t *key, size_t size,
                        const uint8_t *value, size_t value_size);

/*!
 * \brief Ends the file.
 *
 * \param good  False: it is removed.
 * \param file  Its batches; receives the checksum.
 *
 * \return 0, -EIO if `good` is false, or what a system call returned.
 */
int history_output_end(struct history_output *output, bool good, struct history_file *file);
