/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What an SMTP session has shown so far, as events tell it.
 *
 * Filled in by `mail`, read by `event`. Texts are owned by the story, bounded
 * by STORY_TEXT_MAX octets each, and hold whatever bytes were sent. Those of a mail
 * come and go by the dozen: they lie in a room of the owner's as long as they fit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/smtp/smtp.h"

#define STORY_TEXT_MAX       1024
#define STORY_RECIPIENTS_MAX 128 /*!< Kept of one mail; each is matched, however many. */
#define STORY_NAMES_MAX      64  /*!< Alternative names kept of a certificate. */
#define STORY_ROOM           640 /*!< Octets that most mails get by with. */

struct story_text {
	char *text; /*!< NULL: never seen. Not terminated. */
	size_t size;
};

struct story_recipient {
	struct story_text address;
	unsigned code;   /*!< The server's last reply for it; 0: not known. */
	uint64_t anchor; /*!< Where it was named, in the client's stream, */
	int64_t time_ns; /*!< and when: it is matched when it is answered. */
};

struct story {
	char *room;       /*!< Of STORY_ROOM octets, borrowed, aligned as a pointer is; or NULL. */
	size_t room_used; /*!< By the mail at hand. */

	/* Of the session. */
	struct story_text banner; /*!< The greeting's host name. */
	struct story_text helo;
	struct story_text auth; /*!< The mechanism; never the credentials. */
	struct story_text sni;
	uint16_t tls_version;               /*!< As the server agreed: 0x0303; 0: not known. */
	struct story_text certificate_name; /*!< The common name in the server's certificate. */
	struct story_text *certificate_names;
	size_t certificate_names_count;
	bool starttls;
	bool tls;     /*!< The server agreed to it. */
	bool content; /*!< Content of a mail went over, whole or in part. */
	uint64_t gap_bytes;

	/* Of the mail at hand. */
	struct story_text mail_from;
	struct story_text header[SMTP_HEADER_COUNT]; /*!< By enum smtp_header; raw. */
	bool smuggling; /*!< Its content has a lone dot that a lax server takes for its end. */
	struct story_recipient
	        *recipients; /*!< Of a session that is kept whole, of all its mails. */
	size_t recipients_count;
	size_t mail_at; /*!< The first of them that is of the mail at hand. */
	const struct story_recipient *at_hand; /*!< The one that is being matched, or NULL. */
	unsigned reply_code;                   /*!< To the mail's content; 0: not known. */
};

/*! \brief Keeps a copy of a text of the session, cut at STORY_TEXT_MAX; without memory it
 *         stays unseen. */
void story_keep(struct story_text *kept, const char *text, size_t size);

/*! \brief The same for a text of the mail at hand. */
void story_keep_of_mail(struct story *story, struct story_text *kept, const char *text,
                        size_t size);

/*!
 * \brief Adds a recipient with no reply yet.
 *
 * \return It; NULL past STORY_RECIPIENTS_MAX or without memory.
 */
struct story_recipient *story_add_recipient(struct story *story, const char *address, size_t size);

/*! \brief Adds an alternative name; nothing past STORY_NAMES_MAX or without memory. */
void story_add_certificate_name(struct story *story, const char *name, size_t size);

/*! \brief Forgets the header of the mail before. */
void story_forget_header(struct story *story);

/*!
 * \brief Forgets the mail at hand; the session's part stays.
 *
 * \param keep  Keep the envelope, for a story that is told at the session's end.
 */
void story_end_mail(struct story *story, bool keep);

/*! \brief Frees all that the story holds. */
void story_clear(struct story *story);
