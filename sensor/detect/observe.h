/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief From a DNS response to what the rules understand: observations.
 */
#pragma once

#include "parsers/dns/dns.h"
#include "rules/observation.h"
#include "sensor/events/flow.h"

/*!
 * \brief Takes one observation.
 *
 * \param field    The event's field in which the value stands.
 * \param section  enum dns_section; -1: none.
 */
typedef void (*observe_t)(void *ctx, const struct observation *seen, const char *field,
                          int section);

/*!
 * \brief Tells everything that a DNS response shows, in the order of the message.
 *
 * Only standard queries (op code QUERY) in class IN say something of the name
 * space; of other responses the resolver alone is told.
 *
 * \param origins  Whether addresses are told with the names that lead to them.
 *
 * \return DNS_OK, or the fault that ended or marred the message; what came before
 *         it was told.
 */
int observe_dns(const struct dns_message *message, const struct flow *flow, bool origins,
                observe_t observe, void *ctx);
