/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A temporary folder, and a function that runs another command. The command can write its
 *        results to the folder, where the caller reads them.
 *
 * The folder is in $TMPDIR, or in /tmp if that is not set. Only its user can read it.
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

/*! \brief Members of struct options. */
struct scratch_members {
	int64_t since_ns, until_ns;
	const char *unread;
};

/*!
 * \brief A function that runs a command, such as replay_run(). \return The exit status.
 */
typedef int (*scratch_run_t)(struct options *options);

/*!
 * \brief Runs another command with options of its own.
 *
 * \param command   The name of the command that the user has given, for messages.
 * \param words     Options of the command that is run, as on the command line.
 * \param operands  Operands of the command that is run; borrowed, and not changed.
 * \param members   What no word can set.
 *
 * \return The exit status; failures were logged.
 */
int scratch_run(const char *command, enum command_id id, scratch_run_t run, char *const *words,
                size_t words_count, const struct options_operands *operands,
                const struct scratch_members *members);
