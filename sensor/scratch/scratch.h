/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A temporary folder, and replays whose results are written there and read at once.
 *
 * The folder is in $TMPDIR, else in /tmp. Only its user can read it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/options/options.h"

#define SCRATCH_PATH_MAX 4096

struct scratch {
	char path[SCRATCH_PATH_MAX]; /*!< Empty: there is no folder. */
};

/*! \brief Makes the folder, with a name that begins with `name`. \return False after a failure,
 *         which was logged. */
bool scratch_make(struct scratch *scratch, const char *name);

/*! \brief Removes the folder, if there is one, and all that is in it. */
void scratch_remove(struct scratch *scratch);

/*!
 * \brief Replays captures with options of its own.
 *
 * \param command   The name of the command, for messages.
 * \param words     Options of `nsmx replay`, as on the command line.
 * \param captures  The paths of captures; borrowed, and not changed.
 * \param since_ns  As in struct options, like `until_ns`.
 *
 * \return The exit status of the replay; failures were logged.
 */
int scratch_replay(const char *command, char *const *words, size_t words_count,
                   char *const *captures, size_t captures_count, int64_t since_ns,
                   int64_t until_ns);
