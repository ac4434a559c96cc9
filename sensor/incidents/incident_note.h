/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A note: what a worker reports to the process that keeps the incidents, about a hit or an
 *        intercepted mail.
 *
 * A note has a head of fixed size, and texts. It passes from process to process as octets. The
 * reader does not trust the octets: a note that is not whole, or has a wrong value, is refused.
 *
 * Limits: INCIDENT_NOTE_TEXTS texts of INCIDENT_TEXT_MAX octets, INCIDENT_NOTE_MAX octets in all;
 * further texts are left out, longer ones are cut.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief Octets of an incident's id. */
#define INCIDENT_ID_SIZE 16
/*! \brief Room for the id as text: hexadecimal, and NUL. */
#define INCIDENT_ID_MAX (2 * INCIDENT_ID_SIZE + 1)

#define INCIDENT_NOTE_TEXTS 160
#define INCIDENT_NOTE_MAX   ((size_t)16 << 10)
#define INCIDENT_TEXT_MAX   1024

/*! \brief The kinds of texts of a note. */
enum incident_role {
	INCIDENT_OWNER,    /*!< The hijacked name. A note about a rule has none. */
	INCIDENT_NETWORK,  /*!< The network of the client, with --separate. */
	INCIDENT_RULE,     /*!< rule.id of the hit. */
	INCIDENT_SEEN,     /*!< The observed value. */
	INCIDENT_EXPECTED, /*!< A value that was expected. */
	INCIDENT_REASON,   /*!< event.action of the hit, or a more exact reason. */
	INCIDENT_FROM,     /*!< The sender of a mail. */
	INCIDENT_RCPT,     /*!< A recipient of the mail. */
	INCIDENT_ROLES,
};

/*! \brief A text that may have any octets; borrowed. */
struct incident_text {
	enum incident_role role;
	const char *text;
	size_t size;
};

/*! \brief The part of a note with a fixed size. */
struct incident_head {
	uint8_t id[INCIDENT_ID_SIZE]; /*!< The id of the incident. */
	int64_t time_ns;              /*!< Packet time, as in events. */
	int64_t date_ns;              /*!< The time by the packet clock of the worker. */
	/*! The time at which `resolver` drops the record from its cache; 0: the hit is not about a
	 * cached record. */
	int64_t cached_until_ns;
	uint64_t mail; /*!< Identifies the mail, the same in all notes about it; 0: none. */
	struct in6_addr client, resolver;
	uint8_t severity; /*!< event.severity. */
	uint8_t hit;      /*!< 1: a hit; 0: only a mail. */
	uint8_t session;  /*!< 1: the note is about an SMTP session to a rogue server. */
	uint8_t accepted; /*!< 1: the server accepted a recipient of the mail. */
	uint8_t content;  /*!< 1: the content of the mail was transferred. */
	uint8_t tls;      /*!< 1: the session of the mail has TLS. */
	uint8_t unsure;   /*!< The packet clock is unsure: `date_ns` may be in the future. */
	uint8_t unused;
};

struct incident_note {
	struct incident_head head;
	size_t count;
	struct incident_text texts[INCIDENT_NOTE_TEXTS];
};

/*! \brief Adds a text to a note, unless the note is full. */
void incident_note_add(struct incident_note *note, enum incident_role role, const char *text,
                       size_t size);

/*! \brief Returns the first text of a role; NULL: there is none. */
const struct incident_text *incident_note_find(const struct incident_note *note,
                                               enum incident_role role);

/*!
 * \brief Writes a note as octets.
 *
 * \param room  The size of `to` in octets. INCIDENT_NOTE_MAX is always enough.
 *
 * \return The number of octets; 0 if `room` is too small.
 */
size_t incident_note_encode(const struct incident_note *note, uint8_t *to, size_t room);

/*! \brief Returns the number of octets of a note that incident_note_encode() has written. */
size_t incident_note_size(const uint8_t *octets);

/*!
 * \brief Reads a note from octets of any origin. The texts of the note are views into the octets.
 *
 * \return The number of octets that were read; 0 if they are not a valid note.
 */
size_t incident_note_decode(struct incident_note *note, const uint8_t *octets, size_t size);
