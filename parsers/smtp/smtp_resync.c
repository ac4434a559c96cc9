/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Classifies octets of the client whose meaning is not known: in a session that is joined
 * midstream, after a gap, and after a command whose reply was not seen.
 */
#include "parsers/smtp/smtp_private.h"

#include "parsers/smtp/smtp_command.h"

void smtp_resync_set_whole(struct smtp_session *s, bool whole)
{
	s->resync.whole = whole;
}

enum smtp_mode smtp_resync_lose(struct smtp_session *s)
{
	smtp_doubt_forget(s);
	s->counters.relost++;
	s->resync.whole = false;
	s->resync.judged = false;
	smtp_client_wipe(s);
	smtp_hold_wipe(s);
	return SMTP_MODE_LOST;
}

/*
 * Classifies octets after a DATA without a reply. Content begins with a header field; a client that
 * was refused sends RSET or QUIT.
 */
static enum smtp_mode guess_data(struct smtp_session *s, bool force)
{
	struct smtp_text line = smtp_hold_line(s, 0);
	struct smtp_command cmd;

	if (line.size == 0 && s->hold.size < SMTP_HOLD_MAX && !force) {
		return s->mode;
	}
	smtp_command_parse(line.text, smtp_line_chomp(line.text, line.size), &cmd);
	if (cmd.strict && (cmd.verb == SMTP_RSET || cmd.verb == SMTP_QUIT)) {
		return SMTP_MODE_COMMAND;
	}
	smtp_content_begin(s, SMTP_CONTENT_WHOLE);
	return SMTP_MODE_DATA;
}

static enum smtp_mode guess(struct smtp_session *s, bool force)
{
	switch (s->client.wait) {
	case SMTP_DATA:
		return guess_data(s, force);
	case SMTP_STARTTLS:
		return s->hold_text[0] == TLS_RECORD_HANDSHAKE ? smtp_tls_begin(s)
		                                               : SMTP_MODE_COMMAND;
	case SMTP_MAIL:
		smtp_client_mail_accepted(s);
		return SMTP_MODE_COMMAND;
	case SMTP_XCLIENT:
		smtp_transaction_border(s, SMTP_XCLIENT);
		smtp_client_xclient_accepted(s);
		return SMTP_MODE_COMMAND;
	case SMTP_AUTH:
		return SMTP_MODE_AUTH;
	case SMTP_BDAT:
		smtp_doubt_forget(s);
		return SMTP_MODE_COMMAND;
	case SMTP_UNKNOWN:
		smtp_doubt_forget(s);
		smtp_transaction_drop(s);
		return SMTP_MODE_COMMAND;
	default:
		smtp_transaction_border(s, (enum smtp_verb)s->client.wait);
		return SMTP_MODE_COMMAND;
	}
}

/*!
 * \brief Continues without the reply if the reply will not come, or if no more octets can be held.
 */
static enum smtp_mode judge_wait(struct smtp_session *s, bool force)
{
	bool may_come = s->mode == SMTP_MODE_WAIT && s->server_seen && !force &&
	                s->hold.size < SMTP_HOLD_MAX;

	if (may_come) {
		return s->mode;
	}
	enum smtp_mode next = guess(s, force);
	/* The client has continued, so all its commands were answered. */
	if (s->mode == SMTP_MODE_GUESS && !smtp_is_waiting(next)) {
		smtp_pending_forget(s);
	}
	return next;
}

/*! \brief Checks whether the first octets after the start of the capture or after a gap are TLS. */
static enum smtp_mode judge_tls(struct smtp_session *s)
{
	uint8_t type = (uint8_t)s->hold_text[0];

	if (s->hold.size < 2 || s->hold_text[1] != TLS_RECORD_MAJOR || s->resync.judged) {
		return SMTP_MODE_LOST;
	}
	if (type == TLS_RECORD_HANDSHAKE) {
		return smtp_tls_begin(s);
	}
	if (type >= TLS_RECORD_CHANGE_CIPHER && type <= TLS_RECORD_DATA) {
		smtp_hold_wipe(s);
		return SMTP_MODE_DONE;
	}
	return SMTP_MODE_LOST;
}

/*! \brief Takes the next octets for content whose beginning was not seen. */
static enum smtp_mode presume_content(struct smtp_session *s)
{
	if (smtp_has_content(s)) {
		smtp_content_gap(s);
	} else {
		smtp_content_begin(s, SMTP_CONTENT_GAPPED);
	}
	return SMTP_MODE_DATA;
}

static enum smtp_mode presume_final_dot(struct smtp_session *s)
{
	(void)presume_content(s);
	smtp_pending_push(s, SMTP_PENDING_CONTENT, SMTP_DATA, 0);
	return smtp_client_content_over(s);
}

static bool opens_session(enum smtp_verb verb)
{
	return verb == SMTP_EHLO || verb == SMTP_HELO || verb == SMTP_LHLO || verb == SMTP_PROXY;
}

/*!
 * \brief Judges a line in the form of a command. The line remains held, because content may contain
 *        such a line by chance.
 */
static enum smtp_mode judge_command(struct smtp_session *s, size_t size)
{
	/* Two such lines in a row are commands. If the server is seen, its reply decides
	 * instead. */
	bool dialogue = s->hold.commands > 0 && !s->server_seen;

	smtp_hold_mark(s, size);
	return dialogue ? SMTP_MODE_COMMAND : SMTP_MODE_LOST;
}

/*! \brief Judges a held line. */
static enum smtp_mode judge_line(struct smtp_session *s, struct smtp_text line)
{
	bool at_start = !s->resync.judged && s->counters.relost == 0;
	bool after_gap = !s->resync.judged && s->counters.relost > 0;
	size_t size = smtp_line_chomp(line.text, line.size);
	struct smtp_command cmd;

	s->resync.judged = true;
	s->resync.client_seen = true;
	if (size == 1 && line.text[0] == '.') {
		smtp_hold_drop(s, s->hold.commands + line.size);
		return presume_final_dot(s);
	}
	smtp_command_parse(line.text, size, &cmd);
	if (at_start && opens_session(cmd.verb)) {
		s->resync.whole = true;
		return SMTP_MODE_COMMAND;
	}
	if (cmd.strict) {
		return judge_command(s, line.size);
	}
	smtp_hold_drop(s, s->hold.commands + line.size);
	/* The first line after a gap may lack its beginning, and therefore proves nothing. */
	return after_gap ? SMTP_MODE_LOST : presume_content(s);
}

/*!
 * \brief Decides when no more octets can be held. Lines in the form of commands are then commands,
 *        and a long line is content.
 */
static enum smtp_mode judge_full(struct smtp_session *s)
{
	return s->hold.commands > 0 ? SMTP_MODE_COMMAND : presume_content(s);
}

/*!
 * \brief Checks the first octets of a session for a PROXY header. Returns true if they are one, or
 *        may be the beginning of one.
 */
static bool judge_proxy(struct smtp_session *s, enum smtp_mode *next)
{
	if (s->resync.judged || s->counters.relost > 0) {
		return false;
	}
	enum smtp_origin_result result = smtp_client_read_proxy(s, next);
	if (result == SMTP_ORIGIN_DONE) {
		s->resync.whole = true;
		s->resync.judged = true;
		s->resync.client_seen = true;
	}
	return result != SMTP_ORIGIN_NONE;
}

static enum smtp_mode judge_lost(struct smtp_session *s)
{
	enum smtp_mode next = SMTP_MODE_LOST;

	if (judge_proxy(s, &next)) {
		return next;
	}
	next = judge_tls(s);
	while (next == SMTP_MODE_LOST) {
		struct smtp_text line = smtp_hold_line(s, s->hold.commands);
		if (line.size == 0) {
			return s->hold.size < SMTP_HOLD_MAX ? SMTP_MODE_LOST : judge_full(s);
		}
		next = judge_line(s, line);
	}
	return next;
}

enum smtp_mode smtp_resync_judge(struct smtp_session *s, bool force)
{
	if (s->mode == SMTP_MODE_LOST) {
		return judge_lost(s);
	}
	return smtp_is_waiting(s->mode) ? judge_wait(s, force) : s->mode;
}

/*!
 * \brief Returns true if only one held line has the form of a command, and this line is content
 *        nevertheless.
 *
 * \param content  The reply belongs to content.
 */
static bool is_command_by_chance(const struct smtp_session *s, bool content)
{
	size_t commands = s->hold.commands;
	/* A client that waits for a reply has sent only whole lines. */
	bool torn = s->hold.size > commands;
	bool single = commands > 0 && smtp_hold_line(s, 0).size == commands;

	return single && (content || torn);
}

/*!
 * \brief Drops held octets that are content; returns true if the octets after them are commands.
 */
static bool drop_content(struct smtp_session *s, bool content)
{
	if (is_command_by_chance(s, content)) {
		smtp_hold_drop(s, s->hold.commands);
		return false;
	}
	if (s->hold.commands == 0) {
		smtp_hold_wipe(s); /* part of a line: the end of a chunk */
	}
	return true;
}

bool smtp_resync_reply(struct smtp_session *s, unsigned code, enum smtp_mode *next)
{
	const struct smtp_pending *head = smtp_pending_head(s);
	bool used = s->transaction.stage == SMTP_CONTENT_DATA && code != SMTP_CODE_START_INPUT;

	if (code == SMTP_CODE_UNAVAILABLE || (head != NULL && head->kind != SMTP_PENDING_GAP)) {
		return false;
	}
	if (used) {
		SMTP_EMIT(s, reply, s->user, SMTP_DATA, code);
		smtp_transaction_decide(s, code);
	}
	if (drop_content(s, used)) {
		*next = SMTP_MODE_COMMAND;
	}
	return used;
}

static enum smtp_mode gap_in_chunk(struct smtp_session *s, size_t bytes)
{
	if (smtp_content_chunk_gap(s, bytes)) {
		return s->content.chunk_left == 0 ? smtp_client_chunk_over(s) : SMTP_MODE_CHUNK;
	}
	if (s->content.last_chunk) {
		smtp_content_end(s);
	}
	smtp_pending_gap(s, false);
	return smtp_resync_lose(s);
}

static enum smtp_mode gap_in_data(struct smtp_session *s)
{
	smtp_content_gap(s);
	if (s->transaction.early != 0) {
		/* The server has answered, so the end of the content was in the gap. */
		smtp_transaction_decide(s, s->transaction.early);
	} else if (!s->server_seen) {
		return SMTP_MODE_DATA;
	}
	return smtp_resync_lose(s);
}

static enum smtp_mode gap_in_commands(struct smtp_session *s)
{
	if (smtp_has_content(s)) {
		smtp_content_gap(s); /* the gap may have contained a chunk */
	}
	smtp_pending_gap(s, false);
	return smtp_resync_lose(s);
}

enum smtp_mode smtp_resync_gap(struct smtp_session *s, size_t bytes)
{
	switch (s->mode) {
	case SMTP_MODE_STARTTLS:
		return s->tls.server ? SMTP_MODE_DONE : smtp_resync_lose(s);
	case SMTP_MODE_TLS:
	case SMTP_MODE_DONE:
		return SMTP_MODE_DONE;
	case SMTP_MODE_CHUNK:
		smtp_doubt_forget(s);
		return gap_in_chunk(s, bytes);
	case SMTP_MODE_DATA:
		smtp_doubt_forget(s);
		return gap_in_data(s);
	default:
		return gap_in_commands(s);
	}
}
