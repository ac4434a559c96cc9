/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The transcript of an SMTP session so far, for its events.
 *
 * Ownership: the transcript owns its texts. Each is cut at TRANSCRIPT_TEXT_MAX octets and
 * may hold any octets. The texts of a mail are many and short-lived: as long as they fit
 * they are in `room`, which the owner of the transcript provides.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/smtp/smtp.h"

#define TRANSCRIPT_TEXT_MAX       1024
#define TRANSCRIPT_RECIPIENTS_MAX 128 /*!< Kept of one mail; all are matched. */
#define TRANSCRIPT_NAMES_MAX      64  /*!< Alternative names kept of a certificate. */
#define TRANSCRIPT_ROOM           640 /*!< Octets that are enough for most mails. */

struct transcript_text {
	char *text; /*!< NULL: never seen. Not terminated. */
	size_t size;
};

struct transcript_recipient {
	struct transcript_text address;
	unsigned code;   /*!< The last reply of the server for it; 0: unknown. */
	uint64_t anchor; /*!< Where it was named, in the stream of the client, */
	int64_t time_ns; /*!< and when: it is matched when it is answered. */
};

struct transcript {
	char *room;       /*!< TRANSCRIPT_ROOM octets, borrowed, aligned as a pointer; or NULL. */
	size_t room_used; /*!< Octets of `room` used by the current mail. */

	/* Of the session. */
	struct transcript_text banner; /*!< The greeting's host name. */
	struct transcript_text helo;
	struct transcript_text auth; /*!< The mechanism; never the credentials. */
	struct transcript_text sni;
	uint16_t tls_version; /*!< That the server chose: 0x0303; 0: unknown. */
	struct transcript_text
	        certificate_name; /*!< The common name in the server's certificate. */
	struct transcript_text *certificate_names;
	size_t certificate_names_count;
	bool starttls;
	bool tls;     /*!< The server agreed to it. */
	bool content; /*!< Content of a mail was transferred, whole or in part. */
	uint64_t gap_bytes;

	/* Of the current mail. */
	struct transcript_text mail_from;
	struct transcript_text header[SMTP_HEADER_COUNT]; /*!< By enum smtp_header; raw. */
	bool smuggling; /*!< Its content has a dot line that a lax server takes for the end. */
	struct transcript_recipient
	        *recipients; /*!< Recipients of all mails, if the whole session is kept. */
	size_t recipients_count;
	size_t mail_at; /*!< Index of the first recipient of the current mail. */
	const struct transcript_recipient
	        *at_hand;    /*!< The recipient that is matched at the moment, or NULL. */
	unsigned reply_code; /*!< To the content of the mail; 0: unknown. */
};

/*! \brief Keeps a copy of a text of the session, cut at TRANSCRIPT_TEXT_MAX; when out of memory it
 *         stays unseen. */
void transcript_keep(struct transcript_text *kept, const char *text, size_t size);

/*! \brief As transcript_keep(), for a text of the current mail. */
void transcript_keep_of_mail(struct transcript *transcript, struct transcript_text *kept,
                             const char *text, size_t size);

/*!
 * \brief Adds a recipient with no reply yet.
 *
 * \return The recipient; NULL past TRANSCRIPT_RECIPIENTS_MAX or when out of memory.
 */
struct transcript_recipient *transcript_add_recipient(struct transcript *transcript,
                                                      const char *address, size_t size);

/*! \brief Adds an alternative name; nothing past TRANSCRIPT_NAMES_MAX or when out of memory. */
void transcript_add_certificate_name(struct transcript *transcript, const char *name, size_t size);

/*! \brief Forgets the header of the last mail. */
void transcript_forget_header(struct transcript *transcript);

/*!
 * \brief Forgets the current mail; what belongs to the session stays.
 *
 * \param keep  Keep the envelope, for the event at the end of the session.
 */
void transcript_end_mail(struct transcript *transcript, bool keep);

/*! \brief Frees all that the transcript holds. */
void transcript_clear(struct transcript *transcript);
