/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/smtp/smtp_private.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"

enum {
	CODE_READY = 220,
	CODE_CLOSING = 221,
	CODE_AUTHENTICATED = 235,
	CODE_CHALLENGE = 334,
	CODE_START_INPUT = 354,
	CODE_UNAVAILABLE = 421,
	TLS_HANDSHAKE = 0x16,
};

/*! \brief The code of a reply line, 0 if it is none. */
static unsigned parse_code(const char *line, size_t size)
{
	if (size < 3 || line[0] < '2' || line[0] > '5' || !ascii_is_digit(line[1]) ||
	    !ascii_is_digit(line[2])) {
		return 0;
	}
	if (size > 3 && line[3] != ' ' && line[3] != '-' && line[3] != '\t') {
		return 0;
	}
	return (unsigned)(line[0] - '0') * 100 + (unsigned)(line[1] - '0') * 10 +
	       (unsigned)(line[2] - '0');
}

static bool is_waiting_for(const struct smtp_session *s, enum smtp_verb verb)
{
	return s->mode == SMTP_MODE_WAIT && s->wait == verb;
}

static void emit_reply(struct smtp_session *s, enum smtp_verb verb, unsigned code)
{
	SMTP_EMIT(s, reply, s->user, verb, code);
}

/*! \brief Lets the client's bytes go that are held for the reply to a command. */
static void go_on(struct smtp_session *s, enum smtp_verb verb)
{
	if (is_waiting_for(s, verb)) {
		smtp_client_resume(s, SMTP_MODE_COMMAND);
	}
}

static void on_tls(struct smtp_session *s)
{
	smtp_client_tls(s, CODE_READY);
	smtp_client_resume(s, SMTP_MODE_TLS);
}

/*
 * 354 says that content follows whatever commands were lost; but one that
 * answers DATA which was read on without it says nothing new.
 */
static void on_start_input(struct smtp_session *s)
{
	bool lost = s->mode == SMTP_MODE_LOST;
	bool begins = lost || is_waiting_for(s, SMTP_DATA);
	enum smtp_content_view view = lost ? SMTP_CONTENT_GAPPED : SMTP_CONTENT_WHOLE;

	emit_reply(s, SMTP_DATA, CODE_START_INPUT);
	if (smtp_pending_seek(s, SMTP_DATA)) {
		smtp_pending_pop(s);
	} else if (s->mode == SMTP_MODE_COMMAND && !s->whole && s->line.size == 0) {
		view = s->pending.size > 0 ? SMTP_CONTENT_DOUBTFUL : SMTP_CONTENT_WHOLE;
		smtp_pending_forget(s);
		begins = true;
	}
	if (begins) {
		smtp_content_begin(s, view);
		smtp_client_resume(s, SMTP_MODE_DATA);
	}
}

static void on_data_refused(struct smtp_session *s, unsigned code)
{
	smtp_pending_pop(s);
	smtp_transaction_refuse(s, code);
	if (s->mode == SMTP_MODE_DATA) {
		/* Read on without the reply, and wrongly: those were commands. */
		smtp_transaction_content_undo(s);
		smtp_client_lose(s);
	}
	go_on(s, SMTP_DATA);
}

/*! \brief A border of transactions: RSET, EHLO and their like. */
static void on_border(struct smtp_session *s, enum smtp_verb verb)
{
	smtp_pending_pop(s);
	if (is_waiting_for(s, verb) || s->mode == SMTP_MODE_LOST) {
		smtp_transaction_drop(s);
	}
	go_on(s, verb);
}

static void on_auth(struct smtp_session *s, unsigned code)
{
	if (code == CODE_CHALLENGE) {
		s->challenged = s->mode == SMTP_MODE_AUTH;
		return;
	}
	smtp_pending_pop(s);
	if (s->mode == SMTP_MODE_LOST) {
		/* Nothing is sent behind AUTH before its end: the gap was in the exchange. */
		smtp_pending_forget(s);
		smtp_client_resume(s, SMTP_MODE_COMMAND);
	} else if (s->mode == SMTP_MODE_AUTH) {
		s->mode = SMTP_MODE_COMMAND;
	}
}

static void note_refusal(struct smtp_session *s, unsigned code)
{
	if (code >= SMTP_CODE_REFUSES) {
		smtp_transaction_refuse(s, code);
	}
}

static void answer_command(struct smtp_session *s, enum smtp_verb verb, unsigned code)
{
	switch (verb) {
	case SMTP_MAIL:
		smtp_pending_pop(s);
		note_refusal(s, code);
		SMTP_EMIT(s, mail_reply, s->user, code);
		return;
	case SMTP_BDAT:
		smtp_pending_pop(s);
		note_refusal(s, code);
		return;
	case SMTP_DATA:
		/* No 2yz answers DATA: it is a reply too many, behind a gap. */
		if (code >= SMTP_CODE_REFUSES) {
			on_data_refused(s, code);
		}
		return;
	case SMTP_EHLO:
	case SMTP_HELO:
	case SMTP_LHLO:
	case SMTP_RSET:
	case SMTP_XCLIENT:
		on_border(s, verb);
		return;
	case SMTP_AUTH:
		on_auth(s, code);
		return;
	case SMTP_STARTTLS:
		smtp_pending_pop(s);
		if (code == CODE_READY) {
			on_tls(s);
		}
		go_on(s, verb);
		return;
	default:
		smtp_pending_pop(s);
		return;
	}
}

static void answer_content(struct smtp_session *s, const struct smtp_pending *p, unsigned code)
{
	if (!smtp_transaction_verdict(s, p->count + 1, &code)) {
		smtp_pending_count(s);
		return;
	}
	smtp_pending_pop(s);
	if (s->mode == SMTP_MODE_CHUNK) {
		smtp_transaction_answer_early(s, code);
		return;
	}
	smtp_transaction_decide(s, code);
	go_on(s, SMTP_UNKNOWN);
}

static void answer(struct smtp_session *s, const struct smtp_pending *p, unsigned code)
{
	enum smtp_verb verb = (enum smtp_verb)p->verb;

	emit_reply(s, p->kind == SMTP_PENDING_SKIP ? SMTP_UNKNOWN : verb, code);
	switch (p->kind) {
	case SMTP_PENDING_RCPT:
		smtp_transaction_rcpt_reply(s, p->count, code);
		smtp_pending_pop(s);
		break;
	case SMTP_PENDING_CONTENT:
		answer_content(s, p, code);
		break;
	case SMTP_PENDING_SKIP:
		smtp_pending_skip(s);
		break;
	default:
		answer_command(s, verb, code);
		break;
	}
}

/*! \brief A reply while content flows: the client's bytes are behind, or its end was lost. */
static void answer_flowing(struct smtp_session *s, unsigned code)
{
	bool end_lost = s->transaction.view == SMTP_CONTENT_GAPPED ||
	                (s->transaction.view == SMTP_CONTENT_DOUBTFUL && s->content.bytes == 0);

	if (!end_lost) {
		smtp_transaction_answer_early(s, code);
		return;
	}
	smtp_transaction_decide(s, code);
	if (s->content.tail[3] == '\n') {
		smtp_client_resume(s, SMTP_MODE_COMMAND);
	} else {
		smtp_client_lose(s);
	}
}

/*! \brief A reply to no command that was seen. */
static void on_stray(struct smtp_session *s, unsigned code)
{
	emit_reply(s, SMTP_UNKNOWN, code);
	if (s->mode == SMTP_MODE_AUTH) {
		s->challenged = code == CODE_CHALLENGE;
		if (!s->challenged) {
			s->mode = SMTP_MODE_COMMAND;
		}
	} else if (code == CODE_READY && !s->whole) {
		on_tls(s);
	} else if (s->mode == SMTP_MODE_DATA && code != CODE_UNAVAILABLE) {
		answer_flowing(s, code);
	} else if (s->mode == SMTP_MODE_COMMAND || s->mode == SMTP_MODE_LOST) {
		smtp_pending_stray(s);
	}
}

/*! \brief The one command that a code is the answer to. */
static enum smtp_verb telling_verb(unsigned code)
{
	switch (code) {
	case CODE_READY:
		return SMTP_STARTTLS;
	case CODE_CLOSING:
		return SMTP_QUIT;
	case CODE_AUTHENTICATED:
	case CODE_CHALLENGE:
		return SMTP_AUTH;
	default:
		return SMTP_UNKNOWN;
	}
}

/*! \brief Behind lost commands: the command that the reply belongs to, NULL for a lost one. */
static const struct smtp_pending *pass_gap(struct smtp_session *s, unsigned code)
{
	enum smtp_verb verb = telling_verb(code);

	if (verb != SMTP_UNKNOWN && smtp_pending_seek(s, verb)) {
		return smtp_pending_head(s);
	}
	if (s->mode == SMTP_MODE_WAIT && (s->wait != SMTP_DATA || code >= SMTP_CODE_REFUSES)) {
		smtp_pending_keep_last(s);
	}
	const struct smtp_pending *head = smtp_pending_head(s);
	if (head->kind == SMTP_PENDING_GAP) {
		smtp_pending_gap_answered(s);
		return NULL;
	}
	return head;
}

/*!
 * \brief Without footing: a reply shows that the client is between commands.
 *
 * \return Whether the reply was the content's, of which the end was lost.
 */
static bool find_step(struct smtp_session *s, unsigned code)
{
	const struct smtp_pending *head = smtp_pending_head(s);
	bool used = s->transaction.stage == SMTP_CONTENT_DATA && code != CODE_START_INPUT;

	if (s->mode != SMTP_MODE_LOST || code == CODE_UNAVAILABLE ||
	    (head != NULL && head->kind != SMTP_PENDING_GAP)) {
		return false;
	}
	if (used) {
		emit_reply(s, SMTP_DATA, code);
		smtp_transaction_decide(s, code);
	}
	if (!smtp_client_is_chance(s, used)) {
		smtp_client_resume(s, SMTP_MODE_COMMAND);
	}
	return used;
}

static void on_reply(struct smtp_session *s, unsigned code)
{
	if (find_step(s, code)) {
		return;
	}
	if (code == CODE_START_INPUT) {
		on_start_input(s);
		return;
	}
	const struct smtp_pending *head = smtp_pending_head(s);
	if (head != NULL && head->kind == SMTP_PENDING_GAP) {
		head = pass_gap(s, code);
	}
	if (head != NULL) {
		answer(s, head, code);
	} else {
		on_stray(s, code);
	}
	if (s->mode == SMTP_MODE_WAIT && s->pending.size == 0) {
		s->reply_lost = true;
		smtp_client_resume(s, s->mode);
	}
}

/*! \brief The text begins with an enhanced status code: "220 2.0.0 Ready" answers STARTTLS. */
static bool has_enhanced_code(const char *text, size_t size)
{
	return size > 4 && ascii_is_digit(text[0]) && text[1] == '.' && ascii_is_digit(text[2]) &&
	       text[3] == '.';
}

/*! \brief The first line of the first reply: a greeting, unless the session was joined later. */
static bool is_greeting(const struct smtp_session *s, unsigned code, const char *text, size_t size)
{
	static const char starttls[] = "STARTTLS";
	size_t held = strlen(starttls);

	if (s->counters.replies > 0 || (s->counters.gaps > 0 && s->client_seen)) {
		return false;
	}
	if (code == CODE_READY) {
		bool asked =
		        is_waiting_for(s, SMTP_STARTTLS) ||
		        (s->hold.size > held && strncasecmp(s->hold_text, starttls, held) == 0);
		return !asked && !has_enhanced_code(text, size);
	}
	return (code == CODE_UNAVAILABLE || code >= 500) && s->pending.size == 0 &&
	       s->hold.size == 0;
}

static void emit_greeting(struct smtp_session *s, unsigned code, const char *line, size_t size)
{
	struct smtp_text name = { line + (size > 3 ? 4 : size), 0 };
	const char *end = line + size;

	while (name.text + name.size < end && name.text[name.size] != ' ') {
		name.size++;
	}
	SMTP_EMIT(s, greeting, s->user, code, name, (struct smtp_text){ line, size });
}

static void on_greeting_end(struct smtp_session *s, unsigned code)
{
	s->greeting = false;
	s->whole = true;
	emit_reply(s, SMTP_UNKNOWN, code);
	if (s->mode == SMTP_MODE_LOST) {
		smtp_client_resume(s, SMTP_MODE_COMMAND);
	}
}

static void on_line(struct smtp_session *s)
{
	const char *line = s->reply_text;
	size_t size = smtp_line_chomp(line, s->reply.size);
	unsigned code = parse_code(line, size);

	if (code == 0) {
		s->counters.malformed++;
		return;
	}
	size_t text = size > 3 ? 4 : size;
	if (s->first_line && is_greeting(s, code, line + text, size - text)) {
		s->greeting = true;
		emit_greeting(s, code, line, size);
	}
	s->first_line = false;
	if (size > 3 && line[3] == '-') {
		return;
	}
	s->first_line = true;
	if (s->greeting) {
		on_greeting_end(s, code);
	} else {
		on_reply(s, code);
	}
	s->counters.replies++;
}

void smtp_server_tls_begin(struct smtp_session *s)
{
	s->tls_left = s->handler->server_tls != NULL && !s->reply_tls ? SMTP_TLS_MAX : s->tls_left;
	s->reply_tls = true;
}

void smtp_tls_spend(struct smtp_session *s, size_t size)
{
	s->tls_left -= size < s->tls_left ? (uint16_t)size : s->tls_left;
}

static void take_tls(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	if (s->tls_left == 0 || size == 0) {
		return;
	}
	size_t told = size < s->tls_left ? size : s->tls_left;
	if (s->handler->server_tls(s->user, bytes, told)) {
		smtp_tls_spend(s, size);
	} else {
		s->tls_left = 0;
	}
}

/*! \brief The reply to STARTTLS was lost. */
static void on_server_tls(struct smtp_session *s)
{
	smtp_server_tls_begin(s);
	if (s->mode == SMTP_MODE_WAIT) {
		s->reply_lost = true;
		smtp_client_resume(s, s->mode);
	}
}

void smtp_server_feed(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	s->server_seen = true;
	while (size > 0 && !s->reply_tls && s->mode < SMTP_MODE_TLS) {
		bool ends;
		size_t take = smtp_line_span(bytes, size, &ends);
		if (s->reply.size == 0 && bytes[0] == TLS_HANDSHAKE) {
			on_server_tls(s);
			break;
		}
		smtp_line_add(s, &s->reply, s->reply_text, sizeof(s->reply_text), bytes, take);
		if (ends) {
			on_line(s);
			smtp_line_clear(&s->reply);
		}
		bytes += take;
		size -= take;
	}
	take_tls(s, bytes, size);
}

void smtp_server_gap(struct smtp_session *s)
{
	s->server_seen = true;
	s->tls_left = 0;
	s->whole = false;
	s->first_line = !s->greeting;
	smtp_line_clear(&s->reply);
	if (s->mode == SMTP_MODE_WAIT) {
		smtp_pending_keep_last(s);
		s->reply_lost = true;
		smtp_client_resume(s, s->mode);
	} else if (s->pending.size > 0) {
		smtp_pending_forget(s);
		smtp_pending_gap(s, true);
	}
}
