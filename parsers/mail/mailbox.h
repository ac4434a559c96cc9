/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The path of MAIL FROM and RCPT TO (RFC 5321, 4.1.2), read as mail servers do.
 *
 * Accepts all that deployed servers accept: blanks before the path, a path without
 * angle brackets, comments, source routes, quoted local parts. The syntax of the
 * mailbox is not checked.
 *
 * Ownership: all views point into the parsed text and live as long. Allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief A view of bytes from the wire: not terminated, any octet may occur. */
struct smtp_text {
	const char *text;
	size_t size;
};

/*! \brief The parts of a forward or reverse path (RFC 5321, 4.1.2). */
struct smtp_mailbox {
	struct smtp_text raw;    /*!< Address as sent, without <> and source route. */
	struct smtp_text local;  /*!< Local part as sent, quotes included. */
	struct smtp_text domain; /*!< As sent; a literal without its brackets; empty if none. */
	bool literal;            /*!< The domain is an address literal; "IPv6:" is kept. */
	bool null_sender;        /*!< <>: all views are empty. */
	bool angled;             /*!< Was in a closed pair of angle brackets. */
};

/*!
 * \brief Parses a path. ESMTP parameters after it are ignored.
 *
 * \param text  The text after "FROM:" or "TO:", without the line end.
 *
 * \retval true   All members of `box` are set.
 * \retval false  There is no mailbox; all views of `box` are empty.
 */
bool mailbox_parse(const char *text, size_t size, struct smtp_mailbox *box);
