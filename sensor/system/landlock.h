/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Limits the files that a process may open, where the kernel has Landlock. */
#pragma once

#include <stdbool.h>

/*!
 * \brief From now on this process may only create and write files in one folder, and list it.
 *        It opens nothing else. Files that are open stay so.
 *
 * Needs no_new_privs. Where the kernel has no Landlock (before 5.13, or not among its security
 * modules) nothing changes. Left out under AddressSanitizer, as the filters of sandbox.h.
 *
 * \param dir_fd  The folder; -1: none.
 *
 * \return False on failure, which is logged; the process must end.
 */
bool landlock_limit(int dir_fd);
