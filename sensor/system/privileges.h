/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Root is needed to open a capture, and for nothing after.
 *
 * The process that starts workers keeps one right, CAP_NET_RAW, and keeps it at hand only
 * (permitted, not effective): a worker that died, or an interface that went away and came
 * back, needs a new socket. It reads no packet and no event. Workers and publishers keep
 * none.
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
 * \brief Becomes the user for good, without capabilities. A failure must end the program.
 *
 * \param keep  Keep the right to open captures at hand, for a child to take up with
 *              privileges_take_up(): workers that are started later need it.
 *
 * \return False, said: do not go on.
 */
bool privileges_drop(const struct privileges *privileges, bool keep);

/*! \brief In a child, before it opens captures. Without that right this does nothing. */
void privileges_take_up(void);

/*! \brief Gives up what privileges_drop() kept. False, said: do not go on. */
bool privileges_drop_rest(void);
