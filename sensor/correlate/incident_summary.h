/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What happened to each hijacked name, for the summary: rogue answers, when
 *        caches let go of them, and the mail that went over.
 *
 * A resolver that has cached a record lets go of it at the time of the answer plus
 * its TTL: at the earliest counted from the first answer with the TTL that the
 * rogue servers gave (the longest seen), at the latest from the last answer.
 *
 * Limits: INCIDENT_SUMMARY_NAMES names, INCIDENT_SUMMARY_MAILBOXES different mailboxes; past them
 * nothing is noted, and the summary says so.
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

/*! \return NULL without memory. It lies in memory that forked children share. */
struct incident_summary *incident_summary_new(void);
void incident_summary_free(struct incident_summary *incident_summary);

/*! \brief Others note, too: a name that one of them has seen answers about is known to all.
 *
 * \param all  Those of all workers; borrowed.
 */
void incident_summary_share(struct incident_summary *incident_summary,
                            struct incident_summary *const *all, unsigned workers);

/*! \brief Notes a hit on a record of a DNS response; others are passed over. */
void incident_summary_answer(struct incident_summary *incident_summary,
                             const struct observation *seen);

/*!
 * \brief Notes a mail of an intercepted session at its end: its sender and recipients.
 *
 * A recipient belongs to the hijacked name that is the mailbox's domain, else to
 * the owner of the record that gave the server's address. Mail for several names,
 * its sender and its session are told of each of them.
 *
 * \param owner  Of that record; size 0: not known.
 */
void incident_summary_mail(struct incident_summary *incident_summary,
                           const struct transcript *transcript, const struct dns_name *owner,
                           int64_t time_ns);

/*! \brief Notes an intercepted session at its end; its mails were noted before. */
void incident_summary_session(struct incident_summary *incident_summary,
                              const struct transcript *transcript, const struct dns_name *owner,
                              int64_t time_ns);

/*! \brief Adds what another worker has noted. */
void incident_summary_merge(struct incident_summary *incident_summary,
                            const struct incident_summary *other);

/*! \brief Says it all with log_info(). */
void incident_summary_report(const struct incident_summary *incident_summary);
