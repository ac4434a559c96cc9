/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Merges files of a history folder, so that their number stays small.
 *
 * When the last eight files have about the same number of batches, they are merged into one file.
 * The size of files thus grows by factors of eight, and a row is rewritten once for each factor.
 */
#pragma once

/*!
 * \brief Merges files until no eight files remain that can be merged.
 *
 * A damaged file is renamed to `*.damaged`, logged, and left out. After any other error, which is
 * also logged, the files stay as they are, and the next call tries again.
 *
 * \param folder  An open descriptor of the folder; no other process may write the folder.
 * \param path    Path of the folder, for messages.
 */
void history_rollup(int folder, const char *path);
