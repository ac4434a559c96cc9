/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Private to the SMTP parser: what its files offer each other.
 *
 * A file calls only those below it:
 *
 *     smtp_session.c      the machine: passes octets down, sets the mode
 *     smtp_transition.c   replies: the table of (command, reply class)
 *     smtp_resync.c       held octets: commands, content or TLS
 *     smtp_tls.c          TLS of both sides
 *     smtp_client.c       commands and content as they are read
 *     smtp_content.c      the header section and the end of the content
 *     smtp_transaction.c  MAIL, recipients, outcome
 *     smtp_pending.c      commands that were not answered
 *     smtp_reply.c        reply lines
 *     smtp_hold.c, smtp_line.c, smtp_command.c (grammar)
 *
 * Functions that can change the mode return the next one; smtp_session.c alone sets it.
 */
#pragma once

#include <string.h>

#include "parsers/smtp/smtp.h"

/*! \brief Emits an event if the handler wants it. */
#define SMTP_EMIT(session, event, ...)                                                             \
	do {                                                                                       \
		if ((session)->handler->event != NULL) {                                           \
			(session)->handler->event(__VA_ARGS__);                                    \
		}                                                                                  \
	} while (0)

/*! \brief Reply codes that change the state of the session (RFC 5321, 4.2.3; 3207, 4; 4954, 4 and
 * 6). */
enum smtp_code {
	SMTP_CODE_READY = 220,
	SMTP_CODE_CLOSING = 221,
	SMTP_CODE_AUTHENTICATED = 235,
	SMTP_CODE_MORE = 300, /*!< This and above: the command is incomplete. */
	SMTP_CODE_CHALLENGE = 334,
	SMTP_CODE_START_INPUT = 354,
	SMTP_CODE_REFUSED = 400, /*!< This and above. */
	SMTP_CODE_UNAVAILABLE = 421,
	SMTP_CODE_FAILED = 500, /*!< This and above: permanent failure. */
};

static inline bool smtp_is_holding(enum smtp_mode mode)
{
	return mode <= SMTP_MODE_GUESS;
}

static inline bool smtp_is_waiting(enum smtp_mode mode)
{
	return mode == SMTP_MODE_WAIT || mode == SMTP_MODE_GUESS;
}

static inline bool smtp_is_waiting_for(const struct smtp_session *s, enum smtp_verb verb)
{
	return smtp_is_waiting(s->mode) && s->client.wait == verb;
}

/* smtp_line.c */

/*! \brief Adds octets to a line, up to `max`; counts a line once when it is longer. */
void smtp_line_add(struct smtp_session *s, struct smtp_line *line, char *text, size_t max,
                   const uint8_t *bytes, size_t size);
void smtp_line_clear(struct smtp_line *line);
/*! \brief Size of a line without its CR and LF. */
size_t smtp_line_chomp(const char *line, size_t size);
/*! \brief Octets of the first line with its LF; all if it is incomplete. */
static inline size_t smtp_line_span(const uint8_t *bytes, size_t size)
{
	const uint8_t *lf = memchr(bytes, '\n', size);

	return lf != NULL ? (size_t)(lf - bytes) + 1 : size;
}

/* smtp_hold.c */

/*! \brief Appends as many octets to the held ones as fit; returns their number. */
size_t smtp_hold_add(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset);
/*! \brief Moves all held octets to `held`, of SMTP_HOLD_MAX; returns how many. */
size_t smtp_hold_take(struct smtp_session *s, uint8_t *held);
/*! \brief Drops the first `size` octets. */
void smtp_hold_drop(struct smtp_session *s, size_t size);
void smtp_hold_wipe(struct smtp_session *s);
/*! \brief The held line at `pos`, including LF; empty if it is incomplete. */
struct smtp_text smtp_hold_line(const struct smtp_session *s, size_t pos);
/*! \brief Marks the next `size` octets, a line, as a command. */
void smtp_hold_mark(struct smtp_session *s, size_t size);

/* smtp_reply.c */

/*! \brief A reply that is complete; code 0: not yet. */
struct smtp_reply_end {
	unsigned code;
	bool greeting;
};

/*! \brief Reads up to the end of a line; returns the octets used. Emits the greeting. */
size_t smtp_reply_read(struct smtp_session *s, const uint8_t *bytes, size_t size,
                       struct smtp_reply_end *end);
/*! \brief Octets of the server were lost. */
void smtp_reply_gap(struct smtp_session *s);

/* smtp_pending.c */

enum smtp_pending_kind {
	SMTP_PENDING_COMMAND,
	SMTP_PENDING_RCPT,    /*!< `count`: the recipient's index. */
	SMTP_PENDING_CONTENT, /*!< The whole mail; `count`: replies so far (LMTP has several). */
	SMTP_PENDING_SKIP,    /*!< `count` commands whose replies have no effect. */
	SMTP_PENDING_GAP,     /*!< Any number of lost commands; `count` 1: one was answered. */
};

/*! \brief Whether replies can be matched to commands. */
enum smtp_match {
	SMTP_MATCH_SURE,
	SMTP_MATCH_STRAY, /*!< A reply had no command: its command may be in a gap. */
	SMTP_MATCH_LOST,  /*!< A gap was found: replies can no longer be matched. */
};

/*! \brief Adds a command that will be answered. */
void smtp_pending_push(struct smtp_session *s, enum smtp_pending_kind kind, enum smtp_verb verb,
                       uint32_t count);
/*! \brief The oldest command; NULL: all were answered. */
const struct smtp_pending *smtp_pending_head(const struct smtp_session *s);
void smtp_pending_pop(struct smtp_session *s);
/*! \brief Counts a reply to the content at the head. */
void smtp_pending_count(struct smtp_session *s);
/*! \brief Counts a reply to the SMTP_PENDING_SKIP at the head; removes it with the last. */
void smtp_pending_skip(struct smtp_session *s);
/*! \brief Commands or replies were lost; `answered`: the commands are surely over. */
void smtp_pending_gap(struct smtp_session *s, bool answered);
/*! \brief Records that a command in the SMTP_PENDING_GAP at the head was answered. */
void smtp_pending_gap_answered(struct smtp_session *s);
/*! \brief Removes all commands; here and below, recipients that are removed get reply 0. */
void smtp_pending_forget(struct smtp_session *s);
/*! \brief Removes all commands except the last one sent. */
void smtp_pending_keep_last(struct smtp_session *s);
/*! \brief Removes the commands before the first one with this verb; false if there is none. */
bool smtp_pending_seek(struct smtp_session *s, enum smtp_verb verb);
/*! \brief Makes later replies to commands of the transaction have no effect. */
void smtp_pending_disown(struct smtp_session *s);
/*! \brief A command was read: ends SMTP_MATCH_STRAY. */
void smtp_pending_matched(struct smtp_session *s);
/*! \brief Records a reply without a command: SMTP_MATCH_STRAY. */
void smtp_pending_stray(struct smtp_session *s);
/*! \brief Octets of the client were lost. */
void smtp_pending_lost(struct smtp_session *s);
/*! \brief Content begins, so all commands before it were answered: SMTP_MATCH_SURE. */
void smtp_pending_sure(struct smtp_session *s);

/* smtp_transaction.c */

void smtp_transaction_open(struct smtp_session *s);
/*! \brief Sets whether the server replies to content once for each recipient (RFC 2033, 4.2). */
void smtp_transaction_set_lmtp(struct smtp_session *s, bool lmtp);
/*! \brief Adds a recipient; returns its index. */
uint32_t smtp_transaction_add_rcpt(struct smtp_session *s);
void smtp_transaction_rcpt_reply(struct smtp_session *s, uint32_t index, unsigned code);
/*! \brief Records that MAIL, DATA or a chunk was refused. */
void smtp_transaction_refuse(struct smtp_session *s, unsigned code);
/*! \brief Records a reply to the content that came before the end of the content. */
void smtp_transaction_answer_early(struct smtp_session *s, unsigned code);
/*!
 * \brief Takes the `nth` reply to the content; false if an LMTP server has to send more replies.
 *
 * \param code  In: the code of this reply; out: the code that decides.
 */
bool smtp_transaction_verdict(struct smtp_session *s, uint32_t nth, unsigned *code);
/*! \brief Closes the transaction with the code of the reply to the content. */
void smtp_transaction_decide(struct smtp_session *s, unsigned code);
/*! \brief Closes without a reply: refused if the server refused it before, else abandoned. */
void smtp_transaction_drop(struct smtp_session *s);

/*! \brief Content was begun, and its end was not seen. */
static inline bool smtp_has_content(const struct smtp_session *s)
{
	return s->transaction.stage == SMTP_CONTENT_DATA ||
	       s->transaction.stage == SMTP_CONTENT_CHUNKS;
}

void smtp_transaction_content_begin(struct smtp_session *s, enum smtp_content_view view);
/*! \brief Records that the content is sent by BDAT. */
void smtp_transaction_content_chunks(struct smtp_session *s);
void smtp_transaction_content_gap(struct smtp_session *s);
void smtp_transaction_content_end(struct smtp_session *s);
/*! \brief Undoes the begin of content: DATA was refused. */
void smtp_transaction_content_undo(struct smtp_session *s);

/* smtp_content.c */

void smtp_content_begin(struct smtp_session *s, enum smtp_content_view view);
/*! \brief Emits the end if the content was seen whole. */
void smtp_content_end(struct smtp_session *s);
/*! \brief Octets were lost: header fields are no longer looked for. */
void smtp_content_gap(struct smtp_session *s);
/*! \brief Reads up to the final dot; `ended`: it was there. Returns the octets used. */
size_t smtp_content_data(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset,
                         bool *ended);
void smtp_content_chunk_begin(struct smtp_session *s, uint64_t size, bool last);
/*! \brief Reads up to the end of the chunk; returns the octets used. */
size_t smtp_content_chunk(struct smtp_session *s, const uint8_t *bytes, size_t size);
/*! \brief Octets were lost; false if these are more than the chunk had left. */
bool smtp_content_chunk_gap(struct smtp_session *s, size_t bytes);
void smtp_content_wipe(struct smtp_session *s);

/* smtp_client.c */

/*! \brief Reads octets as commands or content, as the mode requires; returns the octets used. */
size_t smtp_client_read(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset,
                        enum smtp_mode *next);
/*! \brief All content has come: its reply ends the transaction. */
enum smtp_mode smtp_client_content_over(struct smtp_session *s);
enum smtp_mode smtp_client_chunk_over(struct smtp_session *s);
/*! \brief Wipes the lines under construction: the command and the header field. */
void smtp_client_wipe(struct smtp_session *s);

/* smtp_tls.c */

/*! \brief The client sends TLS next; `code` 0: the reply to STARTTLS was not seen. */
enum smtp_mode smtp_tls_begin(struct smtp_session *s, unsigned code);
/*! \brief The server sends TLS next; its octets are emitted from now on if the handler wants them.
 */
void smtp_tls_begin_server(struct smtp_session *s);
/*! \brief Reads octets of the ClientHello. */
enum smtp_mode smtp_tls_read_hello(struct smtp_session *s, const uint8_t *bytes, size_t size);
/*! \brief Emits octets of the server. */
void smtp_tls_read_server(struct smtp_session *s, const uint8_t *bytes, size_t size);
/*! \brief Counts octets of TLS towards SMTP_TLS_MAX. */
void smtp_tls_spend(struct smtp_session *s, size_t size);
/*! \brief Octets of the server were lost: what follows is not emitted. */
void smtp_tls_gap(struct smtp_session *s);

/* smtp_resync.c */

/*!
 * \brief Returns the mode in which to read the held octets, of which there is at least one.
 *        Called in the modes LOST, WAIT and GUESS.
 *
 * \param force  No more octets will be added: an incomplete line is judged as it is.
 */
enum smtp_mode smtp_resync_judge(struct smtp_session *s, bool force);
/*!
 * \brief LOST: a reply shows that the client is between commands.
 *
 * \retval true  The reply was used: it was to content whose end was lost.
 */
bool smtp_resync_reply(struct smtp_session *s, unsigned code, enum smtp_mode *next);
/*! \brief Octets of the client were lost. */
enum smtp_mode smtp_resync_gap(struct smtp_session *s, size_t bytes);
/*! \brief Drops held octets and partial lines; returns SMTP_MODE_LOST. */
enum smtp_mode smtp_resync_lose(struct smtp_session *s);
/*! \brief Sets whether the session was seen from its greeting on, without a gap. */
void smtp_resync_set_whole(struct smtp_session *s, bool whole);

/* smtp_transition.c */

/*! \brief Applies a reply that is not the greeting. */
enum smtp_mode smtp_transition(struct smtp_session *s, unsigned code);
