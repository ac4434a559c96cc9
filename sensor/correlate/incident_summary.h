/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The summary of the incidents of a run, which is logged at its end. For each name it has
 *        the matched DNS answers, how long resolvers cache them, and the intercepted mail. Private
 *        to sensor/correlate/.
 *
 * A resolver caches a record until the time of the answer plus the TTL in the answer. The summary
 * gives two such times. The earliest is that of the first answer with the longest TTL seen, which
 * is assumed to be the full TTL. The latest is the maximum over all answers.
 *
 * Limits: each worker counts at most INCIDENT_SUMMARY_NAMES names and half of
 * INCIDENT_SUMMARY_MAILBOXES different mailboxes. Further ones are not counted, and the summary
 * states that it is incomplete.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/dns_name.h"
#include "base/network_id.h"
#include "rules/observation.h"
#include "sensor/events/transcript.h"

/*! \brief The largest number of names. */
#define INCIDENT_SUMMARY_NAMES 256
/*! \brief Slots of the hash table of mailboxes. At most half of them are used. */
#define INCIDENT_SUMMARY_MAILBOXES 16384

struct incident_summary;

/*! \brief The owner of a record, in a network. Both are borrowed. */
struct incident_name {
	const struct dns_name *owner;     /*!< The owner; its size is 0 if it is not known. */
	const struct network_id *network; /*!< The network; NULL: networks are not separated. */
};

/*! \brief Creates a summary in memory that forked processes share. \return NULL when out of memory.
 */
struct incident_summary *incident_summary_new(void);
void incident_summary_free(struct incident_summary *incident_summary);

/*!
 * \brief Gives the summary of a worker access to those of all workers, so that a name with matched
 *        answers in one summary counts as such in all.
 *
 * \param all  The summaries of all workers, including this one; borrowed.
 */
void incident_summary_share(struct incident_summary *incident_summary,
                            struct incident_summary *const *all, unsigned workers);

/*! \brief Counts a hit if its observation is from a record of a DNS response. */
void incident_summary_answer(struct incident_summary *incident_summary,
                             const struct network_id *network, const struct observation *seen);

/*!
 * \brief Counts the sender and the recipients of a mail in an intercepted session. Call it when the
 *        mail has ended.
 *
 * A recipient is counted for the domain of its mailbox, if that name has matched answers, else for
 * `about`. If the recipients of a mail are counted for several names, its sender and its session
 * are counted for each of these.
 *
 * \param about  The owner of the DNS record that contained the server's address, and the network of
 *               the session.
 */
void incident_summary_mail(struct incident_summary *incident_summary,
                           const struct transcript *transcript, const struct incident_name *about,
                           int64_t time_ns);

/*!
 * \brief Counts an intercepted session. Call it when the session has ended, after its mails were
 *        counted.
 */
void incident_summary_session(struct incident_summary *incident_summary,
                              const struct transcript *transcript,
                              const struct incident_name *about, int64_t time_ns);

/*!
 * \brief Adds the counts of a worker's summary to this one. The summary of a worker that has died
 *        may have any content, so impossible names and numbers are ignored.
 *
 * \param incident_summary  Created after the workers were forked, so that no worker can change it.
 */
void incident_summary_merge(struct incident_summary *incident_summary,
                            const struct incident_summary *other);

/*! \brief Logs the summary with log_info(). */
void incident_summary_report(const struct incident_summary *incident_summary);
