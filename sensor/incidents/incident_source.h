/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes notes of the hits of a worker.
 *
 * The events of an incident must not be more output than its packets allow. The first hit of each
 * incident therefore pays for them: it takes INCIDENT_PRICE octets from the budget of events
 * (sensor/hits/output_budget.h). If the budget has too little, the hit is in no incident and is
 * counted as dropped, and the next hit of the incident tries to pay.
 *
 * After a large step forward, the packet clock is unsure whether the stamp was wrong. Notes then
 * wait for the next packet. A wrong stamp thus ends no incidents, and after a true gap in time hits
 * do not continue an incident that has ended.
 *
 * Limits: at most INCIDENT_SOURCE_PAID incidents that have paid are remembered, which is more than
 * can be open at a time; an incident that was forgotten pays again. At most
 * INCIDENT_SOURCE_WAITING octets of notes wait; further notes are passed on at once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/packet_clock.h"
#include "base/writer.h"
#include "sensor/incidents/incident_hit.h"
#include "sensor/metrics/counters.h"

/*! \brief The octets that a new incident takes from the budget for its events. */
#define INCIDENT_PRICE       4096
#define INCIDENT_SOURCE_PAID 32768
/*! \brief The number of places in `paid` where an id may be. */
#define INCIDENT_SOURCE_WAYS    4
#define INCIDENT_SOURCE_WAITING ((size_t)256 << 10)

/*! \brief Receives a note. Its views live until the call returns. */
typedef void (*incident_take_t)(void *ctx, const struct incident_note *note);

/*! \brief All fields must be zero before incident_source_init(). */
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

/*! \brief Passes on the waiting notes, and frees their memory. */
void incident_source_end(struct incident_source *source, const struct packet_clock *clock);

/*! \brief Finds the incident of a hit, and sets `incident` of the hit. */
void incident_source_identify(struct incident_source *source, struct domains *domains,
                              const struct event_subject *subject, struct event_hit *hit);

/*! \brief Returns what the current incident must pay: INCIDENT_PRICE, or 0 if it has paid. */
size_t incident_source_price(struct incident_source *source);
/*! \brief Records that the current incident has paid. */
void incident_source_pay(struct incident_source *source);

/*! \brief Passes on the note of a hit of the current incident. */
void incident_source_hit(struct incident_source *source, const struct packet_clock *clock,
                         const struct event_subject *subject, const struct event_hit *hit);

/*! \brief Passes on the note of a mail of the current incident; see incident_note_mail(). */
void incident_source_mail(struct incident_source *source, const struct packet_clock *clock,
                          const struct event_subject *subject, bool content);

/*! \brief Passes on the waiting notes. */
void incident_source_pass(struct incident_source *source, const struct packet_clock *clock);

/*! \brief Passes on the waiting notes, unless the clock is unsure. */
static inline void incident_source_settle(struct incident_source *source,
                                          const struct packet_clock *clock)
{
	if (writer_size(&source->waiting) > 0 && !clock->unsure) {
		incident_source_pass(source, clock);
	}
}
