/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Drops the privileges of root, which are needed to open a capture and for nothing else.
 *
 * The supervisor keeps CAP_NET_RAW as a permitted, not an effective capability: a replaced
 * worker needs new packet sockets. The supervisor reads no packet and no event. Workers and
 * publishers keep no capability.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*!
 * \brief Lets no other process of the user read the memory of this one, and writes no core
 *        dump: both may have passwords and mail. Call it again after a change of the user,
 *        which the kernel takes for a reason to set this back. Children inherit it.
 *
 * Left out under AddressSanitizer, whose leak check is a tracer of its own process.
 */
void privileges_protect_memory(void);

struct privileges {
	char name[64]; /*!< Empty: not root, nothing to drop. */
	uid_t uid;
	gid_t gid;
};

/*!
 * \brief Finds the user to become.
 *
 * \param wanted  NULL: `nsmx`, or `nobody` if there is no such user.
 *
 * \return False when there is no such user; logged.
 */
bool privileges_find(struct privileges *privileges, const char *wanted);

/*!
 * \brief Creates a folder for the user, or checks that an existing one belongs to the user.
 *
 * Call it before privileges_drop().
 *
 * \return False when that fails; logged.
 */
bool privileges_make_folder(const struct privileges *privileges, const char *path);

/*!
 * \brief Becomes the user permanently, without capabilities.
 *
 * \param keep  Keep CAP_NET_RAW permitted: workers that are started later raise it with
 *              privileges_take_up().
 *
 * \return False when that fails, logged; the program must then end.
 */
bool privileges_drop(const struct privileges *privileges, bool keep);

/*! \brief In a child, before it opens captures: raises the capability, if it was kept. */
void privileges_take_up(void);

/*!
 * \brief Drops what privileges_drop() kept.
 *
 * \return False when that fails, which is logged; the process must end.
 */
bool privileges_drop_rest(void);
