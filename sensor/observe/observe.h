/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes the observations of a DNS response or of a single record, which are then matched
 *         with rules. */
#pragma once

#include "parsers/dns/dns.h"
#include "rules/observation.h"
#include "sensor/flow/flow.h"

/*!
 * \brief Receives one observation.
 *
 * \param field    Name of the event field that contains the value.
 * \param section  enum dns_section of the record; -1: none.
 */
typedef void (*observe_t)(void *ctx, const struct observation *seen, const char *field,
                          int section);

/*!
 * \brief Calls `observe` for each observation of a DNS response, in the order of the message.
 *
 * If the response is not one to a standard query (op code QUERY) in class IN, only the resolver is
 * observed.
 *
 * \param origins  Whether to set `origins` in observations of kind ip.
 * \param enough   The function returns before the next record once this is true; NULL: it observes
 *                 all records.
 *
 * \return DNS_OK, or the first fault of the message. The records before a fault are observed. A
 *         fault after the last observed record is not found.
 */
int observe_dns(const struct dns_message *message, const struct flow *flow, bool origins,
                observe_t observe, void *ctx, const bool *enough);

/*! \brief Returns the name of the event field with the data of the records in a section; NULL for
 *         DNS_QUESTION. */
const char *observe_data_field(enum dns_section section);

/*!
 * \brief Calls `observe` for the owner and the data of one record, or for the name of one question.
 *
 * \param message  Contains the RDATA of the record.
 * \param like     The observations get the times of `like`. Observations of an address also get
 *                 the `origins` of `like`.
 */
void observe_record(const struct dns_message *message, const struct dns_entry *entry,
                    const struct observation *like, observe_t observe, void *ctx);

/*! \brief Calls `observe` for the name of each question of a DNS query. */
void observe_questions(const struct dns_message *message, const struct flow *flow,
                       observe_t observe, void *ctx);
