/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads events from files and from Redis into a model.
 *
 * A line that is not an event is reported with file and line, and left out. A file may be
 * compressed, as captures may be.
 *
 * Limits: REPORT_LINE_MAX octets of a line. The first REPORT_LINES_REPORTED damaged lines of a file
 * are reported one by one; of the others only the number is reported.
 */
#pragma once

#include <stdbool.h>

#include "sensor/process/replay/progress.h"
#include "sensor/report/report_model.h"

#define REPORT_LINE_MAX       ((size_t)2 << 20)
#define REPORT_LINES_REPORTED 10

/*! \brief Work on the sources of a report. */
struct report_sources {
	struct report_model *model;
	struct report *report; /*!< That of the model; its limits name what could not be read. */
	struct progress progress;
	uint64_t events; /*!< Lines and entries that were read. */
};

/*! \brief Returns true if a file begins as a JSON object, as a file of events does, or if it is
 *         empty. */
bool report_is_events(const char *path);

/*!
 * \brief Reads a file of events: JSON lines.
 *
 * \param path  "-": standard input.
 *
 * \return False if the file could not be read, or has damaged lines, which was logged.
 */
bool report_read_file(struct report_sources *sources, const char *path);

/*!
 * \brief Reads the events of hits and of incidents that Redis has now.
 *
 * \param target  The URL, whose password is overwritten in place.
 * \param name    Receives the URL without the password, for messages.
 *
 * \return The exit status of the program; failures were logged.
 */
int report_read_redis(struct report_sources *sources, char *target, char *name, size_t name_size);

/*!
 * \brief Does the same as report_read_redis(), but in another order: first reads all events of
 *        incidents, and then the hits.
 *
 * \param seconds   The reading of hits stops after this many seconds.
 * \param complete  Receives false if this time was over before all hits were read. Without meaning
 *                  after a failure.
 */
int report_read_redis_for(struct report_sources *sources, char *target, char *name,
                          size_t name_size, unsigned seconds, bool *complete);
