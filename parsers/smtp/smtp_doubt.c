/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Doubtful places, at which the server may have ended the content before its regular end. The
 * octets after such a place are read as content and also copied to the held ones. When the server's
 * replies show that it has read them as commands, they are read again as commands.
 */
#include "parsers/smtp/smtp_private.h"

#include <sys/param.h>

#include "parsers/smtp/smtp_command.h"

void smtp_doubt_forget(struct smtp_session *s)
{
	if (!smtp_doubt_is_open(s)) {
		return;
	}
	smtp_hold_forget(s);
	/* the lost octets were before the octets that are held now */
	smtp_hold_skip(s, s->doubt.lost);
	s->doubt = (struct smtp_doubt){ .smuggled = s->doubt.smuggled };
}

static void begin(struct smtp_session *s, enum smtp_doubt_cause cause)
{
	struct smtp_doubt *d = &s->doubt;
	uint64_t dot = d->dot, dot_bytes = d->dot_bytes;

	smtp_doubt_forget(s);
	d->cause = (uint8_t)cause;
	d->dot = dot;
	d->dot_bytes = dot_bytes;
	d->bytes = cause == SMTP_DOUBT_DOT ? dot_bytes : s->content.bytes;
}

void smtp_doubt_dot(struct smtp_session *s, uint64_t offset)
{
	struct smtp_doubt *d = &s->doubt;

	d->dot = offset;
	d->dot_bytes = s->content.bytes_before_dot;
	/* A doubtful place that commands follow is kept, because later dots may be in the content
	 * that these commands send. */
	if (!d->commands) {
		begin(s, SMTP_DOUBT_DOT);
	}
	d->fresh = true;
}

void smtp_doubt_reply(struct smtp_session *s)
{
	if (s->doubt.cause == SMTP_DOUBT_NONE) {
		begin(s, SMTP_DOUBT_REPLY);
	}
}

void smtp_doubt_chunk(struct smtp_session *s, bool odd)
{
	begin(s, SMTP_DOUBT_CHUNK);
	s->doubt.odd = odd;
}

void smtp_doubt_refused(struct smtp_session *s, bool refused)
{
	if (refused) {
		s->doubt.refused = true;
	} else if (s->doubt.cause == SMTP_DOUBT_CHUNK) {
		smtp_doubt_forget(s);
	}
}

void smtp_doubt_continue(struct smtp_session *s)
{
	s->doubt.fresh = false;
	/* A client whose commands end in a bare LF also ends its content in this way. */
	if (!s->client.bare_lf) {
		s->counters.smuggling++;
		SMTP_EMIT(s, smuggling, s->user, s->doubt.dot);
	}
}

static void judge_line(struct smtp_session *s, struct smtp_text line)
{
	struct smtp_doubt *d = &s->doubt;
	struct smtp_command cmd;
	size_t size = smtp_line_chomp(line.text, line.size);

	d->judged += (uint16_t)line.size;
	if (size == 0) {
		return; /* Servers reply to a blank line, and read the next one. */
	}
	smtp_command_parse(line.text, size, &cmd);
	d->commands = d->commands || cmd.strict;
	if (!d->first_judged) {
		d->first_judged = true;
		d->first = (uint8_t)(cmd.strict ? cmd.verb : SMTP_UNKNOWN);
	}
}

/*!
 * \brief Returns true if a chunk that was not refused begins as content does, not as commands do.
 */
static bool is_plain_chunk(const struct smtp_doubt *d)
{
	return d->cause == SMTP_DOUBT_CHUNK && !d->refused && !d->odd &&
	       (d->first_judged ? d->first == SMTP_UNKNOWN : d->lost > 0);
}

void smtp_doubt_add(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset)
{
	struct smtp_doubt *d = &s->doubt;

	if (d->cause == SMTP_DOUBT_NONE || d->lost > 0) {
		d->lost += d->cause == SMTP_DOUBT_NONE ? 0 : size;
		return;
	}
	size_t take = MIN(size, (size_t)SMTP_DOUBT_MAX - s->hold.size);
	(void)smtp_hold_add(s, bytes, take, offset);
	struct smtp_text line;
	while ((line = smtp_hold_line(s, d->judged)).size > 0) {
		judge_line(s, line);
	}
	if (take < size) {
		d->lost = size - take + s->hold.size - d->judged;
		smtp_hold_cut(s, d->judged);
	}
	smtp_hold_set_read(s, true);
	if (is_plain_chunk(d)) {
		smtp_doubt_forget(s);
	}
}

size_t smtp_doubt_span(const struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	const struct smtp_doubt *d = &s->doubt;
	bool whole =
	        d->cause == SMTP_DOUBT_NONE || s->server_seen || d->first_judged || d->lost > 0;

	return whole ? size : smtp_line_span(bytes, size);
}

bool smtp_doubt_is_for_certain(const struct smtp_session *s)
{
	const struct smtp_doubt *d = &s->doubt;

	if (d->cause == SMTP_DOUBT_CHUNK && !d->odd) {
		/* After a refusal, a client continues with these commands. */
		return d->first == SMTP_RSET || d->first == SMTP_QUIT || d->first == SMTP_MAIL;
	}
	return d->first != SMTP_UNKNOWN;
}

bool smtp_doubt_is_over(const struct smtp_session *s, unsigned code)
{
	const struct smtp_doubt *d = &s->doubt;
	bool counts = d->cause != SMTP_DOUBT_NONE && s->pending.size == 0 &&
	              code != SMTP_CODE_UNAVAILABLE;

	if (!counts) {
		return false;
	}
	if (s->mode == SMTP_MODE_CHUNK) {
		return d->refused;
	}
	if (s->mode != SMTP_MODE_DATA || s->transaction.lmtp) {
		return false;
	}
	return code == SMTP_CODE_START_INPUT ? d->commands : s->transaction.early != 0;
}

void smtp_doubt_end_content(struct smtp_session *s)
{
	smtp_content_cut(s, s->doubt.bytes);
	if (s->mode == SMTP_MODE_CHUNK && !s->content.last_chunk) {
		if (s->content.bytes == 0) {
			smtp_transaction_content_undo(s);
		}
		return;
	}
	smtp_content_end(s);
	smtp_transaction_drop(s);
}

enum smtp_mode smtp_doubt_reread(struct smtp_session *s)
{
	bool smuggled = s->doubt.cause == SMTP_DOUBT_DOT && s->hold.size > 0 && !s->client.bare_lf;

	/* The offsets of commands after octets that were not stored are too low by the number of
	 * these octets. */
	smtp_hold_set_read(s, false);
	s->doubt = (struct smtp_doubt){ .smuggled = smuggled || s->doubt.smuggled };
	return SMTP_MODE_COMMAND;
}

bool smtp_doubt_take_smuggled(struct smtp_session *s)
{
	bool smuggled = s->doubt.smuggled;

	s->doubt.smuggled = false;
	return smuggled;
}

void smtp_doubt_confirm_dot(struct smtp_session *s)
{
	s->doubt.fresh = false;
}

void smtp_doubt_final_dot(struct smtp_session *s)
{
	static const uint8_t dot[] = ".\r\n";

	s->doubt.fresh = false;
	/* Octets that were not copied are left out when the others are read again. The final dot is
	 * not left out. */
	if (s->doubt.lost > 0) {
		(void)smtp_hold_add(s, dot, sizeof(dot) - 1, s->hold.offset);
		smtp_hold_set_read(s, true);
		s->doubt.lost -= sizeof(dot) - 1;
	}
}

enum smtp_mode smtp_doubt_after_content(struct smtp_session *s)
{
	const struct smtp_doubt *d = &s->doubt;
	bool remains = d->commands && s->server_seen && !s->transaction.lmtp &&
	               (d->cause != SMTP_DOUBT_CHUNK || d->refused);

	if (remains) {
		return SMTP_MODE_DOUBT;
	}
	smtp_doubt_forget(s);
	return SMTP_MODE_COMMAND;
}

/*!
 * \brief Returns line number `n` after the content, counted from 0. The text is empty if there is
 * no such line, or if the line is incomplete.
 */
static struct smtp_text nth_line(const struct smtp_session *s, unsigned n)
{
	size_t pos = s->hold.read;
	struct smtp_text line = smtp_hold_line(s, pos);

	for (unsigned i = 0; i < n && line.size > 0; i++) {
		pos += line.size;
		line = smtp_hold_line(s, pos);
	}
	return line;
}

/*! \brief Returns true if a reply with this code can answer the command on this line. */
static bool may_answer(unsigned code, struct smtp_text line)
{
	bool refused = code >= SMTP_CODE_REFUSED;
	struct smtp_command cmd;

	smtp_command_parse(line.text, smtp_line_chomp(line.text, line.size), &cmd);
	switch (cmd.verb) {
	case SMTP_DATA:
		return refused || code == SMTP_CODE_START_INPUT;
	case SMTP_QUIT:
		return refused || code == SMTP_CODE_CLOSING;
	default:
		return code != SMTP_CODE_START_INPUT && code != SMTP_CODE_CLOSING;
	}
}

bool smtp_doubt_reply_refutes(struct smtp_session *s, unsigned code)
{
	struct smtp_doubt *d = &s->doubt;
	unsigned n = d->replies;

	if (n == SMTP_DOUBT_REPLIES) {
		return true;
	}
	d->codes[d->replies++] = (uint16_t)code;
	struct smtp_text line = nth_line(s, n);
	return line.size == 0 || !may_answer(code, line);
}

bool smtp_doubt_is_settled(const struct smtp_session *s)
{
	unsigned n = s->doubt.replies;
	bool full = s->hold.size == SMTP_HOLD_MAX || n == SMTP_DOUBT_REPLIES;

	return full || (n > 0 && nth_line(s, n).size == 0);
}

size_t smtp_doubt_take_replies(struct smtp_session *s, uint16_t codes[SMTP_DOUBT_REPLIES])
{
	size_t n = s->doubt.replies;

	memcpy(codes, s->doubt.codes, sizeof(s->doubt.codes));
	s->doubt.replies = 0;
	return n;
}
