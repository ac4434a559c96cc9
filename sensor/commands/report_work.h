/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The work on a report: its sources, its completion, its output. */
#pragma once

#include "sensor/options/options.h"
#include "sensor/report/formats/formats.h"
#include "sensor/report/report_captures.h"
#include "sensor/report/report_source.h"

struct report_work {
	struct report report;
	struct report_sources sources;
	struct report_captures captures;
	bool hunted; /*!< The folder of `captures` has the events of a hunt. */
};

/*! \brief Begins a report. \return False after a failure, which was logged. */
bool report_work_begin(struct report_work *work, const struct options *options);
void report_work_end(struct report_work *work);

/*!
 * \brief Adds the folder of the report to the options of a replay, and names the captures.
 *
 * \return False after a failure, which was logged.
 */
bool report_work_follow(struct report_work *work, struct options *options);

/*!
 * \brief Reads what a replay has left in the folder.
 *
 * \param status  The exit status of the replay.
 *
 * \return `status`; EXIT_FAILED if the folder could not be read.
 */
int report_work_read(struct report_work *work, int status);

/* These functions read a source. They return an exit status; failures were logged. */
int report_work_replay(struct report_work *work, const struct options *options, char *const *paths,
                       size_t count);
int report_work_hunt(struct report_work *work, const struct options *options);
int report_work_file(struct report_work *work, const char *path);
/*! \brief Reads the files of events in a folder, and in folders in it. */
int report_work_folder(struct report_work *work, const char *path);
int report_work_redis(struct report_work *work, char *target);

/*! \brief Names a source in the report. */
void report_work_name(struct report_work *work, const char *source);

/*!
 * \brief Completes and writes the report.
 *
 * \param status  The exit status of the sources: EXIT_DONE or EXIT_FAILED.
 *
 * \return The exit status of the program.
 */
int report_work_write(struct report_work *work, const struct options *options,
                      const struct report_format *format, int status);
