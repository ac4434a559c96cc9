/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What a DNS message makes watched: learns the message's hits, then goes
 *        through its addresses.
 *
 * Workers of a replay read different files, and are not at the same packet time. What
 * one of them makes of its messages must not depend on how far the others are: a message
 * without a hit may give the address of an exchange that another has yet to read of, so it
 * is kept until all have passed its time, and nothing is said of an address before all is
 * settled by then.
 *
 * Limits: CORRELATOR_HITS_MAX hits of a message are remembered; an address is watched
 * whatever their number. Messages are kept as later.h says: a worker that is further
 * ahead waits.
 */
#pragma once

#include "parsers/dns/dns.h"
#include "rules/observation.h"
#include "rules/ruleset/ruleset.h"
#include "sensor/correlate/watch.h"
#include "sensor/correlate/watermarks.h"

#define CORRELATOR_HITS_MAX 16

struct correlator;

/*! \param watch  Borrowed. \return NULL without memory. */
struct correlator *correlator_new(struct watch *watch);
void correlator_free(struct correlator *correlator);

/*!
 * \brief Others watch, too, each at its own packet time.
 *
 * \param stop  Ends a wait for them.
 *
 * \return False without memory.
 */
bool correlator_share(struct correlator *correlator, struct watermarks *watermarks, unsigned worker,
                      bool (*stop)(void));

/*! \brief A packet of this time comes next. */
void correlator_read(struct correlator *correlator, int64_t time_ns);

/*! \brief Waits until what is watched at this time is known, if it is not. */
void correlator_settle(struct correlator *correlator, int64_t time_ns);

/*! \brief There are no more messages: settles all. */
void correlator_finish(struct correlator *correlator);

/*! \brief Takes a hit of the message at hand; fits hits_learn_t. */
void correlator_learn(void *correlator, const struct observation *seen,
                      const struct rule_view *rule, const char *event_id);

/*! \brief Ends the message at hand: its hits are all learned. */
void correlator_message(struct correlator *correlator, const struct dns_message *message,
                        int64_t now_ns);
