/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rules that `nsmx_hits_total` is divided by: a place in the counters for each rule.id
 *        and severity.
 *
 * The places are in memory that all workers share, so that a rule has the same place in all of
 * them, and keeps it when the rules are reloaded. The first RULE_HITS_MAX rules that have hits get
 * a place; the hits of further ones, and of ids that are no texts of less than RULE_HITS_ID
 * octets, are counted for each severity, under the label "other".
 *
 * No process waits for another: a place that another process has not yet finished is passed over,
 * so a rule may have two places, whose counters rule_hits_each() adds up. It copies and checks each
 * place, because a worker under the control of an attacker can write anything there.
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
 * \brief Calls `cb` for each rule and severity once, and for the other rules of each severity,
 * whose number may be 0.
 */
void rule_hits_each(const struct rule_hits *rules, const struct counters *counters, rule_hits_cb cb,
                    void *ctx);
