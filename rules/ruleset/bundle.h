/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A bundle contains several rule files in one file. It is for processes that have no right
 *        to open files.
 *
 * One process writes a bundle, usually to a memfd, and other processes read it. An entry has the
 * path of a file, and either the octets of the file or the error with which reading it failed.
 *
 * Limit: a bundle has at most BUNDLE_MAX octets. Files that do not fit have the error EFBIG in
 * their entry.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BUNDLE_MAX (UINT64_C(1) << 30)

/*! \brief A bundle that is being read. */
struct bundle {
	int fd;      /*!< Borrowed. */
	uint64_t at; /*!< Offset of the next entry. */
};

/*! \brief One file of a bundle. */
struct bundle_file {
	char path[PATH_MAX];
	int error;     /*!< The `errno` value with which reading it failed; 0: it was read. */
	uint64_t at;   /*!< The offset of the file's octets in the bundle. */
	uint64_t size; /*!< The number of the file's octets. */
};

/*!
 * \brief Adds files to a bundle. A new bundle is an empty file. Each path is that of a file, or of
 *        a folder from which all `*.rules` are taken (files_each()).
 *
 * If a path is a FIFO, the call does not wait until a writer opens the FIFO.
 *
 * \return 0, or -1 with errno set when `fd` cannot be written.
 */
int bundle_write(int fd, const char *const *paths, size_t count);

/*!
 * \brief Adds a file whose text is in memory.
 *
 * \return 0, or -1 with errno set when `fd` cannot be written; EFBIG if the text does not fit.
 */
int bundle_add(int fd, const char *name, const char *text, size_t size);

/*! \brief Reads the next entry. \return False at the end, or if the rest is not an entry. */
bool bundle_next(struct bundle *bundle, struct bundle_file *file);

/*!
 * \brief Opens a file of the bundle as a stream, without a system call that opens files.
 *
 * The descriptor of the bundle stays open until the stream is closed.
 *
 * \return The stream; NULL with `errno` set on failure, or if the file could not be read when the
 *         bundle was written.
 */
FILE *bundle_stream(const struct bundle *bundle, const struct bundle_file *file);
