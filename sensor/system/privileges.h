/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Drops the privileges of root, which are needed only to open captures.
 *
 * The supervisor keeps CAP_NET_RAW as a permitted capability that is not effective, because a
 * worker that replaces another needs it to open packet sockets. The supervisor reads no packet and
 * no event. Workers and publishers keep no capability.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*!
 * \brief Prevents other processes of the user from reading the memory of this process, and prevents
 *        core dumps, because memory may contain passwords and mail. Call it again after a change of
 *        the user, because the kernel then removes the protection. Children inherit the protection.
 *
 * In a build with AddressSanitizer the call does nothing, because the check for leaks must trace
 * the process.
 */
void privileges_protect_memory(void);

struct privileges {
	char name[64]; /*!< The user to become. Empty: the process is not root and drops nothing. */
	uid_t uid;
	gid_t gid;
};

/*!
 * \brief Finds the user to become.
 *
 * \param wanted  A name; NULL: `nsmx`, or `nobody` if there is no user `nsmx`.
 *
 * \return False when the user does not exist, which was logged.
 */
bool privileges_find(struct privileges *privileges, const char *wanted);

/*! \brief A folder in which the user writes files. */
struct privileges_folder {
	const char *path;
	const char *contents; /*!< The name of its contents, for messages. */
	const char *option;   /*!< The option that chooses another folder. */
	mode_t mode; /*!< The mode of the folder if it is created, regardless of umask(2). */
};

/*!
 * \brief Creates a folder that belongs to the user, or checks that an existing one does.
 *
 * Call it before privileges_drop().
 *
 * \return False on failure, which was logged.
 */
bool privileges_make_folder(const struct privileges *privileges,
                            const struct privileges_folder *folder);

/*!
 * \brief Becomes the user permanently, without capabilities.
 *
 * \param keep  Whether to keep CAP_NET_RAW as a permitted capability. Workers that are started
 *              later make it effective with privileges_take_up().
 *
 * \return False on failure, which was logged; the program must then end.
 */
bool privileges_drop(const struct privileges *privileges, bool keep);

/*! \brief Makes the kept capability effective, if there is one. A worker calls it before it opens
 *         captures. */
void privileges_take_up(void);

/*!
 * \brief Drops the capability that privileges_drop() kept.
 *
 * \return False on failure, which was logged; the process must then end.
 */
bool privileges_drop_rest(void);
