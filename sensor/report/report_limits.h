/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Adds sentences about what could not be seen to `limits` of a report. */
#pragma once

#include "sensor/report/report_model.h"

#define REPORT_UNREAD_MAX 32

/*!
 * \brief Adds that a source was not read, or only in part, and why. The caller has logged it.
 *
 * Limits: the first REPORT_UNREAD_MAX reasons are listed, the others are counted.
 */
void report_limits_unread(struct report *report, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

/*! \brief Does the same, and logs it as an error. */
void report_limits_fail(struct report *report, const char *fmt, ...)
        __attribute__((format(printf, 2, 3)));

/*! \brief Adds what a replay could not read, which it has noted in a file (options.h). A file that
 *         is not there has nothing. */
void report_limits_of_unread(struct report *report, const char *path);

/*! \brief Adds that the replay has failed, unless it is known what could not be read. */
void report_limits_of_failure(struct report *report);

/*! \brief Adds the losses that the counters of a replay show. `summary` is the file to which
 *         --summary has written the counters. If it cannot be read, one sentence states that the
 *         losses are not known. */
void report_limits_of_replay(struct report *report, const char *summary);

/*! \brief Adds a sentence: events from files and streams do not show how many packets were lost. */
void report_limits_of_events(struct report *report);

/*! \brief Adds a sentence about what a history does not store. */
void report_limits_of_hunt(struct report *report);

/*! \brief Adds sentences about what the report does not show because mails were encrypted, or
 *         because of the bounds of the report. Call it after report_model_end(). */
void report_limits_of_model(struct report *report, const struct report_totals *totals);
