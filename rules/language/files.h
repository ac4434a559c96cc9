/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Finds the rule files that a path names. */
#pragma once

/*!
 * \brief The file of the shipped sets with rules for learned baselines. It is only read if it is
 *        named, because these rules need a history.
 */
#define FILES_BASELINES "baselines.rules"

/*!
 * \brief Calls `each` for a file, or for each `*.rules` in a folder in order of name.
 *
 * Subfolders, files whose names begin with a dot, and FILES_BASELINES are skipped.
 *
 * \return 0, or -1 with `errno` set when the path or the folder cannot be read.
 */
int files_each(const char *path, void (*each)(void *ctx, const char *file), void *ctx);
