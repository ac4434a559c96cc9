/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Adds to a report what histories have about its incidents: the genuine records before and
 *        after the rogue ones, and single mails to rogue servers.
 *
 * A record is expected if it was seen before or after the incident, or is a value that a rule
 * expects; it is rogue if a hit was about its value. A history keeps only the first and the last
 * sighting of a record: a record that was seen both before and after the rogue ones of its name and
 * type becomes two bars.
 *
 * Limits: REPORT_HISTORY_INCIDENTS incidents with an owner; for each incident,
 * REPORT_HISTORY_NAMES names; for each name, REPORT_HISTORY_ROWS rows of each history.
 */
#pragma once

#include "sensor/process/replay/progress.h"
#include "sensor/report/report.h"

#define REPORT_HISTORY_INCIDENTS 1000
#define REPORT_HISTORY_NAMES     16
#define REPORT_HISTORY_ROWS      1000
/*! \brief The greatest number of histories: the one of captures, and that of --history. */
#define REPORT_HISTORIES_MAX 2

/*!
 * \brief Adds bars and mails to the incidents.
 *
 * \param paths  Paths of folders, or URLs of ClickHouse.
 *
 * \return False if a history could not be read, which was logged, and is in the limits of the
 * report.
 */
bool report_add_histories(struct report *report, const char *const *paths, size_t count,
                          struct progress *progress);
