/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Finds the rule files that a path names. */
#pragma once

/*!
 * \brief Calls `each` for a file, or for each `*.rules` in a folder in order of name.
 *
 * Subfolders and files whose names begin with a dot are skipped.
 *
 * \return 0, or -1 with `errno` set when the path or the folder cannot be read.
 */
int files_each(const char *path, void (*each)(void *ctx, const char *file), void *ctx);
