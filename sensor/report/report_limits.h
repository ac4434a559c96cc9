/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Sentences about what could not be seen. */
#pragma once

#include "sensor/report/report_model.h"

/*! \brief Adds what the counters of a replay show, which --summary has written to a file; or that
 *         they are not known, if the file cannot be read. */
void report_limits_of_replay(struct report *report, const char *summary);

/*! \brief Adds that events of files and streams have no counters. */
void report_limits_of_events(struct report *report);

/*! \brief Adds what a history does not keep. */
void report_limits_of_hunt(struct report *report);

/*! \brief Adds what the mails and the bounds of the report hide. Call it after
 *         report_model_end(). */
void report_limits_of_model(struct report *report, const struct report_totals *totals);
