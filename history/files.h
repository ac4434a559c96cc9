/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The files of a history folder: sorted, never changed, and replaced by merges.
 *
 * A file has the rows of the batches `from` to `to`, which are numbered as they came. A merge
 * writes a file with the batches of several others. From the moment when it has its name, files of
 * which it has all batches are not read any more, so that no row counts twice if a crash leaves
 * them there. The name also has a checksum of all octets.
 *
 * Ownership: history_files_free() frees the list.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief Room for the name of a file. */
#define HISTORY_FILE_NAME_MAX 48
/*! \brief Files in a folder; merges keep them far below it. */
#define HISTORY_FILES_MAX 4096

struct history_file {
	uint32_t from, to;
	uint64_t checksum;
	uint64_t size; /*!< Octets. */
};

struct history_files {
	struct history_file *items; /*!< Those that are read, by `from`. */
	size_t count;
	struct history_file *superseded; /*!< Those whose batches another file has. */
	size_t superseded_count;
};

/*!
 * \brief Lists a folder.
 *
 * \param folder  An open descriptor of it.
 *
 * \return 0, -ENOMEM, -EMFILE for more than HISTORY_FILES_MAX, or what readdir(3) returned.
 */
int history_files_list(int folder, struct history_files *files);

void history_files_free(struct history_files *files);

/*! \brief Writes the name of a file. */
void history_file_name(const struct history_file *file, char name[HISTORY_FILE_NAME_MAX]);

/*! \brief Whether all octets of a file still have the checksum in its name. */
bool history_file_is_intact(int folder, const struct history_file *file);

/*! \brief Computes the checksum of an open file. \return False if it cannot be read. */
bool history_file_checksum(int fd, uint64_t *checksum);
