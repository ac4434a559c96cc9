/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Leaves rows out of the files of a history folder when they are too old, or when the folder
 *        is too large.
 *
 * A file with such rows is written again without them, and the old file is removed. If a crash
 * leaves both in the folder, only one of them is read (files.h). A row is too old only if its last
 * sighting in every file is too old, so the first sighting and the count of a row that is kept stay
 * correct.
 *
 * A file is written again only when, since the last time, the age limit of a class has moved by one
 * day, or, for HISTORY_CLASS_ROWS, by a sixteenth of the maximum age if that is more. Rows can
 * therefore exceed their maximum age by about that time.
 *
 * If the folder is too large, files that are compressed as batches are (HISTORY_FAST) are written
 * again. If it is still too large, the oldest rows are left out (oldest.h), so many that an eighth
 * of the largest size becomes free: all rows are read for that, which must not be repeated soon.
 * Octets of rows cannot be foreseen exactly, so this is repeated while the folder is too large.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/store/filter.h"

/*! \brief How long rows are kept. All zeros: forever. */
struct history_keep {
	/*! Rows whose last sighting is longer ago than this are left out, in seconds; 0: no limit.
	 */
	uint64_t age_s[HISTORY_CLASSES];
	uint64_t octets; /*!< The largest size of all files; 0: no limit. */
	/*! True: ages are counted from the latest sighting in the folder, or from now if that is
	 * in the future. False: they are counted from now. A replay sets `by_traffic`, because
	 * captures may be old. */
	bool by_traffic;
};

/*! \brief Returns whether rows can become too old. */
bool history_keep_has_ages(const struct history_keep *keep);

/*!
 * \brief Computes for each class the time before which rows are too old.
 *
 * \param parts  Readers that together read all files of the folder.
 */
void history_keep_limits(const struct history_keep *keep, struct history_merged *const *parts,
                         size_t count, uint64_t limits[HISTORY_CLASSES]);

/*!
 * \brief Writes those files again that have rows which are not kept. libmtbl ends the process when
 * it reads a damaged file, so call it in a child process (child.h).
 *
 * \param folder  An open descriptor of the folder. No other process may merge files at the same
 * time.
 *
 * \param rows  Receives the number of rows that were left out because the folder was too large; a
 *              row counts once for each file that had it.
 *
 * \return 0, or a negative error of errno.h.
 */
int history_retain(int folder, const struct history_keep *keep, uint64_t *rows);

/*! \brief Writes all files again without the rows of the given mailboxes and clients. Call it only
 * in a child process (child.h). `rows` receives the number of rows that were left out; a row counts
 * once for each file that had it. \return 0, or a negative error of errno.h: some files may have
 * been written again. */
int history_forget(int folder, const struct history_person *persons, size_t count, uint64_t *rows);
