/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What happened to each hijacked name, for the summary: rogue answers, when
 *        caches let go of them, and the mail that went over.
 *
 * A resolver that has cached a record lets go of it at the time of the answer plus
 * its TTL: at the earliest counted from the first answer with the TTL that the
 * rogue servers gave (the longest seen), at the latest from the last answer.
 *
 * Limits: HIJACKS_NAMES names, HIJACKS_MAILBOXES different mailboxes; past them
 * nothing is noted, and the summary says so.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "parsers/dns/dns_name.h"
#include "rules/observation.h"
#include "sensor/events/transcript.h"

#define HIJACKS_NAMES     256
#define HIJACKS_MAILBOXES 16384

struct hijacks;

/*! \return NULL without memory. It lies in memory that forked children share. */
struct hijacks *hijacks_new(void);
void hijacks_free(struct hijacks *hijacks);

/*! \brief Others note, too: a name that one of them has seen answers about is known to all.
 *
 * \param all  Those of all workers; borrowed.
 */
void hijacks_share(struct hijacks *hijacks, struct hijacks *const *all, unsigned workers);

/*! \brief Notes a hit on a record of a DNS response; others are passed over. */
void hijacks_answer(struct hijacks *hijacks, const struct observation *seen);

/*!
 * \brief Notes a mail of an intercepted session at its end: its sender and recipients.
 *
 * A recipient belongs to the hijacked name that is the mailbox's domain, else to
 * the owner of the record that gave the server's address. Mail for several names,
 * its sender and its session are told of each of them.
 *
 * \param owner  Of that record; size 0: not known.
 */
void hijacks_mail(struct hijacks *hijacks, const struct story *story, const struct dns_name *owner,
                  int64_t time_ns);

/*! \brief Notes an intercepted session at its end; its mails were noted before. */
void hijacks_session(struct hijacks *hijacks, const struct story *story,
                     const struct dns_name *owner, int64_t time_ns);

/*! \brief Adds what another worker has noted. */
void hijacks_merge(struct hijacks *hijacks, const struct hijacks *other);

/*! \brief Says it all with log_info(). */
void hijacks_report(const struct hijacks *hijacks);
