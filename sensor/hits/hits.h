/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Matches observations with rules, emits an event for each hit, and suppresses repeats.
 *
 * A message has one hit for each pair of rule and value. If the value occurs several times, only
 * its first occurrence is reported. Limit: HITS_MESSAGE_MAX different hits of one message; further
 * hits are gathered by rule (gathered.h).
 */
#pragma once

#include <stdint.h>

#include "base/memory/memory_budget.h"
#include "rules/observation.h"
#include "rules/ruleset/ruleset.h"
#include "sensor/events/event.h"
#include "sensor/evidence/evidence.h"
#include "sensor/hits/hit_choice.h"
#include "sensor/incidents/incident_source.h"
#include "sensor/metrics/counters.h"
#include "sensor/metrics/rule_hits.h"

#define HITS_MESSAGE_MAX 512

/*! \brief Receives each event, in order. Its views live until the call returns. */
typedef void (*hits_emit_t)(void *ctx, const struct record *record);

/*!
 * \brief Receives each hit of a DNS response or of a row of the history, with or without an event.
 *        Of changes of a baseline it receives those with the severity high or critical.
 *
 * \param rule      If its `id` is NULL, only its number, severity and action are set, because few
 *                  hits need the texts.
 * \param event_id  event.id of the hit's event; an empty text if it has no event of its own.
 *
 * \return False if the texts are needed; the hit is then passed again with them.
 */
typedef bool (*hits_learn_t)(void *ctx, const struct observation *seen,
                             const struct rule_view *rule, const char *event_id);

struct hits;

struct hits_config {
	const struct ruleset *rules; /*!< Borrowed; see hits_set_rules(). */
	struct counters *counters;   /*!< Borrowed. */
	/*! Counts hits by rule in memory that workers share; NULL: they are not counted. */
	struct rule_hits *rule_hits;
	const char *sensor; /*!< The value of observer.name; borrowed. */
	/*! The budget of all tables; NULL: each table has only its own limit. */
	struct memory_budget *memory;
	/*! Time window in which repeats are suppressed; 0: no repeat is suppressed. */
	int64_t suppress_ns;
	/*! The hits to report. The others are neither counted nor suppressed, but the addresses in
	 * them are watched. */
	struct hit_choice choice;
	/*! Receives the packets of hits; borrowed; NULL: they are not written. */
	struct evidence *evidence;
	hits_emit_t emit; /*!< Receives events; called with `ctx`. */
	void *ctx;
	/*! Receives hits of DNS responses and of rows; called with `learn_ctx`; may be NULL. */
	hits_learn_t learn;
	void *learn_ctx;
	/*! Receives a note of each hit, suppressed or not, and of each intercepted mail; called
	 * with `ctx`. NULL: hits have no incident. */
	incident_take_t note;
};

/*!
 * \brief Creates an object that matches observations and emits events. `config` is copied. \return
 *        NULL when out of memory.
 */
struct hits *hits_new(const struct hits_config *config);

/*! \brief Emits the events of suppressed repeats, and frees the object. */
void hits_free(struct hits *hits);

/*! \brief Replaces the rules. The caller then frees the old set. */
void hits_set_rules(struct hits *hits, const struct ruleset *rules);

/*!
 * \brief Starts a message. Values that were reported for the previous message can be reported
 *        again.
 */
void hits_begin(struct hits *hits, const struct event_subject *subject);

/*!
 * \brief Returns false if no rule can match an observation of this kind with this address, at any
 *        time.
 */
bool hits_may_be(const struct hits *hits, enum observation_kind kind, const struct in6_addr *addr);

/*! \brief Returns the number of times that the rules were replaced. */
unsigned hits_replacements(const struct hits *hits);

/*!
 * \brief Returns true if any rule matches the observation, even if hits_see() would suppress the
 *        hit as a repeat.
 */
bool hits_would_be(const struct hits *hits, const struct observation *seen);

/*! \brief Returns the kinds of all `pin` rules, as bits; see ruleset_pinned(). */
unsigned hits_pinned(const struct hits *hits);

/*!
 * \brief Adds an observation of the message to those that hits_are_possible() examines. It can be
 *        used as an observe_t.
 *
 * hits_ask() is cheaper than hits_see(). If hits_are_possible() returns false, hits_see() need not
 * be called.
 */
void hits_ask(void *hits, const struct observation *seen, const char *field, int section);

/*!
 * \brief Returns a flag that becomes true when an observation that was given to hits_ask() may be a
 *        hit. Further observations of the message then need not be given to hits_ask(). The flag
 *        lives as long as the object.
 */
const bool *hits_passed(const struct hits *hits);

/*! \brief Returns true if any observation that was given to hits_ask() may be a hit. */
bool hits_are_possible(struct hits *hits);

/*!
 * \brief Matches one observation of the message and emits its hits. It can be used as an observe_t.
 */
void hits_see(void *hits, const struct observation *seen, const char *field, int section);

/*! \brief Returns true if the message had a hit since hits_begin(). */
bool hits_were_emitted(const struct hits *hits);

/*!
 * \brief Emits the event of an intercepted mail session, a hit that does not come from matching an
 *        observation.
 */
void hits_emit(struct hits *hits, const struct event_subject *subject, const struct event_hit *hit);

/*! \brief A change of a learned baseline. */
struct hits_change {
	const struct event_change *change;
	const char *field; /*!< Name of the event field that contains the value. */
	int section;       /*!< enum dns_section */
	int severity;      /*!< enum rule_severity; -1: that of the rule. */
};

/*!
 * \brief Emits the event of a change of a learned baseline. It is never suppressed, because a
 *        baseline reports each change once. A change of high or critical severity is also passed to
 *        `learn`.
 *
 * \param met  The `learn` rule.
 */
void hits_change(struct hits *hits, const struct ruleset_hit *met, const struct observation *seen,
                 const struct hits_change *change);

/*!
 * \brief Passes a note of intercepted mail to `config->note`. Call it when a mail to a watched
 *        server has ended, or when a session with such a server has ended and no mail was visible
 *        in it.
 *
 * \param rule     The rule of the DNS hit.
 * \param content  Content of the mail was transferred.
 */
void hits_note_mail(struct hits *hits, const struct event_subject *subject,
                    const struct rule_view *rule, bool content);

/*!
 * \brief Adds a mail to the incidents of the rules that the server of its session matches.
 *
 * \param server  The observation of the server, whose hits were reported before.
 */
void hits_note_mail_to(struct hits *hits, const struct event_subject *subject,
                       const struct observation *server, bool content);

/*! \brief Emits the message as a log event. */
void hits_log(struct hits *hits, const struct event_subject *subject);

/*! \brief Sets the packet time. Emits the events of repeats and of gathered hits whose time is
 *         over, and passes on the waiting notes of incidents. */
void hits_tick(struct hits *hits, int64_t time_ns);
