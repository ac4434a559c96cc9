/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief From observations to events: matches, tells each hit once, holds back repeats.
 *
 * A message yields one hit for a rule and a value, at the first place that
 * shows it. Limit: HITS_MESSAGE_MAX different hits of one message; what goes
 * beyond is counted as dropped.
 */
#pragma once

#include <stdint.h>

#include "rules/observation.h"
#include "rules/ruleset/ruleset.h"
#include "sensor/events/event.h"
#include "sensor/metrics/counters.h"

#define HITS_MESSAGE_MAX 512

/*! \brief Receives each event, in order; views live during the call. */
typedef void (*hits_emit_t)(void *ctx, const struct record *record);

/*!
 * \brief Learns of each hit of a DNS message, held back or not.
 *
 * \param event_id  "" when the hit is held back.
 */
typedef void (*hits_learn_t)(void *ctx, const struct observation *seen,
                             const struct rule_view *rule, const char *event_id);

struct hits;

struct hits_config {
	const struct ruleset *rules; /*!< Borrowed; see hits_set_rules(). */
	struct counters *counters;   /*!< Borrowed. */
	const char *sensor;          /*!< Borrowed. */
	int64_t suppress_ns;         /*!< 0: every hit is emitted. */
	hits_emit_t emit;
	void *ctx;
	hits_learn_t learn; /*!< NULL: nobody wants to know. */
	void *learn_ctx;
};

/*! \return NULL without memory. */
struct hits *hits_new(const struct hits_config *config);

/*! \brief Tells what is held back, and frees. */
void hits_free(struct hits *hits);

/*! \brief Exchanges the rules; the old set is the caller's to free. */
void hits_set_rules(struct hits *hits, const struct ruleset *rules);

/*! \brief Starts a message: what was told of the one before is forgotten. */
void hits_begin(struct hits *hits, const struct event_subject *subject);

/*! \brief Whether a rule looks at an observation's `origins`. */
bool hits_ask_origins(const struct hits *hits);

/*!
 * \brief Asks of one observation of the message whether it may be a hit. Fits observe_t.
 *
 * Cheaper than hits_see(), which need not be called for any if none is possible.
 */
void hits_ask(void *hits, const struct observation *seen, const char *field, int section);

/*! \brief Whether any of those asked for may be a hit. */
bool hits_are_possible(struct hits *hits);

/*!
 * \brief Matches one observation of the message; what it hits is told at once.
 *
 * Fits observe_t, so that observe_dns() can tell it directly.
 */
void hits_see(void *hits, const struct observation *seen, const char *field, int section);

/*! \brief Tells a hit that no observation met: a mail that was intercepted. */
void hits_emit(struct hits *hits, const struct event_subject *subject, const struct event_hit *hit);

/*! \brief Tells the message as a log event. */
void hits_log(struct hits *hits, const struct event_subject *subject);

/*! \brief Tells repeats whose window has passed at this packet time. */
void hits_tick(struct hits *hits, int64_t time_ns);
