/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The parts of a worker group: its outputs (worker_group_outputs.c) and its reports
 *        (worker_group_report.c).
 */
#pragma once

#include "sensor/process/worker_group.h"

/*! \brief The targets of the options; NULL when one is bad, which is logged. */
struct outputs *worker_group_parse_outputs(const struct options *options);

/*! \brief Wipes the passwords of all targets, in a child. */
void worker_group_forget(struct worker_group *group);

/*! \brief Opens the journals and starts the publishers. False on failure, which is logged. */
bool worker_group_start_outputs(struct worker_group *group,
                                const struct worker_group_delivery *delivery);

/*! \brief Delivers what is left. False when events could not be delivered. */
bool worker_group_close_outputs(struct worker_group *group);

/*!
 * \brief Opens the file of --summary at the start, so that a file that cannot be written is
 *        reported before the work, not after it.
 */
bool worker_group_open_summary(struct worker_group *group);

/*! \brief Warns of dropped packets, once a minute at most. */
void worker_group_report_drops(struct worker_group *group, int64_t now_ns);

/*! \brief Logs the summary for the user. */
void worker_group_print_summary(const struct worker_group *group);

/*! \brief Writes the counters to the file of --summary. False on failure, which is logged. */
bool worker_group_save_summary(struct worker_group *group);
