/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Shows the progress of a command that reads or writes many rows, and ends the command after
 *        SIGINT or SIGTERM.
 *
 * A second signal kills the process.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/options/options.h"
#include "sensor/process/replay/progress.h"

struct history_work {
	struct progress progress;
	const char *name; /*!< What the command does, for messages: "the export". */
	const char *unit; /*!< What `done` counts. */
	uint64_t done;
	int folder; /*!< An open descriptor of the folder that is written; -1: none. */
};

/*! \brief Begins the work. From now on, history_work_goes_on() watches all long work of the process
 *         (history_watch()). */
void history_work_begin(struct history_work *work, const struct options *options, const char *name,
                        const char *unit);

/*! \brief From now on `done` is the size of the file that is being written in this folder. */
void history_work_writes(struct history_work *work, int folder);

/*! \brief Shows the progress if it is due. It can be used as a history_goes_on_t. \return False
 *         after a signal: the work must end. */
bool history_work_goes_on(void *work);

/*! \brief Counts one, and calls history_work_goes_on() from time to time. \return The same. */
bool history_work_count(struct history_work *work);

/*!
 * \brief Ends the work. After a signal, logs that it was interrupted.
 *
 * \param status  The exit status of the command if no signal came.
 * \param result  What was done, for the message; NULL: the message has the members `done`
 *                and `unit`.
 *
 * \return The exit status.
 */
int history_work_end(struct history_work *work, int status, const char *result);
