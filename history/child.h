/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Runs a function in a process of its own, because libmtbl ends the process when it cannot
 *        write a file, or reads a damaged one.
 */
#pragma once

#include "base/writer.h"

/*!
 * \brief Work in another process.
 *
 * \param output  What it writes there is copied to the caller of history_in_child().
 *
 * \return 0, or a negative error of errno.h.
 */
typedef int (*history_work_t)(void *ctx, struct writer *output);

/*!
 * \brief Runs `work` in a child process, whose standard error is discarded, and waits for its end.
 *
 * Changes of memory are lost, changes of files are kept.
 *
 * \param output  Receives what `work` has written, after what it has already; NULL: nothing is
 *                wanted. Its limit must be greater than 0.
 *
 * \return What `work` returned; -EIO when the child died; what fork(2) or pipe(2) returned.
 */
int history_in_child(history_work_t work, void *ctx, struct writer *output);
