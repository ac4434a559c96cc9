/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Parses SMTP command lines, independently of the state of the session.
 *
 * Private to the SMTP parser.
 */
#pragma once

#include "parsers/smtp/smtp.h"

/*!
 * \brief A parsed command line. It must not be copied, because the views of `box` may point into
 *        `room`. The other views point into the line.
 */
struct smtp_command {
	/*! Offset of the line in the client's stream; the caller of smtp_command_parse() sets
	 * it. */
	uint64_t offset;
	/*! The line without its line end; the caller of smtp_command_parse() sets it. */
	struct smtp_text line;
	/*! The verb; SMTP_UNKNOWN also for a known verb with an invalid argument. */
	enum smtp_verb verb;
	struct smtp_text word;   /*!< First word of the argument. */
	struct smtp_mailbox box; /*!< The mailbox of MAIL and RCPT; it may point into `room`. */
	uint64_t chunk;          /*!< The number of octets of content that follow BDAT. */
	bool last;               /*!< BDAT has the argument LAST. */
	/*! The line has the strict form of its command, which a line of content is unlikely to
	 * have. For example, MAIL and RCPT need a path in < and >, and DATA must have no
	 * argument. */
	bool strict;
	char room[MAILBOX_ROOM]; /*!< Not initialized. */
};

/*! \brief Parses a line, given without CR and LF. */
void smtp_command_parse(const char *line, size_t size, struct smtp_command *cmd);
