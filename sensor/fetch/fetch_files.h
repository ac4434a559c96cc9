/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The files of feeds: each is replaced at once, by rename(2), after it was written to the
 *        disk.
 *
 * NAME.rules is in the folder `rules`. NAME.state, and for TAXII and MISP NAME.objects, are in the
 * folder `state`, which has a lock, too. What root creates belongs to the owner of its folder.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/fetch/fetch_state.h"

#define FETCH_PATH_MAX 4200

/*! \brief Writes FOLDER/NAME.ENDING. */
void fetch_files_path(const char *folder, const char *name, const char *ending,
                      char path[FETCH_PATH_MAX]);

/*! \brief Creates a folder with those above it. \return False on failure, which was logged. */
bool fetch_files_make_folder(const char *path);

/*! \brief Takes the lock. \return Its descriptor; -1 if another fetch has it, or on failure, which
 *         was logged. */
int fetch_files_lock(const struct fetch_config *config);

/*! \brief Computes the digest of a file from its beginning. \return False if it cannot be read. */
bool fetch_files_digest(int fd, char digest[FETCH_DIGEST_SIZE]);

/*!
 * \brief Opens a file to read, if its digest is the given one.
 *
 * \return The descriptor; -1 if the file is missing, cannot be read, or is another one.
 */
int fetch_files_open(const char *path, const char *digest);

/*! \brief Replaces a file by the octets of `fd` from its beginning. \return False on failure, which
 *         was logged. */
bool fetch_files_replace(const char *path, int fd);

/*! \brief Replaces a file by a text. \return False on failure, which was logged. */
bool fetch_files_replace_text(const char *path, const char *text, size_t size);

/*! \brief Writes octets to a descriptor. \return False on failure, with `errno` set. */
bool fetch_files_write(int to, const char *octets, size_t size);

/*! \brief Creates memory that has a descriptor; a child can write to it. \return -1 on failure,
 *         which was logged. */
int fetch_files_memory(void);
