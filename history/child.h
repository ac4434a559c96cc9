/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Runs a function in a child process, because libmtbl ends the process when it cannot write
 *        a file, or when it reads a damaged file.
 */
#pragma once

#include "base/writer.h"

/*!
 * \brief A function that is called in a child process.
 *
 * \param output  The octets that the function writes there are copied to the caller of
 *                history_in_child().
 *
 * \return 0, or a negative error of errno.h.
 */
typedef int (*history_work_t)(void *ctx, struct writer *output);

/*!
 * \brief Runs `work` in a child process, whose standard error is discarded, and waits for its end.
 *
 * The parent does not see the child's changes to memory; changes to files are kept.
 *
 * \param output  The octets that `work` has written are appended to it; its limit must be greater
 *                than 0. NULL: they are discarded.
 *
 * \return What `work` returned; -EIO if the child died; the negative errno value of fork(2) or
 *         pipe(2) if it failed.
 */
int history_in_child(history_work_t work, void *ctx, struct writer *output);
