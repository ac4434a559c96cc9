/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Limits the files that a process may open, if the kernel has Landlock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*!
 * \brief Limits this process to creating, writing and listing files in two folders. It can then
 *        open no other file. Descriptors that are already open stay usable.
 *
 * The process must have set no_new_privs. The functions of this file do nothing in a build with
 * AddressSanitizer, and under a kernel without Landlock: one that is older than 5.13, or that was
 * started without this security module.
 *
 * \param dir_fd    A folder; -1: no folder.
 * \param other_fd  The other folder, or -1.
 *
 * \return False on failure, which was logged; the process must then end.
 */
bool landlock_limit(int dir_fd, int other_fd);

/*!
 * \brief Does the same as landlock_limit(), but also lets this process replace and remove files in
 *        `other_fd`.
 *
 * \return False on failure, which was logged; the process must then end.
 */
bool landlock_limit_incidents(int dir_fd, int other_fd);

/*!
 * \brief Limits this process to one folder, in which it can also read, rename and remove files.
 *        Outside of the folder it can only write to /dev/null.
 *
 * \return False on failure, which was logged; the process must then end.
 */
bool landlock_limit_history(int dir_fd);

/*!
 * \brief Limits this process to reading what is in some folders. Outside of them it can only write
 *        to /dev/null.
 *
 * \param paths  Open descriptors of folders or files; -1: none.
 *
 * \return False on failure, which was logged; the process must then end.
 */
bool landlock_limit_reading(const int *paths, size_t count);
