/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What a DNS message makes watched: learns the message's hits, then goes
 *        through its addresses.
 *
 * Limit: JOIN_HITS hits of a message are remembered; an address is watched
 * whatever their number.
 */
#pragma once

#include "parsers/dns.h"
#include "rules/observation.h"
#include "rules/ruleset.h"
#include "sensor/watch.h"

#define JOIN_HITS 16

struct join;

/*! \param watch  Borrowed. \return NULL without memory. */
struct join *join_new(struct watch *watch);
void join_free(struct join *join);

/*! \brief Takes a hit of the message at hand; fits hits_learn_t. */
void join_learn(void *join, const struct observation *seen, const struct rule_view *rule,
                const char *event_id);

/*! \brief Ends the message at hand: its hits are all learned. */
void join_message(struct join *join, const struct dns_message *message, int64_t now_ns);
