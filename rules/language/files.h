/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Finds the rule files that a path names. */
#pragma once

/*!
 * \brief The shipped file with rules for learned baselines. It is not read as a file of a folder,
 *        but only if its own path is given, because its rules need a history.
 */
#define FILES_BASELINES "baselines.rules"

/*!
 * \brief Calls `each` for the file at `path`. If `path` is a folder, calls it for each `*.rules` in
 *        the folder, in order of name.
 *
 * In a folder, subfolders, files whose names begin with a dot, and FILES_BASELINES are skipped.
 *
 * \return 0, or -1 with `errno` set when the path or the folder cannot be read.
 */
int files_each(const char *path, void (*each)(void *ctx, const char *file), void *ctx);
