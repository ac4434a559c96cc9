/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Correlates DNS with SMTP. The addresses in a DNS message that matched a rule are watched;
 *        an SMTP session to a watched address is reported as intercepted mail.
 *
 * Each worker has a correlator. correlator_shared.h has the data that all correlators share. For
 * each DNS response, sensor/detect/ calls correlator_begin(). Then sensor/hits/ calls
 * correlator_learn() for each hit. At the end sensor/detect/ calls correlator_message().
 * sensor/mail/ calls correlator_find_server() for an SMTP session, to look up the server.
 *
 * Workers of a replay read different files, at different packet times, but the result must not
 * depend on how far each of them has read. A message without a hit may contain the address of a
 * mail exchanger that another worker will only later find in a matched MX record. A message without
 * a hit is therefore deferred until all workers have reached the packet time of the message. Then
 * it is read again. A look-up waits until all earlier deferred messages have been read again.
 *
 * The message with the hit need not contain the address of the mail server. The addresses of the
 * mail exchanger in a matched MX record are found in later answers, even if the exchanger is an
 * alias (CNAME).
 *
 * Limits: at most LEARNED_HITS_MAX hits of a message (learned_hits.h) are compared to find the hit
 * that best explains an address; the exchanges and addresses of all hits are watched. A message may
 * also contain addresses that neither answer its question nor are in a record with a hit. At most
 * 256 of these are watched, and they never replace reserved ones (fair_table.h). The size of
 * deferred messages is limited (deferred.h); at the limit, the worker waits for the other workers.
 *
 * Time is that of a packet clock, so that neither a step back of the capture's clock nor a single
 * stamp from the future hides mail.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "parsers/dns/dns.h"
#include "rules/observation.h"
#include "rules/ruleset/ruleset.h"
#include "sensor/correlate/correlator_shared.h"
#include "sensor/correlate/watch_cause.h"

struct correlator;

/*!
 * \brief Creates the correlator of a worker.
 *
 * \param shared  Borrowed.
 * \param stop    Called during a wait for other workers; the wait ends when it returns true.
 *
 * \return NULL when out of memory.
 */
struct correlator *correlator_new(struct correlator_shared *shared, unsigned worker,
                                  bool (*stop)(void));
void correlator_free(struct correlator *correlator);

/*!
 * \brief Sets the packet time, and records it for the other workers. Call it for each packet before
 *        the packet is processed. It does nothing if the workers have no watermarks
 *        (correlator_shared.h); correlator_tick() then sets the time.
 */
void correlator_packet(struct correlator *correlator, int64_t time_ns);

/*! \brief Sets the packet time only. One call a millisecond is enough. */
void correlator_tick(struct correlator *correlator, int64_t time_ns);

/*!
 * \brief Starts a DNS message to a client.
 *
 * Mail is correlated only with answers in its own network.
 *
 * \param network  The client's network; NULL: networks are not separated. `client` and `network`
 *                 are borrowed until correlator_message().
 */
void correlator_begin(struct correlator *correlator, const struct network_id *network,
                      const struct in6_addr *client);

/*!
 * \brief Adds a hit of the current DNS message. It can be used as a hits_learn_t.
 *
 * \return False, with nothing changed, if the texts of the rule are needed but not set.
 */
bool correlator_learn(void *correlator, const struct observation *seen,
                      const struct rule_view *rule, const char *event_id);

/*!
 * \brief Ends the current DNS message, and watches its addresses. Call it after all hits of the
 *        message were added.
 */
void correlator_message(struct correlator *correlator, const struct dns_message *message,
                        int64_t time_ns);

/*!
 * \brief Returns true and sets `cause` if the server is watched at this time. The call may wait for
 *        other workers.
 */
bool correlator_find_server(struct correlator *correlator, const struct network_id *network,
                            const struct in6_addr *server, int64_t time_ns,
                            struct watch_cause *cause);

/*!
 * \brief Waits until the other workers of a replay have read all packets before this time. What was
 *        learned from earlier packets is then complete.
 */
void correlator_await(struct correlator *correlator, int64_t time_ns);

/*! \brief Reads all deferred messages again. Call it after the last packet of the worker. */
void correlator_finish(struct correlator *correlator);

/*!
 * \brief Returns the number of watched addresses and exchanges that were replaced, before they
 *        expired, by new ones of this worker.
 */
uint64_t correlator_lost(const struct correlator *correlator);
