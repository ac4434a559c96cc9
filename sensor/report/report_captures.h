/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Captures as the source of a report: a replay whose events, counters and history are in a
 *        temporary folder. The events of a hunt are read in the same way.
 */
#pragma once

#include "sensor/process/replay/scratch.h"
#include "sensor/report/report_source.h"

struct report_captures {
	struct scratch scratch;
	char events[SCRATCH_PATH_MAX + 32]; /*!< "file:", and the path of the events. */
	char summary[SCRATCH_PATH_MAX + 16];
	char history[SCRATCH_PATH_MAX + 16];
	char unread[SCRATCH_PATH_MAX + 16]; /*!< The file of what the replay could not read. */
};

/*! \brief Makes the folder. \return False after a failure, which was logged. */
bool report_captures_begin(struct report_captures *captures);

/*! \brief Changes the options of a replay: its events also go to the folder, and what cannot be
 * read is noted there. The counters and the history go to the folder, too, unless the options name
 * another place for them. \return False if there are too many outputs, which was logged. */
bool report_captures_follow(struct report_captures *captures, struct options *options);

/*!
 * \brief Replays captures.
 *
 * \param options  The options of the command `report`. The replay takes the rules and the progress
 *                 from them.
 *
 * \return The exit status of the replay.
 */
int report_captures_replay(struct report_captures *captures, const struct options *options,
                           char *const *paths, size_t count);

/*! \brief Hunts: matches the rules in `options` with the history in `options`. \return The exit
 *         status of the hunt. */
int report_captures_hunt(struct report_captures *captures, const struct options *options);

/*! \brief Reads the events of the replay or of the hunt into the model, and what could not be read
 *         into the report. \return False after a failure. */
bool report_captures_read(struct report_captures *captures, struct report_sources *sources);

/*! \brief Removes the folder. */
void report_captures_end(struct report_captures *captures);
