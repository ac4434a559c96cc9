/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Merges files of a history folder, so that there are few of them.
 *
 * When the last files have about the same number of batches, and there are eight of them, they
 * become one. A row is thus written again each time that the batches after it have become eight
 * times as many.
 */
#pragma once

/*!
 * \brief Merges as long as there is something to merge.
 *
 * A damaged file is renamed to `*.damaged`, logged, and left out. Other errors are logged: the
 * files stay as they are, and the next call tries again.
 *
 * \param folder  An open descriptor; nobody else may write there.
 * \param path    For messages.
 */
void history_rollup(int folder, const char *path);
