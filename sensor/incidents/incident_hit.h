/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the incident of a hit, and makes the notes about hits and mails.
 *
 * There is one incident for each hijacked domain. This is the registrable domain of the hijacked
 * name, or the whole name if it has no such domain. The hijacked name is found as follows:
 *
 *   - For a session with a watched server, it is the owner in the DNS hit because of which the
 *     server is watched.
 *   - For a rogue resolver that claims to be authoritative (AA), it is the name in the question.
 *   - For other hits, it is `owner` of the observation, for example of a DNS record.
 *
 * Some hits have no hijacked name. Their incident is that of the rule:
 *
 *   - most hits in a session with a server that is not watched, which have no `owner`;
 *   - a hit of the kind name, because the indicator is the name itself;
 *   - an address record whose owner is the name of a rogue name server;
 *   - a resolver that does not claim to be authoritative.
 *
 * The id is a hash of the domain or of rule.id, and of the network (`--separate`). It is therefore
 * the same in every run, worker and sensor, and when the incident comes again.
 */
#pragma once

#include "base/dns_name.h"
#include "sensor/events/event.h"
#include "sensor/flow/domains.h"
#include "sensor/flow/flow.h"
#include "sensor/incidents/incident_note.h"

/*! \brief The incident of a hit. All fields must be zero before the first call of
 *         incident_identify(). */
struct incident_identity {
	uint8_t id[INCIDENT_ID_SIZE];
	char id_text[INCIDENT_ID_MAX];
	char owner[DNS_NAME_TEXT_MAX];
	size_t owner_at, owner_size;    /*!< The domain in `owner`; size 0: none. */
	char network[FLOW_NETWORK_MAX]; /*!< Empty without --separate. */
	/*! The hijacked name of the latest hit, kept so that the next hit with this name is
	 * identified faster. Size 0: no hit had such a name, or --separate is given. */
	struct dns_name named;
};

/*! \brief Memory for texts of a note. */
struct incident_scratch {
	char value[EVENT_VALUE_MAX];
};

void incident_identify(struct incident_identity *identity, struct domains *domains,
                       const struct event_subject *subject, const struct event_hit *hit);

/*!
 * \brief Writes the id that an incident has without --separate.
 *
 * \param owner  The domain of the incident.
 * \param rule   The rule.id. It is used if `owner_size` is 0: the incident is then that of a rule.
 */
void incident_id_of(char text[INCIDENT_ID_MAX], const char *owner, size_t owner_size,
                    const char *rule, size_t rule_size);

/*! \brief Makes the note of a hit. The note has views into all arguments. */
void incident_note_hit(struct incident_note *note, struct incident_scratch *scratch,
                       const struct incident_identity *identity,
                       const struct event_subject *subject, const struct event_hit *hit);

/*!
 * \brief Makes the note of a mail, with the sender and the recipients in the transcript. Call it at
 *        the end of the mail, or at the end of a session in which no mail has ended.
 *
 * \param content  Content of the mail was transferred.
 */
void incident_note_mail(struct incident_note *note, const struct incident_identity *identity,
                        const struct event_subject *subject, bool content);
