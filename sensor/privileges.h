/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Root is needed to open a capture, and for nothing after.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct privileges {
	char name[64]; /*!< Empty: not root, nothing to give up. */
	uid_t uid;
	gid_t gid;
};

/*!
 * \brief Finds the user to become.
 *
 * \param wanted  NULL: `nsmx`, else `nobody`.
 *
 * \return False when there is no such user; said.
 */
bool privileges_find(struct privileges *privileges, const char *wanted);

/*!
 * \brief Makes a folder that the user can write: creates it for him, or finds it so.
 *
 * Call it before privileges_drop().
 *
 * \return False when it cannot be; said.
 */
bool privileges_make_folder(const struct privileges *privileges, const char *path);

/*!
 * \brief Becomes the user for good. A failure must end the program.
 *
 * \return False, said: do not go on.
 */
bool privileges_drop(const struct privileges *privileges);
