/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The functions of a worker group that start and close its outputs (worker_group_outputs.c)
 *        and write its reports (worker_group_report.c). Private to worker_group*.c.
 */
#pragma once

#include "sensor/process/worker_group.h"

/*! \brief Parses the targets of the options. \return NULL when one is invalid, which was logged. */
struct outputs *worker_group_parse_outputs(const struct options *options);

/*! \brief Wipes the passwords of all targets. Call it in a child that needs none of them. */
void worker_group_forget(struct worker_group *group);

/*! \brief Wipes the passwords of all URLs except `keep`. If `keep` is NULL, it wipes all. */
void worker_group_forget_except(struct worker_group *group, const struct redis_url *keep);

/*! \brief Closes the folder of the open incidents. */
void worker_group_leave_incidents(struct worker_group *group);

/*! \brief Closes the files of all workers, and wipes passwords. The process that keeps the
 *         incidents calls it. */
void worker_group_enter_incidents(struct worker_group *group);

/*! \brief Opens the journals and starts the publishers. \return False on failure, which was logged.
 */
bool worker_group_start_outputs(struct worker_group *group,
                                const struct worker_group_delivery *delivery);

/*! \brief Delivers the remaining events and closes the outputs. \return False when events could not
 *         be delivered. */
bool worker_group_close_outputs(struct worker_group *group);

/*!
 * \brief Opens the file of --summary. It is opened at the start, so that a file that cannot be
 *        written is reported before packets are read.
 *
 * \return False on failure, which was logged.
 */
bool worker_group_open_summary(struct worker_group *group);

/*! \brief Logs that the rules were reloaded, once all workers use them. */
void worker_group_report_reload(struct worker_group *group);

/*! \brief Logs a warning if packets were dropped since the last warning, at most once a minute. */
void worker_group_report_drops(struct worker_group *group, int64_t now_ns);

/*! \brief Logs the totals of all workers: packets, messages, hits and events. */
void worker_group_print_summary(const struct worker_group *group);

/*! \brief Writes the counters to the file of --summary. \return False on failure, which was logged.
 */
bool worker_group_save_summary(struct worker_group *group);
