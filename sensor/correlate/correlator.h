/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Correlates DNS with SMTP: an address that a hit DNS answer gave is watched, so that a
 *        mail session to it is reported as intercepted.
 *
 * One correlator for each worker; see correlator_shared.h for what they share. Detection
 * reports the hits of a DNS message with correlator_learn(), ends the message with
 * correlator_message(), and asks for each mail session whether its server is watched.
 *
 * Workers of a replay read different files, at different packet times. The result must not
 * depend on how far each of them is: a message without a hit may give the address of an
 * exchange that another worker has not read about yet. Such messages are deferred until all
 * workers have passed their time, and a look-up waits until all that is earlier is settled.
 *
 * A mail server need not be named by the message that has a hit: the addresses of the exchange
 * of a hit MX are followed through subsequent answers and CNAME records.
 *
 * Limits: CORRELATOR_HITS_MAX hits of a message are compared to find the one that explains an
 * address best; the exchanges and addresses of all hits are watched. Of the addresses that
 * neither answer the question nor are what a rule is about, 256 of a message are watched, and
 * they do not displace others (fair_table.h). Deferred messages are bounded as in deferred.h: a
 * worker that is too far ahead waits. Time is packet time.
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
#include "sensor/events/transcript.h"

#define CORRELATOR_HITS_MAX 64

struct correlator;

/*!
 * \brief Creates the correlator of a worker.
 *
 * \param shared  Borrowed.
 * \param stop    True when a wait for other workers must end.
 *
 * \return NULL when out of memory.
 */
struct correlator *correlator_new(struct correlator_shared *shared, unsigned worker,
                                  bool (*stop)(void));
void correlator_free(struct correlator *correlator);

/*! \brief Notes the time of the next packet. */
void correlator_packet(struct correlator *correlator, int64_t time_ns);

/*! \brief Starts a DNS message to this client, who is borrowed until correlator_message(). */
void correlator_begin(struct correlator *correlator, const struct in6_addr *client);

/*! \brief Takes a hit of the current DNS message; fits hits_learn_t. */
void correlator_learn(void *correlator, const struct observation *seen,
                      const struct rule_view *rule, const char *event_id);

/*! \brief Ends the current DNS message, after all of its hits. */
void correlator_message(struct correlator *correlator, const struct dns_message *message,
                        int64_t now_ns);

/*! \brief True, and `cause` filled in, if the server is watched at this time. May wait. */
bool correlator_find_server(struct correlator *correlator, const struct in6_addr *server,
                            int64_t time_ns, struct watch_cause *cause);

/*! \brief Counts the mail that has just ended in an intercepted session. May wait. */
void correlator_count_mail(struct correlator *correlator, const struct transcript *transcript,
                           const struct watch_cause *cause, int64_t time_ns);

/*! \brief Counts an intercepted session at its end, after its mails. May wait. */
void correlator_count_session(struct correlator *correlator, const struct transcript *transcript,
                              const struct watch_cause *cause, int64_t time_ns);

/*! \brief Settles all deferred messages; the worker has read its last packet. */
void correlator_finish(struct correlator *correlator);

/*! \brief Addresses and exchanges that gave way to this worker's before their time. */
uint64_t correlator_lost(const struct correlator *correlator);
