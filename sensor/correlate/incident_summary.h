/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The incidents of a run, for its summary: for each name the matched answers, how long
 *        resolvers cache them, and the intercepted mail. Private to this room.
 *
 * A resolver caches a record until the time of the answer plus its TTL: at the earliest
 * counted from the first answer with the full TTL (the longest seen), at the latest
 * counted from the last answer.
 *
 * Limits: INCIDENT_SUMMARY_NAMES names and INCIDENT_SUMMARY_MAILBOXES / 2 different
 * mailboxes of a worker; further ones are not counted, and the summary states so.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/dns_name.h"
#include "rules/observation.h"
#include "sensor/events/transcript.h"

#define INCIDENT_SUMMARY_NAMES     256
#define INCIDENT_SUMMARY_MAILBOXES 16384

struct incident_summary;

/*! \brief Creates a summary in memory that forked processes share. \return NULL when out of memory.
 */
struct incident_summary *incident_summary_new(void);
void incident_summary_free(struct incident_summary *incident_summary);

/*!
 * \brief Shows a worker's summary those of all workers: a name in one of them is known to all.
 *
 * \param all  This summary included; borrowed.
 */
void incident_summary_share(struct incident_summary *incident_summary,
                            struct incident_summary *const *all, unsigned workers);

/*! \brief Counts a hit on a record of a DNS response; other hits are ignored. */
void incident_summary_answer(struct incident_summary *incident_summary,
                             const struct observation *seen);

/*!
 * \brief Counts a mail of an intercepted session at its end: its sender and recipients.
 *
 * A recipient is counted for the name that is the domain of the mailbox, if that name had
 * matched answers, else for the owner of the record that gave the server's address.
 * Mail for several names, its sender and its session are counted for each of them.
 *
 * \param owner  Of that record; size 0: not known.
 */
void incident_summary_mail(struct incident_summary *incident_summary,
                           const struct transcript *transcript, const struct dns_name *owner,
                           int64_t time_ns);

/*! \brief Counts an intercepted session at its end, after its mails. */
void incident_summary_session(struct incident_summary *incident_summary,
                              const struct transcript *transcript, const struct dns_name *owner,
                              int64_t time_ns);

/*!
 * \brief Adds the summary of a worker, which may have any content: names and numbers that
 *        cannot be are left out.
 *
 * \param incident_summary  Created after the workers were forked, so that none can change it.
 */
void incident_summary_merge(struct incident_summary *incident_summary,
                            const struct incident_summary *other);

/*! \brief Logs the summary with log_info(). */
void incident_summary_report(const struct incident_summary *incident_summary);
