/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What an SMTP session has shown so far, as events tell it.
 *
 * Filled in by `mail`, read by `event`. Texts are owned by the transcript, bounded
 * by TRANSCRIPT_TEXT_MAX octets each, and hold whatever bytes were sent. Those of a mail
 * come and go by the dozen: they lie in a room of the owner's as long as they fit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/smtp/smtp.h"

#define TRANSCRIPT_TEXT_MAX       1024
#define TRANSCRIPT_RECIPIENTS_MAX 128 /*!< Kept of one mail; each is matched, however many. */
#define TRANSCRIPT_NAMES_MAX      64  /*!< Alternative names kept of a certificate. */
#define TRANSCRIPT_ROOM           640 /*!< Octets that most mails get by with. */

struct transcript_text {
	char *text; /*!< NULL: never seen. Not terminated. */
	size_t size;
};

struct transcript_recipient {
	struct transcript_text address;
	unsigned code;   /*!< The server's last reply for it; 0: not known. */
	uint64_t anchor; /*!< Where it was named, in the client's stream, */
	int64_t time_ns; /*!< and when: it is matched when it is answered. */
};

struct transcript {
	char *room; /*!< Of TRANSCRIPT_ROOM octets, borrowed, aligned as a pointer is; or NULL. */
	size_t room_used; /*!< By the mail at hand. */

	/* Of the session. */
	struct transcript_text banner; /*!< The greeting's host name. */
	struct transcript_text helo;
	struct transcript_text auth; /*!< The mechanism; never the credentials. */
	struct transcript_text sni;
	uint16_t tls_version; /*!< As the server agreed: 0x0303; 0: not known. */
	struct transcript_text
	        certificate_name; /*!< The common name in the server's certificate. */
	struct transcript_text *certificate_names;
	size_t certificate_names_count;
	bool starttls;
	bool tls;     /*!< The server agreed to it. */
	bool content; /*!< Content of a mail went over, whole or in part. */
	uint64_t gap_bytes;

	/* Of the mail at hand. */
	struct transcript_text mail_from;
	struct transcript_text header[SMTP_HEADER_COUNT]; /*!< By enum smtp_header; raw. */
	bool smuggling; /*!< Its content has a lone dot that a lax server takes for its end. */
	struct transcript_recipient
	        *recipients; /*!< Of a session that is kept whole, of all its mails. */
	size_t recipients_count;
	size_t mail_at; /*!< The first of them that is of the mail at hand. */
	const struct transcript_recipient *at_hand; /*!< The one that is being matched, or NULL. */
	unsigned reply_code;                        /*!< To the mail's content; 0: not known. */
};

/*! \brief Keeps a copy of a text of the session, cut at TRANSCRIPT_TEXT_MAX; without memory it
 *         stays unseen. */
void transcript_keep(struct transcript_text *kept, const char *text, size_t size);

/*! \brief The same for a text of the mail at hand. */
void transcript_keep_of_mail(struct transcript *transcript, struct transcript_text *kept,
                             const char *text, size_t size);

/*!
 * \brief Adds a recipient with no reply yet.
 *
 * \return It; NULL past TRANSCRIPT_RECIPIENTS_MAX or without memory.
 */
struct transcript_recipient *transcript_add_recipient(struct transcript *transcript,
                                                      const char *address, size_t size);

/*! \brief Adds an alternative name; nothing past TRANSCRIPT_NAMES_MAX or without memory. */
void transcript_add_certificate_name(struct transcript *transcript, const char *name, size_t size);

/*! \brief Forgets the header of the mail before. */
void transcript_forget_header(struct transcript *transcript);

/*!
 * \brief Forgets the mail at hand; the session's part stays.
 *
 * \param keep  Keep the envelope, for a transcript that is told at the session's end.
 */
void transcript_end_mail(struct transcript *transcript, bool keep);

/*! \brief Frees all that the transcript holds. */
void transcript_clear(struct transcript *transcript);
