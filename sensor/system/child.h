/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What a process does first that was forked for one purpose: it keeps only what it needs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CHILD_FDS_MAX 64

/*!
 * \brief Closes all descriptors except standard error and `fds`. Standard input and output become
 *        /dev/null, so that readers of the sensor's output see its end.
 *
 * \return False on failure, with errno set.
 */
bool child_keep_only(const int *fds, size_t count);

/*!
 * \brief Ignores the signals to a whole terminal or unit, which the parent handles, and ends with
 *        the parent: by SIGTERM, or by SIGKILL when the parent has died.
 *
 * \param name    The name of the process, at most 15 octets.
 * \param parent  The process that has forked this one.
 *
 * \return False if the parent has died already.
 */
bool child_follow(const char *name, int parent);
