/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Combines what events of incidents and hits have about the same mails. Private to
 *         sensor/report/. */
#pragma once

#include "base/time_ns.h"
#include "sensor/report/report.h"

#define REPORT_MAIL_NEAR_NS (2 * NS_PER_S)

/*! \brief Which mails of two incidents are the same. */
enum report_mails_rule {
	/*! Both are from events of incidents: mails of the same time and sender. */
	REPORT_MAILS_OF_INCIDENTS,
	/*! Both are from hits: mails of the same connection and sender. */
	REPORT_MAILS_OF_HITS,
	/*! `to` is from events of incidents, `from` is from hits: a mail of the same sender with a
	 * common recipient, the nearest in time. A recipient that only the hit has is not added,
	 * because a hit at the end of a session lists those of all its mails. */
	REPORT_MAILS_CORRELATE,
};

/*! \brief Adds the mails of `from` to those of `to`. */
void report_merge_mails(struct report_memory *memory, struct report_incident *to,
                        const struct report_incident *from, enum report_mails_rule rule);

/*!
 * \brief Adds a recipient of a mail that a history has: to a mail of the same sender within
 *        REPORT_MAIL_NEAR_NS, else as a mail of its own.
 *
 * \param row  A mail with one recipient. Its `connection` is a number of its client and server,
 *             because a history does not know connections. It has local parts in lower case.
 */
void report_add_mail_row(struct report_memory *memory, struct report_incident *to,
                         const struct report_mail *row);

/*! \brief Sorts the mails by time_ns. */
void report_sort_mails(struct report_incident *incident);

/*! \brief Frees the mails of an incident. */
void report_release_mails(struct report_memory *memory, struct report_incident *incident);
