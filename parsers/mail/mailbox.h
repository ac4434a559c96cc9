/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Parses the path in MAIL FROM and RCPT TO (RFC 5321, 4.1.2) as Postfix and Exim do.
 *
 * Both accept more than RFC 5321 allows: display names, comments, blanks, missing brackets. Where
 * they take one path for different mailboxes, each is a reading. A path that both refuse is read
 * as far as possible, because other servers may accept it. What the servers do is recorded in
 * tests/pcaps/envelopes.
 *
 * Ownership: all views point into the parsed text, or into the `room` of the caller, and live as
 * long as these. Nothing is allocated; time is linear in the size of the text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MAILBOX_PATH_MAX     2048 /*!< Octets of a path that are read. */
#define MAILBOX_READINGS_MAX 4    /*!< Readings of a path; further ones are left out. */

/*! \brief Octets that the readings of a path take at most, with their quotes and work. */
#define MAILBOX_ROOM ((size_t)12 * MAILBOX_PATH_MAX)

/*! \brief A view of bytes from the wire. It has no final NUL, and may contain any octet. */
struct smtp_text {
	const char *text;
	size_t size;
};

/*! \brief One mailbox for which a server takes a path: "local@domain", or a local part alone. */
struct mailbox_reading {
	struct smtp_text text; /*!< Local part as sent, quotes included; an address literal has its
	                          brackets. */
	size_t local_size;     /*!< Octets of the local part. */
};

/*! \brief A parsed forward or reverse path. */
struct smtp_mailbox {
	struct mailbox_reading readings[MAILBOX_READINGS_MAX];
	unsigned count;   /*!< Of all readings. */
	unsigned direct;  /*!< Of those at the start that are mailboxes which servers take from the
	                     path. The rest are mailboxes to which a server routes these, if it is
	                     the one in their domain: user%host@server, host!user@server. */
	bool null_sender; /*!< The path is empty; there is no reading. */
	bool angled;      /*!< The path is inside < and >. */
};

enum mailbox_path { MAILBOX_REVERSE, MAILBOX_FORWARD };

/*!
 * \brief Parses a path. ESMTP parameters after it are ignored.
 *
 * \param text  The text after "FROM:" or "TO:", without the line end.
 * \param room  Has MAILBOX_ROOM octets, of which only odd paths use some.
 *
 * \retval true   All members of `box` are set.
 * \retval false  There is no mailbox and no empty path.
 */
bool mailbox_parse(const char *text, size_t size, enum mailbox_path path, char *room,
                   struct smtp_mailbox *box);

/*! \brief The local part as sent. */
static inline struct smtp_text mailbox_local(const struct mailbox_reading *reading)
{
	return (struct smtp_text){ reading->text.text, reading->local_size };
}

/*! \brief The domain as sent, an address literal with its brackets; empty: none. */
static inline struct smtp_text mailbox_domain(const struct mailbox_reading *reading)
{
	size_t at = reading->local_size < reading->text.size ? reading->local_size + 1
	                                                     : reading->text.size;
	return (struct smtp_text){ reading->text.text + at, reading->text.size - at };
}

/*! \brief True if the domain is an address literal or there is none. */
static inline bool mailbox_lacks_name(const struct mailbox_reading *reading)
{
	struct smtp_text domain = mailbox_domain(reading);
	return domain.size == 0 || domain.text[0] == '[';
}

/*! \brief The mailbox as events give it; empty for the null sender. */
static inline struct smtp_text mailbox_text(const struct smtp_mailbox *box)
{
	return box->count > 0 ? box->readings[0].text : (struct smtp_text){ NULL, 0 };
}
