/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A file that replaces another one when it is complete. Programs that read or map the old
 *        file keep it.
 */
#pragma once

#include <stdbool.h>

struct new_file {
	int fd;           /*!< Open for reading and writing; -1: closed. */
	const char *path; /*!< Borrowed. */
	char *temporary;  /*!< The name until the file is complete; NULL: there is no such file. */
};

/*!
 * \brief Creates the file in the folder of `path` under a temporary name, with the usual
 *        permissions of a new file (0666 without the bits of umask(2)).
 *
 * \return False on failure, with errno set; new_file_discard() may be called in any case.
 */
bool new_file_open(struct new_file *file, const char *path);

/*! \brief Closes the file, and renames it to `path`. \return False on failure, with errno set. */
bool new_file_commit(struct new_file *file);

/*! \brief Removes the file unless new_file_commit() has renamed it, and frees the memory. Does not
 *         change `errno`. */
void new_file_discard(struct new_file *file);
