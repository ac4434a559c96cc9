/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the client's bytes may not be read as they come: behind a command whose
 * reply decides what follows, and where it is not known what they are. They are
 * held until they can be.
 */
#include "parsers/smtp/smtp_private.h"

#include <string.h>

#include "parsers/smtp/smtp_command.h"

enum { TLS_CHANGE_CIPHER = 0x14, TLS_HANDSHAKE = 0x16, TLS_DATA = 0x17, TLS_MAJOR = 3 };

/*
 * DATA, and no reply to be seen. Content begins with a header field; a client
 * that was refused says RSET or QUIT.
 */
static void settle_data(struct smtp_session *s)
{
	struct smtp_text line = smtp_hold_line(s, 0);
	struct smtp_command cmd;

	if (line.size == 0 && s->hold.size < SMTP_HOLD_MAX && !s->ending) {
		return;
	}
	smtp_command_parse(line.text, smtp_line_chomp(line.text, line.size), &cmd);
	if (cmd.strict && (cmd.verb == SMTP_RSET || cmd.verb == SMTP_QUIT)) {
		s->mode = SMTP_MODE_COMMAND;
	} else {
		s->mode = SMTP_MODE_DATA;
		smtp_content_begin(s, SMTP_CONTENT_WHOLE);
	}
}

static bool reply_may_come(const struct smtp_session *s)
{
	return s->server_seen && !s->reply_lost && !s->ending && s->hold.size < SMTP_HOLD_MAX;
}

/*! \brief Goes on without the reply, if it is time to. */
static void settle_wait(struct smtp_session *s)
{
	if (s->hold.size == 0 || reply_may_come(s)) {
		return;
	}
	if (s->wait == SMTP_DATA) {
		settle_data(s);
	} else if (s->wait == SMTP_STARTTLS && s->hold_text[0] == TLS_HANDSHAKE) {
		smtp_client_tls(s, 0);
	} else {
		s->mode = SMTP_MODE_COMMAND;
		if (s->wait != SMTP_STARTTLS) {
			smtp_transaction_drop(s);
		}
	}
	/* That the client went on shows that all was answered. */
	if (s->reply_lost && s->mode != SMTP_MODE_WAIT) {
		smtp_pending_forget(s);
	}
}

/*! \brief The first octets after a start or a gap may be TLS; true if that was settled. */
static bool settle_tls(struct smtp_session *s)
{
	uint8_t type = (uint8_t)s->hold_text[0];

	if (s->hold.size < 2 || s->hold_text[1] != TLS_MAJOR || s->judged) {
		return false;
	}
	if (type == TLS_HANDSHAKE) {
		smtp_client_tls(s, 0);
	} else if (type >= TLS_CHANGE_CIPHER && type <= TLS_DATA) {
		s->mode = SMTP_MODE_DONE;
		smtp_hold_wipe(s);
	}
	return s->mode != SMTP_MODE_LOST;
}

/*! \brief Takes what follows for content, of which the beginning was not seen. */
static void presume_content(struct smtp_session *s)
{
	s->mode = SMTP_MODE_DATA;
	if (smtp_has_content(s)) {
		smtp_content_gap(s);
	} else {
		smtp_content_begin(s, SMTP_CONTENT_GAPPED);
	}
}

static bool opens_session(enum smtp_verb verb)
{
	return verb == SMTP_EHLO || verb == SMTP_HELO || verb == SMTP_LHLO || verb == SMTP_PROXY;
}

/*! \brief Judges a held line while there is no footing; true if the mode is settled. */
static bool judge_line(struct smtp_session *s, struct smtp_text line)
{
	bool first = !s->judged;
	size_t size = smtp_line_chomp(line.text, line.size);
	struct smtp_command cmd;

	s->judged = true;
	s->client_seen = true;
	if (size == 1 && line.text[0] == '.') {
		smtp_hold_drop(s, s->hold.commands + line.size);
		presume_content(s);
		smtp_pending_push(s, SMTP_PENDING_CONTENT, SMTP_DATA, 0);
		smtp_client_content_over(s);
		return true;
	}
	smtp_command_parse(line.text, size, &cmd);
	if (first && s->counters.relost == 0 && opens_session(cmd.verb)) {
		s->whole = true;
		s->mode = SMTP_MODE_COMMAND;
	} else if (cmd.strict) {
		/* A body may hold one such line by chance; two on end are a dialogue. */
		if (s->hold.commands > 0 && !s->server_seen) {
			s->mode = SMTP_MODE_COMMAND;
		}
		smtp_hold_mark(s, line.size);
	} else {
		smtp_hold_drop(s, s->hold.commands + line.size);
		/* The first line after a gap may lack its beginning and prove nothing. */
		if (!first || s->counters.relost == 0) {
			presume_content(s);
		}
	}
	return s->mode != SMTP_MODE_LOST;
}

/*! \brief Looks for footing in what is held. */
static void settle_lost(struct smtp_session *s)
{
	if (s->hold.size == 0 || settle_tls(s)) {
		return;
	}
	for (;;) {
		struct smtp_text line = smtp_hold_line(s, s->hold.commands);
		if (line.size == 0) {
			break;
		}
		if (judge_line(s, line)) {
			return;
		}
	}
	if (s->hold.size < SMTP_HOLD_MAX) {
		return;
	}
	/* So many commands on end are commands; so long a line is none. */
	if (s->hold.commands > 0) {
		s->mode = SMTP_MODE_COMMAND;
	} else {
		presume_content(s);
	}
}

static void settle(struct smtp_session *s)
{
	if (s->mode == SMTP_MODE_WAIT) {
		settle_wait(s);
	} else if (s->mode == SMTP_MODE_LOST) {
		settle_lost(s);
	}
}

/*! \brief Reads held octets as long as none must be held any more. */
static void drain(struct smtp_session *s)
{
	uint8_t held[SMTP_HOLD_MAX];

	settle(s);
	while (s->hold.size > 0 && !smtp_is_holding(s)) {
		uint64_t offset = s->hold.offset;
		size_t size = smtp_hold_take(s, held);
		size_t done = smtp_client_read(s, held, size, offset);
		(void)smtp_hold_add(s, held + done, size - done, offset + done);
		explicit_bzero(held, size);
		settle(s);
	}
}

static size_t hold_more(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset)
{
	size_t take = smtp_hold_add(s, bytes, size, offset);

	drain(s);
	return take;
}

void smtp_client_feed(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset)
{
	while (size > 0) {
		size_t used = smtp_is_holding(s) ? hold_more(s, bytes, size, offset)
		                                 : smtp_client_read(s, bytes, size, offset);
		bytes += used;
		size -= used;
		offset += used;
	}
}

void smtp_client_resume(struct smtp_session *s, enum smtp_mode mode)
{
	s->mode = mode;
	drain(s);
}

void smtp_client_lose(struct smtp_session *s)
{
	s->counters.relost++;
	s->whole = false;
	s->mode = SMTP_MODE_LOST;
	s->judged = false;
	smtp_client_wipe(s);
	smtp_hold_wipe(s);
}

bool smtp_client_is_chance(struct smtp_session *s, bool content)
{
	struct smtp_text line = smtp_hold_line(s, 0);
	/* A client that waits for a reply has sent whole lines. */
	bool torn = s->hold.commands > 0 && s->hold.size > s->hold.commands;

	if (s->hold.commands == 0 && line.size == 0) {
		smtp_hold_wipe(s); /* a piece of a line is the end of a chunk, then */
		return false;
	}
	if (s->hold.size == 0 || line.size < s->hold.commands || (!content && !torn)) {
		return false;
	}
	smtp_hold_drop(s, s->hold.commands);
	return true;
}

static void gap_in_chunk(struct smtp_session *s, size_t bytes)
{
	if (smtp_content_chunk_gap(s, bytes)) {
		if (s->content.chunk_left == 0) {
			smtp_client_chunk_over(s);
		}
		return;
	}
	if (s->content.last_chunk) {
		smtp_content_end(s);
	}
	smtp_pending_gap(s, false);
	smtp_client_lose(s);
}

/*! \brief Nothing held can be joined to what comes after the gap: it is read on its own. */
static void let_go(struct smtp_session *s)
{
	s->ending = true;
	drain(s);
	s->ending = false;
}

void smtp_client_gap(struct smtp_session *s, size_t bytes)
{
	smtp_pending_lost(s);
	if (s->mode == SMTP_MODE_WAIT) {
		let_go(s);
	}
	switch (s->mode) {
	case SMTP_MODE_TLS:
		s->mode = SMTP_MODE_DONE;
		return;
	case SMTP_MODE_DONE:
		return;
	case SMTP_MODE_CHUNK:
		gap_in_chunk(s, bytes);
		return;
	case SMTP_MODE_DATA:
		smtp_content_gap(s);
		if (s->transaction.early != 0) {
			/* The server's reply says that the end was in the gap. */
			smtp_transaction_decide(s, s->transaction.early);
		} else if (!s->server_seen) {
			return;
		}
		break;
	default:
		if (smtp_has_content(s)) {
			smtp_content_gap(s); /* it may have held a chunk */
		}
		smtp_pending_gap(s, false);
		break;
	}
	smtp_client_lose(s);
}

void smtp_client_end(struct smtp_session *s)
{
	s->ending = true;
	s->server_seen = false;
	drain(s);
	smtp_hold_wipe(s);
	if (s->mode != SMTP_MODE_TLS) {
		smtp_client_wipe(s);
	}
}
