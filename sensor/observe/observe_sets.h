/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes the observations that depend on several records of a DNS response, or on their
 *         absence. Only pins are matched with them. */
#pragma once

#include "base/writer.h"
#include "sensor/observe/observe.h"

/*! \brief The kinds that observe_sets() makes, as bits. */
#define OBSERVE_SETS (RULE_BIT(KIND_DS) | RULE_BIT(KIND_TXT))

/*! \brief Writes the strings of a TXT record (RFC 1035, section 3.3.14) one after the other, as one
 *         text. \return False if the record is invalid. */
bool observe_text(const struct dns_entry *entry, struct writer *text);

/*!
 * \brief Calls `observe` for each DS record, for the absence of DS records, and for the texts of
 *        the name in the question or their absence.
 *
 * The DS records of a zone are in its parent zone (RFC 4034, section 5). They are absent in two
 * cases: the parent or a resolver has answered a question for them, and the answer has none; or a
 * referral contains NSEC or NSEC3 records as proof (RFC 4035, section 3.1.4.1). An answer with the
 * SOA record of the child zone shows nothing.
 *
 * If a message is truncated or cannot be read to its end, some records may be missing. Then neither
 * an absence nor a text is observed.
 *
 * \param kinds  The kinds to observe, as bits.
 */
void observe_sets(const struct dns_message *message, const struct flow *flow, unsigned kinds,
                  observe_t observe, void *ctx);
