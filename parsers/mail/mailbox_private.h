/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The parts of mailbox_parse(). Private to it. */
#pragma once

#include "base/writer.h"
#include "parsers/mail/mailbox.h"

/*! \brief What a parser of paths adds its readings to. */
struct mailbox_sink {
	struct smtp_mailbox *box;
	struct writer room;
};

/*! \brief True for what C calls a space: SP, HT, LF, VT, FF and CR. Servers skip all of them. */
static inline bool mailbox_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/*! \brief The octet of a local part at `*at` without its quoting; moves on. False at the end. */
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
 * \brief Adds what was written to the room since `start`, unless there is such a mailbox.
 *
 * \param local_size  Octets of the local part; the text goes on with "@" and the domain, or ends.
 */
void mailbox_add(struct mailbox_sink *sink, const char *start, size_t local_size);

/*! \brief Writes a local part without quotes, and in quotes if it needs them. */
void mailbox_put_local(struct writer *room, const char *local, size_t size);

/*!
 * \brief Reads a path as Postfix does: it takes tokens, and finds addresses from right to left.
 *
 * \param whole  Read what Postfix refuses: several addresses, and words that are no parameters.
 *
 * \retval false  Postfix refuses the path; nothing was added.
 */
bool mailbox_read_tokens(struct mailbox_sink *sink, const char *text, size_t size, bool whole);

/*! \brief Reads a path as Exim does, from left to right. Adds nothing if Exim refuses it. */
void mailbox_read_phrase(struct mailbox_sink *sink, const char *text, size_t size,
                         enum mailbox_path path);

/*! \brief Adds the mailboxes to which a reading is routed: where it has "@", "!" or "%" in its
 * local part. */
void mailbox_add_routes(struct mailbox_sink *sink, const struct mailbox_reading *reading);
