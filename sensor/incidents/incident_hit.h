/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the incident of a hit, and makes the notes about hits and mails.
 *
 * The incident of a hit is that of the registrable domain of the record's owner, whose answer was
 * changed; of a mail to a watched server, that of the owner in the DNS hit because of which the
 * server is watched. Where no hijacked name can be named, it is that of the rule: in a session with
 * a server that is not watched, for a `name` rule, whose indicator is the name itself, for an
 * address of a rogue server's own name, and for a resolver that does not claim to be
 * authoritative.
 *
 * The id is a hash of that name or of rule.id, and of the network (`--separate`). It is therefore
 * the same in every run, worker and sensor, and when the incident comes again.
 */
#pragma once

#include "base/dns_name.h"
#include "sensor/events/event.h"
#include "sensor/flow/domains.h"
#include "sensor/flow/flow.h"
#include "sensor/incidents/incident_note.h"

/*! \brief The incident of a hit. Zero before the first one. */
struct incident_identity {
	uint8_t id[INCIDENT_ID_SIZE];
	char id_text[INCIDENT_ID_MAX];
	char owner[DNS_NAME_TEXT_MAX];
	size_t owner_at, owner_size;    /*!< The part of `owner`; size 0: there is none. */
	char network[FLOW_NETWORK_MAX]; /*!< Empty: there is none. */
	/*! The hijacked name of which this is the incident, in no separate network; size 0: none.
	 */
	struct dns_name named;
};

/*! \brief Memory for texts of a note. */
struct incident_scratch {
	char value[EVENT_VALUE_MAX];
};

void incident_identify(struct incident_identity *identity, struct domains *domains,
                       const struct event_subject *subject, const struct event_hit *hit);

/*!
 * \brief Writes the id of the incident of a name or, if `owner_size` is 0, of a rule, without
 *        --separate.
 */
void incident_id_of(char text[INCIDENT_ID_MAX], const char *owner, size_t owner_size,
                    const char *rule, size_t rule_size);

/*! \brief Makes the note of a hit. It has views into all arguments. */
void incident_note_hit(struct incident_note *note, struct incident_scratch *scratch,
                       const struct incident_identity *identity,
                       const struct event_subject *subject, const struct event_hit *hit);

/*!
 * \brief Makes the note of a mail that has ended, with the sender and the recipients of the
 *        transcript; of a session without a visible mail, at its end.
 */
void incident_note_mail(struct incident_note *note, const struct incident_identity *identity,
                        const struct event_subject *subject, bool content);
