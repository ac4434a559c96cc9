/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The folder of `--evidence`: its files, their size, and the removal of the oldest ones.
 *
 * Only files whose names evidence_folder_name() could have made are counted and removed. The total
 * size is in memory that processes share, because workers may not remove files, but must know when
 * the folder is full. A worker that an attacker controls can write any size there. The process that
 * removes files therefore adds up the sizes of the files itself.
 *
 * Errors: negative errno values. Not thread-safe.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*! \brief Room for the name of a file, NUL included. */
#define EVIDENCE_NAME_MAX 64

struct evidence_folder {
	int fd;                   /*!< -1: it is not open. */
	uint64_t octets_max;      /*!< The largest size of all files together. */
	_Atomic uint64_t *octets; /*!< The size of all files together, in shared memory. */
	/*! The monotonic time of the last evidence_folder_trim() by evidence_folder_maintain(). */
	int64_t trimmed_ns;
};

/*! \brief Prepares the struct. \return False when out of memory. */
bool evidence_folder_init(struct evidence_folder *folder, uint64_t octets_max);

/*! \brief Opens the folder, which is created if it does not exist. \return 0 or an error. */
int evidence_folder_open(struct evidence_folder *folder, const char *path);

void evidence_folder_close(struct evidence_folder *folder);

/*!
 * \brief Makes the name of a file, such as `nsmx-20200531T000512Z-0-1.pcapng`.
 *
 * \param time_ns  The time of the packet with the first hit.
 */
void evidence_folder_name(char name[EVIDENCE_NAME_MAX], int64_t time_ns, unsigned worker,
                          uint64_t number);

/*!
 * \brief Creates a file, which the group may read. \return A descriptor, which the caller closes;
 *        -EEXIST if there is a file of this name; another error.
 */
int evidence_folder_create(const struct evidence_folder *folder, const char *name);

/*! \brief Removes the oldest files if the folder is nearly full. */
void evidence_folder_trim(struct evidence_folder *folder);

/*! \brief Does the same, at most once a second. */
void evidence_folder_maintain(struct evidence_folder *folder);
