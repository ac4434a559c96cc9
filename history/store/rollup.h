/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Merges files of a history folder, so that their number stays small.
 *
 * When the last eight files have about the same number of batches, they are merged into one file.
 * The size of files thus grows by factors of eight, and a row is rewritten once for each factor.
 *
 * A child process merges, while its parent adds files. There is at most one merge at a time.
 *
 * A damaged file is renamed to `*.damaged`, logged, and left out. After any other error, which is
 * also logged, the files stay as they are, and the next history_rollup_step() tries again.
 *
 * Ownership: history_rollup_free() frees everything. Not thread-safe.
 */
#pragma once

#include "history/store/retention.h"

struct history_rollup;

/*!
 * \brief Prepares merges; starts none.
 *
 * \param folder  An open descriptor of the folder; no other process may write the folder.
 * \param path    Path of the folder, for messages; borrowed.
 *
 * \return NULL if out of memory.
 */
struct history_rollup *history_rollup_new(int folder, const char *path);

/*! \brief Sets how long rows are kept; initially forever. */
void history_rollup_keep(struct history_rollup *rollup, const struct history_keep *keep);

/*! \brief Gives up a merge that has not ended, and frees everything. NULL is ignored. */
void history_rollup_free(struct history_rollup *rollup);

/*! \brief Completes a merge that has ended. If no merge is running, starts the next one, or starts
 * to remove rows that are not kept. */
void history_rollup_step(struct history_rollup *rollup);

/*! \brief Waits until no files remain that can be merged and rows that are not kept are removed, or
 * until a merge has failed or was given up (history_watch()). */
void history_rollup_finish(struct history_rollup *rollup);

/*!
 * \brief Merges all files into one, and waits for the end of it. Rows that are not kept are left
 *        out, and disposable names are folded.
 *
 * \return False if the files could not be merged, which was logged, or if the work was given up.
 */
bool history_rollup_merge_all(struct history_rollup *rollup);

/*! \brief The descriptor for which poll(2) reports POLLHUP at the end of the merge; -1: none. */
int history_rollup_end(const struct history_rollup *rollup);
