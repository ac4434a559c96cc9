/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief From a DNS response to observations, which rules match.
 */
#pragma once

#include "parsers/dns/dns.h"
#include "rules/observation.h"
#include "sensor/events/flow.h"

/*!
 * \brief Takes one observation.
 *
 * \param field    The event's field that holds the value.
 * \param section  enum dns_section; -1: none.
 */
typedef void (*observe_t)(void *ctx, const struct observation *seen, const char *field,
                          int section);

/*!
 * \brief Calls back for every observation of a DNS response, in the order of the message.
 *
 * Only responses to standard queries (op code QUERY) in class IN are about the name space;
 * of other responses only the resolver is observed.
 *
 * \param origins  Whether addresses come with the names that lead to them.
 *
 * \return DNS_OK, or a fault of the message; the observations before it were made.
 */
int observe_dns(const struct dns_message *message, const struct flow *flow, bool origins,
                observe_t observe, void *ctx);
