/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The grammar of SMTP's command lines, without the session.
 *
 * Private to the SMTP parser.
 */
#pragma once

#include "parsers/smtp/smtp.h"

/*! \brief A command line's content; views point into the line. */
struct smtp_command {
	uint64_t offset;         /*!< Offset of the line; the caller sets it after the parse. */
	enum smtp_verb verb;     /*!< A known verb with a bad argument counts as SMTP_UNKNOWN. */
	struct smtp_text word;   /*!< First word of the argument. */
	struct smtp_mailbox box; /*!< MAIL, RCPT. */
	uint64_t chunk;          /*!< BDAT: octets that follow. */
	bool last;               /*!< BDAT ... LAST. */
	bool strict;             /*!< Well formed: content is unlikely to have such a line. */
};

/*! \brief Parses a line, given without CR and LF. */
void smtp_command_parse(const char *line, size_t size, struct smtp_command *cmd);
