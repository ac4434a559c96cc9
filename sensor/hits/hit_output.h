/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the events of hits within the budget of events, and gathers the hits for which it
 *        has no room. Private to sensor/hits/.
 *
 * An event contains the whole message. If the budget has no room for that, it contains only the
 * record or recipient of the hit. If the budget has no room for that either, the hit is counted in
 * one event for all hits of its rule (gathered.h).
 *
 * All times are packet times. Events are valid until the next call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/packet_clock.h"
#include "sensor/events/event.h"
#include "sensor/events/event_repeat.h"
#include "sensor/hits/gathered.h"
#include "sensor/hits/hits.h"
#include "sensor/hits/output_budget.h"
#include "sensor/incidents/incident_source.h"

struct hit_output {
	const struct hits_config *config; /*!< Borrowed, as all pointers to const. */
	const struct packet_clock *clock;
	struct incident_source *incidents; /*!< The budget also pays for new incidents; borrowed. */
	struct event_writer *writer;
	struct event_repeater *repeater;
	struct output_budget budget;
	struct gathered *gathered;
	bool earned;          /* the budget knows the packets of the current message */
	size_t whole_size;    /* the octets of the last refused event with a whole message */
	size_t whole_message; /* the octets of that DNS message; 0: the event was about SMTP */
};

/*! \brief Initialises an output. \return False when out of memory; hit_output_end() is needed then,
 *         too. */
bool hit_output_init(struct hit_output *output, const struct hits_config *config,
                     const struct packet_clock *clock, struct incident_source *incidents);

/*! \brief Emits the events of gathered hits, and frees all memory. */
void hit_output_end(struct hit_output *output);

/*! \brief Starts a message. The budget earns only once for all its hits, because no packets come
 *         and no time passes between them. */
void hit_output_begin(struct hit_output *output);

/*! \brief Gives the budget what the packets read so far and the time passed have earned. */
void hit_output_earn(struct hit_output *output);

/*! \brief Reports the gathered hits that have waited long enough. */
void hit_output_tick(struct hit_output *output);

/*! \brief Returns whether a hit may have an event of its own. */
bool hit_output_has_room(struct hit_output *output, const struct event_subject *subject,
                         enum rule_severity severity);

/*!
 * \brief Writes the event of a hit, or gathers the hit.
 *
 * \param evidence  Receives the packets; may be NULL.
 * \param group     The number of the rule by hit_rules_group(), in case the hit is gathered.
 *
 * \return NULL if the hit was gathered with other hits of its rule, or is not chosen.
 */
const struct event *hit_output_write(struct hit_output *output, const struct event_subject *subject,
                                     const struct event_hit *hit, struct evidence *evidence,
                                     uint64_t group);

/*! \brief Counts a hit in the one event for all hits of its rule. A hit of a row of the history is
 *         not gathered, but counted in `events_dropped`. */
void hit_output_gather(struct hit_output *output, const struct event_subject *subject,
                       const struct event_hit *hit, uint64_t group);

/*! \brief Does the same as hit_output_gather(), if other hits of the rule are being gathered
 *         already. \return False if they are not; the hit was then not counted. */
bool hit_output_count(struct hit_output *output, const struct event_subject *subject,
                      uint64_t group);

/*! \brief Pays for the events of the incident of a hit, if they are not yet paid for and the budget
 *         has room. This is for a hit that has no event of its own. */
void hit_output_pay_incident(struct hit_output *output, const struct event_subject *subject,
                             enum rule_severity severity);

/*! \brief Writes the event of `--log` for a message. \return NULL if it has no room. */
const struct event *hit_output_write_log(struct hit_output *output,
                                         const struct event_subject *subject);

/*! \brief Counts an event, and passes it to `config->emit`. NULL is an event that could not be
 *         written, and is counted in `events_dropped`. */
void hit_output_emit(struct hit_output *output, const struct event *event);

/*! \brief Writes and passes on the event of repeated hits; `ctx` is a struct hit_output. */
void hit_output_emit_repeat(void *ctx, const struct event_copy *copy,
                            const struct event_repeat *repeat);
