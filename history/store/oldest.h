/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Chooses the rows that leave a folder which is too large.
 *
 * Rows of clients and mailboxes leave first, then all others. Of both, those with the older last
 * sighting leave first, and of those of one second, those with the smaller hash of their key. Which
 * of two rows leaves first thus depends on nothing but the rows: not on files, batches or workers.
 *
 * All rows are read once. Where the last one is that leaves, is computed from a sample: every row,
 * or, if there are more than HISTORY_SAMPLE_MAX, every second, fourth and so on in the order of
 * keys.
 *
 * Limits: HISTORY_SAMPLE_MAX rows of 32 octets.
 */
#pragma once

#include "history/store/filter.h"

#define HISTORY_SAMPLE_MAX ((size_t)1 << 14)

/*!
 * \brief Computes which rows leave, so that a share of the octets leaves with them; one row at
 *        least.
 *
 * \param all     All files of the folder.
 * \param share   From 0 to 1. Octets are those of all keys and values of a row, which are not
 *                compressed, so the share of the files is only about this one.
 * \param limits, hashes  Receive for each class up to where rows leave, as struct history_filter
 *                        has it.
 *
 * \return 0; -ENODATA if there are no rows; -ENOMEM; -ECANCELED if the parent has given up the work
 *         (child.h).
 */
int history_oldest_find(struct history_merged *all, double share, uint64_t limits[HISTORY_CLASSES],
                        uint64_t hashes[HISTORY_CLASSES]);
