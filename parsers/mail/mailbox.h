/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Parses the path in MAIL FROM and RCPT TO (RFC 5321, 4.1.2) as Postfix and Exim do.
 *
 * Both accept more than RFC 5321 allows: display names, comments, blanks, missing brackets. If the
 * two servers find different mailboxes in a path, each mailbox is a reading of the path. A path
 * that both refuse is read as far as possible, because other servers may accept it. Recordings of
 * both servers are in tests/pcaps/envelopes.
 *
 * Ownership: all views point into the parsed text or into the caller's `room`, and are valid as
 * long as both are. Nothing is allocated; the time is linear in the size of the text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define MAILBOX_PATH_MAX     2048 /*!< Octets of a path that are read; the rest is ignored. */
#define MAILBOX_READINGS_MAX 4    /*!< Readings of a path; further readings are left out. */

/*!
 * \brief Size of the buffer `room`, in octets. It has room for all readings of a path with their
 *        quotes, and for the texts that are written while the path is parsed.
 */
#define MAILBOX_ROOM ((size_t)12 * MAILBOX_PATH_MAX)

/*! \brief A view of bytes from the wire. It has no final NUL, and may contain any octet. */
struct smtp_text {
	const char *text;
	size_t size;
};

/*! \brief A mailbox that a server finds in a path: "local@domain", or a local part alone. */
struct mailbox_reading {
	/*! The mailbox as sent: the local part has its quotes, and an address literal its
	 * brackets. */
	struct smtp_text text;
	size_t local_size; /*!< Size of the local part in octets. */
};

/*! \brief A parsed forward or reverse path. */
struct smtp_mailbox {
	struct mailbox_reading readings[MAILBOX_READINGS_MAX];
	unsigned count; /*!< The number of readings. */
	/*! The first `direct` readings are mailboxes that servers find in the path itself. A server
	 * routes mail for some of them to other mailboxes, which are the readings after them. For
	 * example, the server `server` routes `user%host@server` and `host!user@server` to
	 * `user@host`. */
	unsigned direct;
	bool null_sender; /*!< The path is empty, so there is no reading. */
	bool angled;      /*!< The path is inside < and >. */
};

enum mailbox_path { MAILBOX_REVERSE, MAILBOX_FORWARD };

/*!
 * \brief Parses a path. ESMTP parameters after it are ignored.
 *
 * \param text  The text after "FROM:" or "TO:", without the line end.
 * \param room  A buffer of MAILBOX_ROOM octets; only paths in an unusual form use it.
 *
 * \retval true   All members of `box` are set.
 * \retval false  The text is neither an empty path nor a path with a mailbox.
 */
bool mailbox_parse(const char *text, size_t size, enum mailbox_path path, char *room,
                   struct smtp_mailbox *box);

/*! \brief Returns the local part as sent. */
static inline struct smtp_text mailbox_local(const struct mailbox_reading *reading)
{
	return (struct smtp_text){ reading->text.text, reading->local_size };
}

/*!
 * \brief Returns the domain as sent. An address literal has its brackets. The text is empty if
 *        there is no domain.
 */
static inline struct smtp_text mailbox_domain(const struct mailbox_reading *reading)
{
	size_t at = reading->local_size < reading->text.size ? reading->local_size + 1
	                                                     : reading->text.size;
	return (struct smtp_text){ reading->text.text + at, reading->text.size - at };
}

/*! \brief Returns true if the domain is an address literal, or if there is no domain. */
static inline bool mailbox_lacks_name(const struct mailbox_reading *reading)
{
	struct smtp_text domain = mailbox_domain(reading);
	return domain.size == 0 || domain.text[0] == '[';
}

/*! \brief Returns the mailbox that events contain; empty for the null sender. */
static inline struct smtp_text mailbox_text(const struct smtp_mailbox *box)
{
	return box->count > 0 ? box->readings[0].text : (struct smtp_text){ NULL, 0 };
}
