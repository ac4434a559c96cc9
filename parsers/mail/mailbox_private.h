/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Declarations that the sources of mailbox_parse() share. Private to them. */
#pragma once

#include "base/writer.h"
#include "parsers/mail/mailbox.h"

/*! \brief Receives the readings that one of the parsers of paths finds. */
struct mailbox_sink {
	struct smtp_mailbox *box;
	struct writer room;
};

/*!
 * \brief Returns true for the white space of isspace(3) in C: SP, HT, LF, VT, FF and CR. Servers
 *        skip all of them.
 */
static inline bool mailbox_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*!
 * \brief Reads the next octet of a local part without its quoting, and advances `*at`. Returns
 *        false at the end of the local part.
 */
static inline bool mailbox_next_octet(const struct mailbox_reading *reading, size_t *at,
                                      char *octet)
{
	const char *text = reading->text.text;
	while (*at < reading->local_size && text[*at] == '"') {
		(*at)++;
	}
	if (*at + 1 < reading->local_size && text[*at] == '\\') {
		(*at)++;
	}
	if (*at == reading->local_size) {
		return false;
	}
	*octet = text[(*at)++];
	return true;
}

/*!
 * \brief Adds the mailbox that was written to `sink->room` from `start` on, unless an equal one was
 *        added before.
 *
 * \param local_size  Size of the local part in octets; "@" and the domain can follow it.
 */
void mailbox_add(struct mailbox_sink *sink, const char *start, size_t local_size);

/*!
 * \brief Writes a local part that is given without quotes. It is written in quotes if it needs
 *        them.
 */
void mailbox_put_local(struct writer *room, const char *local, size_t size);

/*!
 * \brief Reads a path as Postfix does: it splits the path into tokens, and searches them for
 *        addresses from right to left.
 *
 * \param whole  If true, the function also reads paths that Postfix refuses: those with several
 *               addresses, and those followed by words that are not parameters.
 *
 * \retval false  `whole` is false, and Postfix refuses the path. No reading was added.
 */
bool mailbox_read_tokens(struct mailbox_sink *sink, const char *text, size_t size, bool whole);

/*!
 * \brief Reads a path as Exim does, from left to right. Adds no reading if Exim refuses the path.
 */
void mailbox_read_phrase(struct mailbox_sink *sink, const char *text, size_t size,
                         enum mailbox_path path);

/*!
 * \brief Adds the mailboxes to which a reading is routed if its local part contains "@", "!" or
 *        "%".
 */
void mailbox_add_routes(struct mailbox_sink *sink, const struct mailbox_reading *reading);
