/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Divides the counter `nsmx_hits_total` by rule. Each pair of rule.id and severity has a
 *        place in `hits_by_rule` of struct counters.
 *
 * The list of places is in memory that all workers share, so that a rule has the same place in the
 * counters of all workers, and keeps the place when the rules are reloaded. About RULE_HITS_MAX
 * places are given, to the first rules that have hits. All other hits are counted by severity only,
 * under the label "other": those of further rules, and those of a rule whose id is empty or
 * "other", is not UTF-8, contains a control character, or has RULE_HITS_ID octets or more.
 *
 * No process waits for another: a place that another process has not yet finished is passed over.
 * A rule may therefore have two places; rule_hits_each() adds up their counters. It also copies and
 * checks each place, because a worker that an attacker controls can write anything there.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rules/rule.h"
#include "sensor/metrics/counters.h"

/*! \brief Room for an id, NUL included. */
#define RULE_HITS_ID    128
#define RULE_HITS_MAX   100
#define RULE_HITS_OTHER "other"

struct rule_hits;

/*! \brief \return NULL when out of memory. */
struct rule_hits *rule_hits_new(void);
/*! \brief NULL is allowed. */
void rule_hits_free(struct rule_hits *rules);

/*! \brief Counts a hit in `hits_by_rule` of the counters of this process. */
void rule_hits_count(struct rule_hits *rules, struct counters *counters, const char *id,
                     size_t size, enum rule_severity severity);

/*! \brief Receives a rule with its hits. `id` lives until the call returns. */
typedef void (*rule_hits_cb)(void *ctx, enum rule_severity severity, const char *id, uint64_t hits);

/*!
 * \brief Calls `cb` once for each rule and severity, and then once for each severity with the id
 *        RULE_HITS_OTHER and the hits of all other rules, which may be 0.
 */
void rule_hits_each(const struct rule_hits *rules, const struct counters *counters, rule_hits_cb cb,
                    void *ctx);
