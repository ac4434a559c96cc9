/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Combines the data that events of incidents and hits have about the same mails. Private to
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
	/*! `to` is from events of incidents, `from` is from hits. A mail of `from` is the same as
	 * that mail of `to` with the same sender and a common recipient which is nearest in time.
	 * A recipient that only the hit has is not added, because a hit at the end of a session
	 * lists the recipients of all mails of the session. */
	REPORT_MAILS_CORRELATE,
};

/*! \brief Adds the mails of `from` to those of `to`. */
void report_merge_mails(struct report_memory *memory, struct report_incident *to,
                        const struct report_incident *from, enum report_mails_rule rule);

/*!
 * \brief Adds a recipient of a mail that was read from a history. The recipient is added to a mail
 *        of the same sender within REPORT_MAIL_NEAR_NS that has the same recipient or the same
 *        `connection`. If there is no such mail, `row` becomes a mail of its own.
 *
 * \param row  A mail with one recipient. Its `connection` is a hash of client and server, because a
 *             history does not store connections. The local parts of its mailboxes are in lower
 *             case.
 */
void report_add_mail_row(struct report_memory *memory, struct report_incident *to,
                         const struct report_mail *row);

/*! \brief Sorts the mails by time_ns. */
void report_sort_mails(struct report_incident *incident);

/*! \brief Frees the mails of an incident. */
void report_release_mails(struct report_memory *memory, struct report_incident *incident);
