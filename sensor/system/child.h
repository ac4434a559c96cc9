/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The first steps of a process that was forked for one purpose: it drops all descriptors
 *         that it does not need, and follows its parent. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CHILD_FDS_MAX 64

/*!
 * \brief Closes all descriptors except standard error and `fds`. Standard input and output become
 *        /dev/null, so that a reader of the sensor's output sees the end of that output although
 *        this process may still run.
 *
 * \return False on failure, with errno set.
 */
bool child_keep_only(const int *fds, size_t count);

/*!
 * \brief Lets the parent decide when this process ends. The process ignores the signals that go to
 *        a whole terminal or unit, because the parent handles them. SIGTERM ends it. If the parent
 *        dies, the kernel ends it with SIGKILL.
 *
 * \param name    The name of the process, at most 15 octets.
 * \param parent  The process that has forked this one.
 *
 * \return False if the parent has died already.
 */
bool child_follow(const char *name, int parent);
