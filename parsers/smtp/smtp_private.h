/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The functions by which the files of the SMTP parser call each other. Private to the SMTP
 *        parser.
 *
 * Each file calls only files below it in this list:
 *
 *     smtp_session.c      the state machine: passes octets to the other files, sets the mode
 *     smtp_transition.c   the effects of replies: a table by command and class of reply
 *     smtp_resync.c       decides whether held octets are commands, content or TLS
 *     smtp_tls.c          TLS of both sides
 *     smtp_client.c       reads commands and content
 *     smtp_doubt.c        places at which the content may have ended before its regular end
 *     smtp_content.c      reads the header section, finds the end of the content
 *     smtp_transaction.c  the transaction: MAIL, recipients, outcome
 *     smtp_pending.c      the commands that were not answered yet
 *     smtp_reply.c        reads reply lines
 *     smtp_hold.c, smtp_line.c, smtp_command.c, smtp_origin.c
 *
 * Functions that can change the mode return the next mode, which smtp_session.c then sets.
 */
#pragma once

#include <string.h>

#include "parsers/smtp/smtp.h"
#include "parsers/smtp/smtp_origin.h"

/*! \brief Calls a callback of the handler unless it is NULL. */
#define SMTP_EMIT(session, event, ...)                                                             \
	do {                                                                                       \
		if ((session)->handler->event != NULL) {                                           \
			(session)->handler->event(__VA_ARGS__);                                    \
		}                                                                                  \
	} while (0)

/*! \brief Reply codes that change the state of the session (RFC 5321, section 4.2.3; RFC 3207,
 * section 4; RFC 4954, sections 4 and 6). */
enum smtp_code {
	SMTP_CODE_READY = 220,
	SMTP_CODE_CLOSING = 221,
	SMTP_CODE_AUTHENTICATED = 235,
	SMTP_CODE_MORE = 300, /*!< From this code on, the command is incomplete or was refused. */
	SMTP_CODE_CHALLENGE = 334,
	SMTP_CODE_START_INPUT = 354,
	SMTP_CODE_REFUSED = 400, /*!< From this code on, the command was refused. */
	SMTP_CODE_UNAVAILABLE = 421,
	SMTP_CODE_FAILED = 500, /*!< From this code on, the failure is permanent. */
	SMTP_CODE_UNRECOGNIZED = 500,
	SMTP_CODE_UNIMPLEMENTED = 502,
};

/*! \brief Returns true if the client's next octets are held. */
static inline bool smtp_is_holding(enum smtp_mode mode)
{
	return mode <= SMTP_MODE_GUESS; /* the modes LOST, DOUBT, WAIT and GUESS */
}

/*! \brief Returns true if the client's octets are held until a particular reply comes. */
static inline bool smtp_is_waiting(enum smtp_mode mode)
{
	return mode == SMTP_MODE_WAIT || mode == SMTP_MODE_GUESS;
}

/*! \brief Returns true if the client's octets are held until the reply to this command comes. */
static inline bool smtp_is_waiting_for(const struct smtp_session *s, enum smtp_verb verb)
{
	return smtp_is_waiting(s->mode) && s->client.wait == verb;
}

/* smtp_line.c */

/*!
 * \brief Adds octets to a line. A line of more than `max` octets is cut, and is counted in
 *        `truncated` once.
 */
void smtp_line_add(struct smtp_session *s, struct smtp_line *line, char *text, size_t max,
                   const uint8_t *bytes, size_t size);
/*! \brief Makes a line empty. */
void smtp_line_clear(struct smtp_line *line);
/*! \brief Returns the number of octets of a line without its CR and LF. */
size_t smtp_line_chomp(const char *line, size_t size);
/*!
 * \brief Returns the number of octets of the first line, its LF included; `size` if there is no LF.
 */
static inline size_t smtp_line_span(const uint8_t *bytes, size_t size)
{
	const uint8_t *lf = memchr(bytes, '\n', size);

	return lf != NULL ? (size_t)(lf - bytes) + 1 : size;
}

/* smtp_hold.c */

/*!
 * \brief Appends octets to the held ones as long as there is room. Returns the number of octets
 *        that were appended.
 */
size_t smtp_hold_add(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset);
/*!
 * \brief Holds a command line, with its line end, that was already read. When this function is
 *        called, no other octets may be held.
 */
void smtp_hold_keep(struct smtp_session *s, const char *line, size_t size, uint64_t offset);
/*! \brief Marks all held octets as read if `read` is true, else as unread. */
void smtp_hold_set_read(struct smtp_session *s, bool read);
/*!
 * \brief Adds `size` to the offset of the held octets, because `size` octets before them were not
 *        held.
 */
void smtp_hold_skip(struct smtp_session *s, uint64_t size);
/*! \brief Returns the command line that smtp_hold_keep() holds, without its line end. */
struct smtp_text smtp_hold_kept(const struct smtp_session *s);
/*! \brief Drops the command line that smtp_hold_keep() holds. */
void smtp_hold_forget(struct smtp_session *s);
/*! \brief Drops all held octets except the first `size`. */
void smtp_hold_cut(struct smtp_session *s, size_t size);
/*! \brief Returns true if some of the held octets were not read yet. */
static inline bool smtp_hold_has_unread(const struct smtp_session *s)
{
	return s->hold.size > s->hold.read;
}
/*!
 * \brief Moves all held octets to `held`, which has room for SMTP_HOLD_MAX octets; returns the
 *        number of octets moved.
 */
size_t smtp_hold_take(struct smtp_session *s, uint8_t *held);
/*! \brief Drops the first `size` held octets. */
void smtp_hold_drop(struct smtp_session *s, size_t size);
/*! \brief Drops all held octets and overwrites them with zeros. */
void smtp_hold_wipe(struct smtp_session *s);
/*! \brief Returns the held line at `pos` with its LF; an empty text if the line is incomplete. */
struct smtp_text smtp_hold_line(const struct smtp_session *s, size_t pos);
/*! \brief Marks the next held line, which has `size` octets, as a line in the form of a command. */
void smtp_hold_mark(struct smtp_session *s, size_t size);

/* smtp_reply.c */

/*! \brief The result of reading octets of a reply. */
struct smtp_reply_end {
	unsigned code; /*!< The code of the reply; 0: the reply is not complete yet. */
	bool greeting; /*!< The reply is the greeting. */
	enum smtp_offer offer;
};

/*!
 * \brief Reads the server's octets up to the end of a line; returns the number of octets read.
 *        Calls `greeting` if this line begins the greeting.
 */
size_t smtp_reply_read(struct smtp_session *s, const uint8_t *bytes, size_t size,
                       struct smtp_reply_end *end);
/*! \brief Reports that octets of the server were lost. */
void smtp_reply_gap(struct smtp_session *s);

/* smtp_pending.c */

/*!
 * \brief The kinds of elements in struct smtp_pending_ring. Each element is something that the
 *        server has not answered yet.
 */
enum smtp_pending_kind {
	SMTP_PENDING_COMMAND, /*!< A command other than RCPT. */
	SMTP_PENDING_RCPT,    /*!< RCPT; `count` is the recipient's index. */
	/*! The content of a mail; `count` is the number of replies so far. In LMTP the server sends
	 * several. */
	SMTP_PENDING_CONTENT,
	SMTP_PENDING_DOT, /*!< A line with a single dot where no content was expected. */
	/*! One or more commands whose replies have no effect; `count` is their number. */
	SMTP_PENDING_SKIP,
	/*! An unknown number of commands in a gap; `count` is 1 if one of them may have been
	 * answered, else 0. */
	SMTP_PENDING_GAP,
};

/*! \brief Whether replies can be matched to commands. */
enum smtp_match {
	SMTP_MATCH_SURE, /*!< Each reply belongs to the oldest command. */
	/*! A reply came for which no command is pending. The command may be in a gap that has
	 * not been reported yet. */
	SMTP_MATCH_STRAY,
	SMTP_MATCH_LOST, /*!< There was a gap, and replies can no longer be matched. */
};

/*! \brief Adds what the server will answer: a command, or content. If the oldest element is a gap
 *         with an answer, all elements are removed first. If there is no room, the element is only
 *         counted, as SMTP_PENDING_SKIP. */
void smtp_pending_push(struct smtp_session *s, enum smtp_pending_kind kind, enum smtp_verb verb,
                       uint32_t count);
/*! \brief Returns the oldest command without an answer; NULL if there is none. */
const struct smtp_pending *smtp_pending_head(const struct smtp_session *s);
/*! \brief Removes the oldest command. */
void smtp_pending_pop(struct smtp_session *s);
/*! \brief Counts a reply to the content. The oldest element must be an SMTP_PENDING_CONTENT. */
void smtp_pending_count(struct smtp_session *s);
/*!
 * \brief Counts a reply that has no effect. The oldest element must be an SMTP_PENDING_SKIP; it is
 *        removed after its last reply.
 */
void smtp_pending_skip(struct smtp_session *s);
/*!
 * \brief Reports that commands or replies were lost. `answered`: the lost replies may have answered
 *        all commands before the gap.
 */
void smtp_pending_gap(struct smtp_session *s, bool answered);
/*! \brief Records a reply to a lost command. The oldest element must be an SMTP_PENDING_GAP. */
void smtp_pending_gap_answered(struct smtp_session *s);
/*!
 * \brief Removes all commands, because their replies will not be known. Calls `rcpt_reply` with
 *        code 0 for each RCPT.
 */
void smtp_pending_forget(struct smtp_session *s);
/*! \brief Removes commands as smtp_pending_forget() does, but keeps the one that was sent last. */
void smtp_pending_keep_last(struct smtp_session *s);
/*!
 * \brief Removes the commands before the first one with this verb, as smtp_pending_forget() does.
 *        Returns false, and removes nothing, if there is no command with this verb.
 */
bool smtp_pending_seek(struct smtp_session *s, enum smtp_verb verb);
/*!
 * \brief Ensures that later replies to commands of the transaction have no effect. Calls
 *        `rcpt_reply` with code 0 for each RCPT.
 */
void smtp_pending_disown(struct smtp_session *s);
/*! \brief Changes SMTP_MATCH_STRAY to SMTP_MATCH_SURE. Called when a command was read. */
void smtp_pending_matched(struct smtp_session *s);
/*!
 * \brief Changes SMTP_MATCH_SURE to SMTP_MATCH_STRAY. Called when a reply came for which no command
 *        is pending.
 */
void smtp_pending_stray(struct smtp_session *s);
/*!
 * \brief Changes SMTP_MATCH_STRAY to SMTP_MATCH_LOST. Called when octets of the client were lost.
 */
void smtp_pending_lost(struct smtp_session *s);
/*!
 * \brief Sets SMTP_MATCH_SURE. Called when content begins, because all earlier commands have then
 *        been answered.
 */
void smtp_pending_sure(struct smtp_session *s);

/* smtp_transaction.c */

/*! \brief Begins a transaction. */
void smtp_transaction_open(struct smtp_session *s);
/*! \brief Sets whether the server replies to content once for each recipient (RFC 2033, 4.2). */
void smtp_transaction_set_lmtp(struct smtp_session *s, bool lmtp);
/*! \brief Adds a recipient; returns its index. */
uint32_t smtp_transaction_add_rcpt(struct smtp_session *s);
/*! \brief Counts a recipient as accepted or refused, and calls `rcpt_reply`. */
void smtp_transaction_rcpt_reply(struct smtp_session *s, uint32_t index, unsigned code);
/*! \brief Records that MAIL, DATA or a chunk was refused. */
void smtp_transaction_refuse(struct smtp_session *s, unsigned code);
/*! \brief Records a reply to the content that came before the end of the content. */
void smtp_transaction_answer_early(struct smtp_session *s, unsigned code);
/*!
 * \brief Handles reply number `nth` to the content, counted from 1. Returns false if an LMTP server
 *        has to send more replies.
 *
 * \param code  The code of this reply. In LMTP, the function replaces it by the lowest code of all
 *              replies to the content so far, which decides the outcome.
 */
bool smtp_transaction_verdict(struct smtp_session *s, uint32_t nth, unsigned *code);
/*! \brief Ends the transaction with the code of the reply to the content; calls `mail_end`. */
void smtp_transaction_decide(struct smtp_session *s, unsigned code);
/*!
 * \brief Ends the transaction without a reply to the content. The first of these rules that applies
 *        decides the outcome:
 *
 *   - If there was an early reply, it decides the outcome.
 *   - If the server has refused MAIL, DATA or a chunk, the outcome is "refused".
 *   - If the whole content may have been sent, the outcome is "undecided".
 *   - Otherwise the outcome is "abandoned".
 */
void smtp_transaction_drop(struct smtp_session *s);

/*!
 * \brief Ends the transaction at a reply to RSET, EHLO or a similar command. After LHLO, the server
 *        will reply to content once for each recipient (RFC 2033, 4.2).
 */
void smtp_transaction_border(struct smtp_session *s, enum smtp_verb verb);

/*! \brief Returns true if content has begun and its end was not seen yet. */
static inline bool smtp_has_content(const struct smtp_session *s)
{
	return s->transaction.stage == SMTP_CONTENT_DATA ||
	       s->transaction.stage == SMTP_CONTENT_CHUNKS;
}

/*! \brief Records that content begins. */
void smtp_transaction_content_begin(struct smtp_session *s, enum smtp_content_view view);
/*! \brief Records that the content is sent by BDAT. */
void smtp_transaction_content_chunks(struct smtp_session *s);
/*! \brief Records a gap in the content. */
void smtp_transaction_content_gap(struct smtp_session *s);
/*! \brief Records the end of the content. */
void smtp_transaction_content_end(struct smtp_session *s);
/*!
 * \brief Records that the content has not begun after all, because DATA or the first chunk was
 *        refused.
 */
void smtp_transaction_content_undo(struct smtp_session *s);

/* smtp_content.c */

/*! \brief Begins content. */
void smtp_content_begin(struct smtp_session *s, enum smtp_content_view view);
/*! \brief Ends content; calls `content_end` if it was captured without a gap. */
void smtp_content_end(struct smtp_session *s);
/*! \brief Reports that octets of the content were lost. No header field is read after them. */
void smtp_content_gap(struct smtp_session *s);
/*! \brief The kinds of lines with a single dot in the content. */
enum smtp_dot {
	SMTP_DOT_NONE,
	/*! The dot is between two CR LF, and ends the content (RFC 5321, 4.1.1.4). */
	SMTP_DOT_FINAL,
	/*! The dot is between other line ends. Only a lax server takes it for the end of the
	 * content. */
	SMTP_DOT_LAX,
};

/*!
 * \brief Reads octets up to the end of a line with a single dot; returns the number of octets read.
 *        `dot` receives the kind of the dot, SMTP_DOT_NONE if there was none.
 */
size_t smtp_content_data(struct smtp_session *s, const uint8_t *bytes, size_t size,
                         enum smtp_dot *dot);
/*!
 * \brief Sets the size of the content to `bytes`, because the content has ended before the octets
 *        that were read last.
 */
void smtp_content_cut(struct smtp_session *s, uint64_t bytes);
/*! \brief Begins a BDAT chunk of `size` octets. */
void smtp_content_chunk_begin(struct smtp_session *s, uint64_t size, bool last);
/*! \brief Reads octets up to the end of the chunk; returns the number of octets read. */
size_t smtp_content_chunk(struct smtp_session *s, const uint8_t *bytes, size_t size);
/*!
 * \brief Reports that octets were lost. Returns false if more octets were lost than the rest of the
 *        chunk has.
 */
bool smtp_content_chunk_gap(struct smtp_session *s, size_t bytes);
/*! \brief Overwrites the current header line and the value of the current field with zeros. */
void smtp_content_wipe(struct smtp_session *s);

/* smtp_doubt.c */

/*! \brief Returns true if there is a doubtful place, at which the content may have ended. */
static inline bool smtp_doubt_is_open(const struct smtp_session *s)
{
	return s->doubt.cause != SMTP_DOUBT_NONE;
}
/*! \brief Records an SMTP_DOT_LAX. `offset` is the position of the last octet of its line. */
void smtp_doubt_dot(struct smtp_session *s, uint64_t offset);
/*! \brief Records that the server has replied during content. */
void smtp_doubt_reply(struct smtp_session *s);
/*! \brief Records that a chunk begins. `odd`: the BDAT command does not have the strict form. */
void smtp_doubt_chunk(struct smtp_session *s, bool odd);
/*!
 * \brief If `refused` is true, records that the server has refused the chunk. Otherwise the server
 *        has accepted the chunk, and the doubt about it ends.
 */
void smtp_doubt_refused(struct smtp_session *s, bool refused);
/*!
 * \brief Calls `smuggling`, unless the client's commands end in a bare LF. The parser calls this
 *        function before it reads the first octet after an SMTP_DOT_LAX.
 */
void smtp_doubt_continue(struct smtp_session *s);
/*!
 * \brief Returns the number of octets to read before smtp_doubt_is_for_certain() is called. It is
 *        the size of one line if this line will show whether the copied octets are commands,
 *        because the octets after it may be too many to be read again.
 */
size_t smtp_doubt_span(const struct smtp_session *s, const uint8_t *bytes, size_t size);
/*! \brief Copies content that follows the doubtful place. */
void smtp_doubt_add(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset);
/*! \brief Returns true, once, if the next mail was sent inside the content. */
bool smtp_doubt_take_smuggled(struct smtp_session *s);
/*! \brief Records that the latest line with a single dot has ended the content. */
void smtp_doubt_confirm_dot(struct smtp_session *s);
/*! \brief Records that the final dot of the content was read. */
void smtp_doubt_final_dot(struct smtp_session *s);
/*! \brief Ends the doubt because the copied octets were content. */
void smtp_doubt_forget(struct smtp_session *s);
/*!
 * \brief Returns true if the copied octets count as commands in a session whose server is not seen.
 */
bool smtp_doubt_is_for_certain(const struct smtp_session *s);
/*!
 * \brief Returns true if a reply that came during content shows that the server is reading
 *        commands.
 */
bool smtp_doubt_is_over(const struct smtp_session *s, unsigned code);
/*! \brief Ends the content, or the chunk, at the doubtful place. */
void smtp_doubt_end_content(struct smtp_session *s);
/*!
 * \brief Ends the doubt because the server has read commands, so that the copied octets must be
 *        read again. Returns the next mode.
 */
enum smtp_mode smtp_doubt_reread(struct smtp_session *s);
/*!
 * \brief Returns the mode after the content. It is SMTP_MODE_DOUBT if later replies can show that
 *        the server has read commands in the content.
 */
enum smtp_mode smtp_doubt_after_content(struct smtp_session *s);
/*!
 * \brief Stores a reply that came in SMTP_MODE_DOUBT. Returns true if it cannot answer the commands
 *        after the content. In that case the server must have read commands in the content.
 */
bool smtp_doubt_reply_refutes(struct smtp_session *s, unsigned code);
/*!
 * \brief Returns true if the commands after the content can be read now: every held command has
 *        received a reply, or no more octets or replies can be stored.
 */
bool smtp_doubt_is_settled(const struct smtp_session *s);
/*!
 * \brief Moves the replies that were stored in SMTP_MODE_DOUBT to `codes`; returns their number.
 */
size_t smtp_doubt_take_replies(struct smtp_session *s, uint16_t codes[SMTP_DOUBT_REPLIES]);

/* smtp_client.c */

/*!
 * \brief Reads octets as commands or content, as the mode requires; returns the number of octets
 *        read. `next` receives the next mode if it differs.
 */
size_t smtp_client_read(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset,
                        enum smtp_mode *next);
/*!
 * \brief Handles the end of the content. Returns the next mode, which waits for the reply to the
 *        content if the server is seen.
 */
enum smtp_mode smtp_client_content_over(struct smtp_session *s);
/*! \brief Handles the end of a chunk. Returns the next mode. */
enum smtp_mode smtp_client_chunk_over(struct smtp_session *s);
/*!
 * \brief Handles the acceptance of a held MAIL inside a transaction, or the loss of the reply to
 *        this MAIL. The transaction ends, and another one begins.
 */
void smtp_client_mail_accepted(struct smtp_session *s);
/*! \brief Handles the acceptance of the held XCLIENT, or the loss of the reply to it. */
void smtp_client_xclient_accepted(struct smtp_session *s);
/*!
 * \brief Reads a PROXY header of version 2 at the beginning of the held octets, which are the
 *        client's first octets. `next` receives the next mode if the whole header was read.
 */
enum smtp_origin_result smtp_client_read_proxy(struct smtp_session *s, enum smtp_mode *next);
/*!
 * \brief Returns true if a reply refuses the PROXY header. In that case it calls `origin` with
 *        NULL.
 */
bool smtp_client_is_proxy_refused(struct smtp_session *s, unsigned code);
/*! \brief Handles the refusal of a held MAIL: calls `mail_refused`. */
void smtp_client_mail_refused(struct smtp_session *s);
/*! \brief Overwrites the incomplete command line and header line with zeros. */
void smtp_client_wipe(struct smtp_session *s);

/* smtp_tls.c */

/*!
 * \brief Records that the server has accepted STARTTLS; returns the next mode. `code` is the code
 *        of the reply, or 0 if the reply was not seen.
 */
enum smtp_mode smtp_tls_agree(struct smtp_session *s, unsigned code);
/*! \brief Judges the client's first octet after STARTTLS was accepted; returns the next mode. */
enum smtp_mode smtp_tls_judge(struct smtp_session *s, uint8_t octet);
/*!
 * \brief Begins TLS of the client, and calls `starttls` if it was not called yet; returns the next
 *        mode.
 */
enum smtp_mode smtp_tls_begin(struct smtp_session *s);
/*!
 * \brief Begins TLS of the server. From now on, `server_tls` is called for the octets of the
 *        server.
 */
void smtp_tls_begin_server(struct smtp_session *s);
/*! \brief Reads octets of the ClientHello; returns the next mode. */
enum smtp_mode smtp_tls_read_hello(struct smtp_session *s, const uint8_t *bytes, size_t size);
/*! \brief Calls `server_tls` for octets of the server. */
void smtp_tls_read_server(struct smtp_session *s, const uint8_t *bytes, size_t size);
/*! \brief Counts octets of TLS towards SMTP_TLS_MAX. */
void smtp_tls_spend(struct smtp_session *s, size_t size);
/*!
 * \brief Reports that octets of the server were lost. After this, `server_tls` is not called any
 *        more.
 */
void smtp_tls_gap(struct smtp_session *s);

/* smtp_resync.c */

/*!
 * \brief Returns the mode in which to read the held octets. At least one octet must be held. In
 *        modes other than LOST, WAIT and GUESS, the function returns the current mode.
 *
 * \param force  If true, the function decides at once, without waiting for further octets or
 *               replies. In SMTP_MODE_LOST, `force` has no effect.
 */
enum smtp_mode smtp_resync_judge(struct smtp_session *s, bool force);
/*!
 * \brief Handles a reply in SMTP_MODE_LOST. Most replies show that the client is between commands.
 *
 * \param next  Receives SMTP_MODE_COMMAND if the client is between commands; else it is not set.
 *
 * \retval true The reply belongs to content whose end was lost, and needs no further handling.
 */
bool smtp_resync_reply(struct smtp_session *s, unsigned code, enum smtp_mode *next);
/*! \brief Reports that octets of the client were lost; returns the next mode. */
enum smtp_mode smtp_resync_gap(struct smtp_session *s, size_t bytes);
/*! \brief Drops held octets and partial lines; returns SMTP_MODE_LOST. */
enum smtp_mode smtp_resync_lose(struct smtp_session *s);
/*! \brief Sets whether the session was captured from its beginning without a gap. */
void smtp_resync_set_whole(struct smtp_session *s, bool whole);

/* smtp_transition.c */

/*! \brief Applies the effects of a reply other than the greeting; returns the next mode. */
enum smtp_mode smtp_transition(struct smtp_session *s, unsigned code);
