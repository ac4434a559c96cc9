/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Parses the path in MAIL FROM and RCPT TO (RFC 5321, 4.1.2) as mail servers do.
 *
 * It accepts what deployed servers accept: blanks before the path, a path without angle brackets,
 * comments, source routes, and quoted local parts. It does not check the syntax of the mailbox.
 *
 * Ownership: all views point into the parsed text and live as long as that text. Nothing is
 * allocated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief A view of bytes from the wire. It has no final NUL, and may contain any octet. */
struct smtp_text {
	const char *text;
	size_t size;
};

/*! \brief The parts of a forward or reverse path (RFC 5321, 4.1.2). */
struct smtp_mailbox {
	struct smtp_text raw;   /*!< Address as sent, without <> and source route. */
	struct smtp_text local; /*!< Local part as sent, quotes included. */
	/*! Domain as sent, but an address literal without its brackets; empty if there is none. */
	struct smtp_text domain;
	bool literal;     /*!< `domain` is an address literal, which may begin with "IPv6:". */
	bool null_sender; /*!< The path is <>; all views are empty. */
	bool angled;      /*!< The address was inside < and >. */
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
