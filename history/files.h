/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The files of a history folder. Each is sorted and never changed; merges replace files.
 *
 * A file has the rows of the batches `from` to `to`; batches are numbered in the order in which
 * they were added. A merge writes a file with the batches of several other files. As soon as the
 * new file has its final name, the files whose batches it contains are no longer read, so no row is
 * counted twice if a crash leaves them in the folder. The name of a file contains `from`, `to` and
 * a checksum of all its octets.
 *
 * Ownership: history_files_free() frees the list.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief Size of a buffer for the name of a file, with the final NUL. */
#define HISTORY_FILE_NAME_MAX 48
/*! \brief The greatest number of files in a folder; merges keep the number far below it. */
#define HISTORY_FILES_MAX 4096

/*! \brief The file that a writer locks. It contains the number of the folder. */
#define HISTORY_LOCK "lock"
/*! \brief The size of a folder's number in octets. The number consists of hex digits, which are
 *         chosen at random when the folder is created. */
#define HISTORY_ID_SIZE 16

struct history_file {
	uint32_t from, to;
	uint64_t checksum;
	uint64_t size; /*!< Octets. */
};

struct history_files {
	struct history_file *items; /*!< The files that are read, sorted by `from`. */
	size_t count;
	struct history_file *superseded; /*!< The files whose batches are all in another file. */
	size_t superseded_count;
};

/*!
 * \brief Lists the files of a folder.
 *
 * \param folder  An open descriptor of the folder.
 *
 * \return 0; -ENOMEM; -EMFILE if there are more than HISTORY_FILES_MAX files; or the negative errno
 *         value of readdir(3).
 */
int history_files_list(int folder, struct history_files *files);

void history_files_free(struct history_files *files);

/*! \brief Writes the name of a file. */
void history_file_name(const struct history_file *file, char name[HISTORY_FILE_NAME_MAX]);

/*!
 * \brief Compares the checksum of a file's octets with the one in its name.
 *
 * \return 0 if they are equal; -ENOENT if the file does not exist, because another one has replaced
 *         it since the files were listed; -EACCES if this user may not read the file; -EBADMSG if
 *         the file is damaged, or cannot be read for another reason; -ECANCELED if the work was
 *         given up (history_watch()).
 */
int history_file_check(int folder, const struct history_file *file);

/*! \brief Computes the checksum of an open file. \return False if it cannot be read. */
bool history_file_checksum(int fd, uint64_t *checksum);

/*! \brief Chooses a random number for a folder, unless the folder already has one. `lock` is a
 *         descriptor of its file HISTORY_LOCK. \return 0, or a negative error of errno.h. */
int history_id_make(int lock);

/*! \brief Reads the number of a folder. \return False if it has none. */
bool history_id_read(int folder, char id[HISTORY_ID_SIZE]);
