/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes the observations that depend on several records of a DNS response, or on their
 *         absence. Only pins are matched with them. */
#pragma once

#include "base/writer.h"
#include "sensor/observe/observe.h"

/*! \brief The kinds that observe_sets() makes, as bits. */
#define OBSERVE_SETS (RULE_BIT(KIND_DS) | RULE_BIT(KIND_TXT))

/*! \brief Writes the strings of a TXT record (RFC 1035 section 3.3.14), which are one text. \return
 *         False if the record is invalid. */
bool observe_text(const struct dns_entry *entry, struct writer *text);

/*!
 * \brief Calls `observe` for each DS record, for the absence of DS records, and for the texts of
 *        the name in the question or their absence.
 *
 * The parent zone has the DS records of a zone (RFC 4034 section 5). They are absent if an answer
 * of the parent or of a resolver to a question for them has none, or if a referral proves it (RFC
 * 4035 section 3.1.4.1). An answer with the SOA record of the child zone shows nothing.
 *
 * Nothing is known to be absent from a message that is truncated or cannot be read to its end, and
 * its texts are not observed, because some of them may be missing.
 *
 * \param kinds  The kinds to observe, as bits.
 */
void observe_sets(const struct dns_message *message, const struct flow *flow, unsigned kinds,
                  observe_t observe, void *ctx);
