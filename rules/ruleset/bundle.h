/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Rule files in one file: for a process that may not open any.
 *
 * One process writes a bundle, usually into a memfd, others read it at their own pace. An entry has
 * the path of a file, and its octets or the error for which it could not be read.
 *
 * Limit: BUNDLE_MAX octets; files beyond it have the error EFBIG.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BUNDLE_MAX (UINT64_C(1) << 30)

/*! \brief A bundle that is read. */
struct bundle {
	int fd;      /*!< Borrowed. */
	uint64_t at; /*!< Where the next entry begins. */
};

/*! \brief One file of a bundle. */
struct bundle_file {
	char path[PATH_MAX];
	int error; /*!< An errno value for which it could not be read; 0: none. */
	uint64_t at;
	uint64_t size;
};

/*!
 * \brief Writes the files of paths, each a file or a folder of `*.rules`.
 *
 * Never waits for a FIFO.
 *
 * \return 0, or -1 with errno set when `fd` cannot be written.
 */
int bundle_write(int fd, const char *const *paths, size_t count);

/*! \return False at the end, or where the rest is no entry. */
bool bundle_next(struct bundle *bundle, struct bundle_file *file);

/*!
 * \brief Opens a file of the bundle as a stream; no system call opens a file.
 *
 * The descriptor of the bundle stays open until the stream is closed.
 *
 * \return NULL with errno set, also when the file could not be read.
 */
FILE *bundle_stream(const struct bundle *bundle, const struct bundle_file *file);
