/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The files of feeds. A new file is first written to the disk, and then replaces the old one
 *        at once, by rename(2).
 *
 * The folder `rules` has NAME.rules of each feed. The folder `state` has NAME.state, for TAXII and
 * MISP also NAME.objects, and the lock. A file or folder that root creates is given to the owner of
 * the folder in which it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/fetch/fetch_state.h"

#define FETCH_PATH_MAX 4200

/*! \brief Writes FOLDER/NAME.ENDING. */
void fetch_files_path(const char *folder, const char *name, const char *ending,
                      char path[FETCH_PATH_MAX]);

/*! \brief Creates a folder, and those above it that do not exist. \return False on failure, which
 *         was logged. */
bool fetch_files_make_folder(const char *path);

/*! \brief Takes the lock. \return Its descriptor; -1 if another fetch has it, or on failure, which
 *         was logged. */
int fetch_files_lock(const struct fetch_config *config);

/*! \brief Computes the digest of a file from its beginning. \return False if it cannot be read. */
bool fetch_files_digest(int fd, char digest[FETCH_DIGEST_SIZE]);

/*!
 * \brief Opens a file for reading, if it has this digest.
 *
 * \return The descriptor; -1 if the file is missing, cannot be read, or has another digest, or if
 *         `digest` is empty.
 */
int fetch_files_open(const char *path, const char *digest);

/*! \brief Replaces a file by the octets of `fd` from its beginning. \return False on failure, which
 *         was logged. */
bool fetch_files_replace(const char *path, int fd);

/*! \brief Replaces a file by a text. \return False on failure, which was logged. */
bool fetch_files_replace_text(const char *path, const char *text, size_t size);

/*! \brief Writes octets to a descriptor. \return False on failure, with `errno` set. */
bool fetch_files_write(int to, const char *octets, size_t size);

/*! \brief Creates a file in memory, to which a child can write. \return The descriptor; -1 on
 *         failure, which was logged. */
int fetch_files_memory(void);
