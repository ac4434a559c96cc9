/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the events of hits within the budget of events, and gathers the hits for which it
 *        has no room. Private to sensor/hits/.
 *
 * An event has its whole message, or only the record or recipient of the hit if the budget has no
 * room for the message. A hit for which it has no room either is counted in one event for all hits
 * of its rule (gathered.h).
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
	struct incident_source *incidents; /*!< New incidents are paid for; borrowed. */
	struct event_writer *writer;
	struct event_repeater *repeater;
	struct output_budget budget;
	struct gathered *gathered;
	bool earned;          /* the budget knows the packets of the current message */
	size_t whole_size;    /* of the last event with a whole message that was refused */
	size_t whole_message; /* the octets of that message; 0: it was of SMTP */
};

/*! \brief Initialises an output. \return False when out of memory; hit_output_end() is needed then,
 *         too. */
bool hit_output_init(struct hit_output *output, const struct hits_config *config,
                     const struct packet_clock *clock, struct incident_source *incidents);

/*! \brief Emits the events of gathered hits, and frees all memory. */
void hit_output_end(struct hit_output *output);

/*! \brief Starts a message. No packets come and no time passes between its hits. */
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
 * \param group     Identifies the rule for hits that are gathered.
 *
 * \return NULL if the hit was gathered with other hits of its rule, or is not chosen.
 */
const struct event *hit_output_write(struct hit_output *output, const struct event_subject *subject,
                                     const struct event_hit *hit, struct evidence *evidence,
                                     uint64_t group);

/*! \brief Counts a hit in the one event for all of its rule. A row is not gathered with others. */
void hit_output_gather(struct hit_output *output, const struct event_subject *subject,
                       const struct event_hit *hit, uint64_t group);

/*! \brief Counts a hit whose rule has such an event already. \return False if it has none. */
bool hit_output_count(struct hit_output *output, const struct event_subject *subject,
                      uint64_t group);

/*! \brief Pays for the events of the incident of a hit that has no event of its own, if they are
 *         not paid for and the budget has room. */
void hit_output_pay_incident(struct hit_output *output, const struct event_subject *subject,
                             enum rule_severity severity);

/*! \brief Writes the event of `--log` for a message. \return NULL if it has no room. */
const struct event *hit_output_write_log(struct hit_output *output,
                                         const struct event_subject *subject);

/*! \brief Passes on and counts an event; NULL: an event that could not be written. */
void hit_output_emit(struct hit_output *output, const struct event *event);

/*! \brief Writes and passes on the event of repeated hits; `ctx` is a struct hit_output. */
void hit_output_emit_repeat(void *ctx, const struct event_copy *copy,
                            const struct event_repeat *repeat);
