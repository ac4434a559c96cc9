/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Stores the parts of an SMTP session that its events report, as far as they were seen.
 *
 * Ownership: the transcript owns its texts. Each is cut at TRANSCRIPT_TEXT_MAX octets and may
 * contain any octets. The texts of a mail are many and short-lived. They are stored in `room`,
 * which the owner of the transcript provides; when `room` is full, they are allocated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory/memory_budget.h"
#include "parsers/smtp/smtp.h"

/*! \brief The largest size of a text, in octets. A longer text is cut. */
#define TRANSCRIPT_TEXT_MAX 1024
/*! \brief The largest number of stored recipients. Further ones are matched but not stored. */
#define TRANSCRIPT_RECIPIENTS_MAX 128
/*! \brief The largest number of stored alternative names of a certificate. */
#define TRANSCRIPT_NAMES_MAX 64
/*! \brief Octets of `room`, which are enough for most mails. */
#define TRANSCRIPT_ROOM 640

struct transcript_text {
	char *text;  /*!< The text, without a final NUL; NULL: it was not seen. */
	size_t size; /*!< Octets of `text`. */
};

/*! \brief The mailbox of a command as it was parsed; see mailbox.h. */
struct transcript_mailbox {
	char *text; /*!< The readings, one after the other; NULL: the mailbox was not seen. */
	uint16_t sizes[MAILBOX_READINGS_MAX];
	uint16_t local_sizes[MAILBOX_READINGS_MAX];
	uint8_t count; /*!< The number of all readings. */
	/*! The number of readings, counted from the first, that servers find in the path itself;
	 * see struct smtp_mailbox. */
	uint8_t direct;
};

struct transcript_recipient {
	struct transcript_mailbox mailbox;
	unsigned code;   /*!< Code of the server's last reply to this recipient; 0: none yet. */
	uint64_t anchor; /*!< The position of the RCPT command in the client's stream. */
	/*! Packet time of the RCPT command. Rules are matched when the reply has come. */
	int64_t time_ns;
};

struct transcript {
	char *room;       /*!< TRANSCRIPT_ROOM octets, borrowed, aligned as a pointer; or NULL. */
	size_t room_used; /*!< Octets of `room` used by the current mail. */
	/*! The budget in which octets outside of `room` are counted, borrowed; NULL: they are
	 * not counted. */
	struct memory_share *memory;

	/* The session. */
	bool proxied; /*!< A proxy has opened the connection for `origin`. */
	/*! The client that the proxy has named, in its header or by XCLIENT. */
	struct smtp_origin origin;
	struct transcript_text banner; /*!< Host name in the server's greeting. */
	/*! The previous argument of EHLO or HELO. It is stored until the server replies to the last
	 * one. */
	struct transcript_text helo_before;
	struct transcript_text helo; /*!< The last argument of EHLO or HELO. */
	struct transcript_text auth; /*!< Mechanism of AUTH. Credentials are never stored. */
	struct transcript_text sni;  /*!< Server name in the TLS ClientHello. */
	uint16_t tls_version; /*!< TLS version that the server chose, as on the wire; 0: unknown. */
	struct transcript_text certificate_name; /*!< Common name of the server's certificate. */
	/*! The alternative DNS names of the server's certificate. */
	struct transcript_text *certificate_names;
	size_t certificate_names_count;
	bool offer_seen;       /*!< A reply to EHLO was seen. */
	bool starttls_offered; /*!< A reply to EHLO offered STARTTLS. */
	/*! A reply to EHLO had, in place of STARTTLS, a keyword that overwrites it, such as
	 * XXXXXXXA. */
	bool starttls_overwritten;
	/*! The server accepted STARTTLS, or its reply was not seen and TLS followed. */
	bool starttls;
	bool tls;           /*!< A TLS record was seen. */
	bool content;       /*!< Content of a mail was transferred, whole or in part. */
	uint64_t gap_bytes; /*!< Bytes that were not captured. */

	/* The current mail. */
	struct transcript_mailbox mail_from; /*!< Mailbox of the MAIL command. */
	/*! The values of header fields as on the wire, by enum smtp_header. */
	struct transcript_text header[SMTP_HEADER_COUNT];
	bool smuggling; /*!< The content has a line that a lax server takes for the final dot. */
	/*! The recipients of the current mail; of all mails, if the whole session is stored. */
	struct transcript_recipient *recipients;
	size_t recipients_count, recipients_room;
	uint64_t recipients_omitted; /*!< The number of recipients that were not stored. */
	size_t mail_at;              /*!< Index of the first recipient of the current mail. */
	/*! The recipient with which rules are being matched, or NULL. */
	const struct transcript_recipient *at_hand;
	unsigned reply_code; /*!< Code of the server's reply to the content; 0: none yet. */
};

/*!
 * \brief Stores a copy of a text of the session, cut at TRANSCRIPT_TEXT_MAX. If memory or the
 *        budget is exhausted, the text counts as not seen.
 */
void transcript_keep(struct transcript *transcript, struct transcript_text *kept, const char *text,
                     size_t size);

/*! \brief Stores the argument of EHLO or HELO. */
void transcript_begin_hello(struct transcript *transcript, const char *name, size_t size);

/*!
 * \brief Records the reply to EHLO or HELO: if the server has refused the command, the previous
 *        argument is valid again.
 */
void transcript_end_hello(struct transcript *transcript, bool accepted);

/*! \brief Does the same as transcript_keep(), for a text of the current mail. */
void transcript_keep_of_mail(struct transcript *transcript, struct transcript_text *kept,
                             const char *text, size_t size);

/*! \brief Stores the sender of the current mail. */
void transcript_keep_sender(struct transcript *transcript, const struct smtp_mailbox *from);

/*! \brief Size of the buffer for transcript_fill_mailbox(), in octets. */
#define TRANSCRIPT_MAILBOX_MAX ((size_t)MAILBOX_READINGS_MAX * TRANSCRIPT_TEXT_MAX)

/*!
 * \brief Copies the readings of a mailbox to the caller's memory.
 *
 * A reading is cut at TRANSCRIPT_TEXT_MAX, in its local part, so that its domain remains.
 */
void transcript_fill_mailbox(struct transcript_mailbox *kept, char *memory,
                             const struct smtp_mailbox *box);

/*! \brief Returns one of the readings of a mailbox. */
struct mailbox_reading transcript_reading(const struct transcript_mailbox *kept, unsigned index);

/*! \brief Returns the mailbox as sent; its text is NULL if it was not seen. */
struct smtp_text transcript_address(const struct transcript_mailbox *kept);

/*!
 * \brief Returns the final mailbox to which servers route the mailbox in the path; its text is NULL
 *        if the mailbox is not routed.
 */
struct smtp_text transcript_also(const struct transcript_mailbox *kept);

/*!
 * \brief Adds a recipient to which the server has not replied yet.
 *
 * \return The recipient. If there are TRANSCRIPT_RECIPIENTS_MAX already, or memory or the budget is
 *         exhausted, the recipient is counted as omitted, and NULL is returned.
 */
struct transcript_recipient *transcript_add_recipient(struct transcript *transcript,
                                                      const struct smtp_mailbox *box);

/*! \brief Adds an alternative name of the certificate. Names after TRANSCRIPT_NAMES_MAX, and names
 *         for which there is no memory, are left out. */
void transcript_add_certificate_name(struct transcript *transcript, const char *name, size_t size);

/*! \brief Copies parts of a session to an empty transcript: the banner, HELO, AUTH, the sender of
 *         the current mail, the client that a proxy has named, `gap_bytes`, and what is known of
 *         STARTTLS and TLS. SNI, TLS version, certificate and recipients are not copied. */
void transcript_copy(struct transcript *to, const struct transcript *from);

/*! \brief Removes the header fields of the current mail. */
void transcript_forget_header(struct transcript *transcript);

/*!
 * \brief Ends the current mail. The texts of the session remain.
 *
 * \param keep  False: the mail is removed. True: it is kept for the event at the end of the
 *              session; recipients that are added from now on belong to the next mail.
 */
void transcript_end_mail(struct transcript *transcript, bool keep);

/*! \brief Frees everything that the transcript owns. */
void transcript_clear(struct transcript *transcript);
