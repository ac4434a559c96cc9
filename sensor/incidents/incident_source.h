/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes notes of the hits of a worker.
 *
 * The events of an incident must not be more output than its packets allow, so the first hit of
 * each incident pays for them from the budget of events (sensor/hits/output_budget.h). Hits of an
 * incident that could not pay are in no incident, and are counted.
 *
 * While the packet clock is unsure whether a step forward was wrong, notes wait for the next
 * packet, so that neither a wrong stamp ends incidents nor hits after a true gap are in the
 * incident before it.
 *
 * Limits: INCIDENT_SOURCE_PAID ids are remembered, more than there are open incidents; others pay
 * again; INCIDENT_SOURCE_WAITING octets
 * of waiting notes, further ones do not wait.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/packet_clock.h"
#include "base/writer.h"
#include "sensor/incidents/incident_hit.h"
#include "sensor/metrics/counters.h"

/*! \brief What the events of a new incident take from the budget, in octets. */
#define INCIDENT_PRICE       4096
#define INCIDENT_SOURCE_PAID 32768
/*! \brief Places that an id may have. */
#define INCIDENT_SOURCE_WAYS    4
#define INCIDENT_SOURCE_WAITING ((size_t)256 << 10)

/*! \brief Receives a note. Its views live until the call returns. */
typedef void (*incident_take_t)(void *ctx, const struct incident_note *note);

/*! \brief Set `take`, `ctx` and `counters`; all others are zero at the start. */
struct incident_source {
	incident_take_t take; /*!< NULL: hits have no incident. */
	void *ctx;
	struct counters *counters; /*!< Borrowed. */

	struct incident_identity current; /*!< The incident of the hit that was identified last. */
	uint64_t paid[INCIDENT_SOURCE_PAID];
	struct writer waiting; /*!< Encoded notes. */
	struct incident_note note;
	struct incident_scratch scratch;
};

void incident_source_init(struct incident_source *source, incident_take_t take, void *ctx,
                          struct counters *counters);

/*! \brief Passes on the notes that wait, and frees their memory. */
void incident_source_end(struct incident_source *source, const struct packet_clock *clock);

/*! \brief Finds the incident of a hit, and sets `incident` of the hit. */
void incident_source_identify(struct incident_source *source, struct domains *domains,
                              const struct event_subject *subject, struct event_hit *hit);

/*! \brief Returns what the current incident must pay: INCIDENT_PRICE, or 0 if it has paid. */
size_t incident_source_price(struct incident_source *source);
/*! \brief The current incident has paid. */
void incident_source_pay(struct incident_source *source);

/*! \brief Passes on the note of a hit of the current incident. */
void incident_source_hit(struct incident_source *source, const struct packet_clock *clock,
                         const struct event_subject *subject, const struct event_hit *hit);

/*! \brief Passes on the note of a mail of the current incident; see incident_note_mail(). */
void incident_source_mail(struct incident_source *source, const struct packet_clock *clock,
                          const struct event_subject *subject, bool content);

/*! \brief Passes on the notes that wait. */
void incident_source_pass(struct incident_source *source, const struct packet_clock *clock);

/*! \brief Passes on the notes that wait, if the clock is sure. */
static inline void incident_source_settle(struct incident_source *source,
                                          const struct packet_clock *clock)
{
	if (writer_size(&source->waiting) > 0 && !clock->unsure) {
		incident_source_pass(source, clock);
	}
}
