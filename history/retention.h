/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Leaves rows out of the files of a history folder when they are too old, or when the folder
 *        is too large.
 *
 * A file with such rows is written again without them, then removed. If a crash leaves both in the
 * folder, one of them is read (files.h). A row is too old only if none of its sightings in any file
 * is young enough, so its first sighting and its count stay right.
 *
 * Clients and mailboxes leave a file at most one day after their age, other rows at most a
 * sixteenth of their age later, so that files are not written again all the time.
 *
 * If the folder is too large, the oldest half of clients and mailboxes is left out until there are
 * none, and then the oldest eighth of the time that other rows span.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/filter.h"

/*! \brief How long rows are kept. All zeros: forever. */
struct history_keep {
	/*! Rows last seen longer ago are left out, in seconds; 0: never. */
	uint64_t age_s[HISTORY_CLASSES];
	uint64_t octets; /*!< The largest size of all files; 0: no limit. */
	/*! Ages are counted from the latest sighting in the folder if that is in the past: the
	 * history is of captures, and may be older than its ages. */
	bool by_traffic;
};

/*! \brief Returns whether rows can become too old. */
bool history_keep_has_ages(const struct history_keep *keep);

/*!
 * \brief Computes for each class the time before which rows are too old.
 *
 * \param parts  All files of the folder, or parts of them that together are all.
 */
void history_keep_limits(const struct history_keep *keep, struct history_merged *const *parts,
                         size_t count, uint64_t limits[HISTORY_CLASSES]);

/*!
 * \brief Writes files again that have rows which are not kept. libmtbl ends the process when it
 *        reads a damaged file, so call it in a child process (child.h).
 *
 * \param folder  An open descriptor of the folder. Meanwhile, no other process may merge files.
 *
 * \return 0, or a negative error of errno.h.
 */
int history_retain(int folder, const struct history_keep *keep);

/*! \brief Writes all files again without the personal data of some. Only in a child process.
 * \return 0, or a negative error of errno.h: some files may have been written again. */
int history_forget(int folder, const struct history_person *persons, size_t count);
