/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/smtp/smtp_private.h"

#include <string.h>

#include "base/ascii.h"
#include "parsers/smtp/smtp_command.h"

void smtp_client_wipe(struct smtp_session *s)
{
	explicit_bzero(s->line_text, s->line.size);
	smtp_line_clear(&s->line);
	smtp_content_wipe(s);
}

static void push(struct smtp_session *s, const struct smtp_command *cmd)
{
	smtp_pending_push(s, SMTP_PENDING_COMMAND, cmd->verb, 0);
}

static void wait_for(struct smtp_session *s, enum smtp_verb verb)
{
	s->mode = SMTP_MODE_WAIT;
	s->wait = verb;
	s->reply_lost = false;
}

/*
 * A transaction ends when the server has answered; with no server to be seen,
 * it has answered as far as anybody will know.
 */
static void on_border(struct smtp_session *s, const struct smtp_command *cmd)
{
	push(s, cmd);
	if (s->server_seen) {
		wait_for(s, cmd->verb);
	} else {
		smtp_transaction_drop(s);
	}
}

static void on_hello(struct smtp_session *s, const struct smtp_command *cmd, uint64_t offset)
{
	smtp_transaction_set_lmtp(s, cmd->verb == SMTP_LHLO);
	SMTP_EMIT(s, hello, s->user, cmd->verb, cmd->word, offset);
	on_border(s, cmd);
}

static void on_mail(struct smtp_session *s, const struct smtp_command *cmd, uint64_t offset)
{
	smtp_transaction_drop(s);
	smtp_transaction_open(s);
	SMTP_EMIT(s, mail, s->user, &cmd->box, offset);
	push(s, cmd);
}

static void on_rcpt(struct smtp_session *s, const struct smtp_command *cmd, uint64_t offset)
{
	if (!s->transaction.open) {
		smtp_transaction_open(s);
	}
	uint32_t index = smtp_transaction_add_rcpt(s);
	SMTP_EMIT(s, rcpt, s->user, index, &cmd->box, offset);
	if (s->pending.match == SMTP_MATCH_LOST) {
		smtp_pending_push(s, SMTP_PENDING_SKIP, SMTP_UNKNOWN, 1);
		SMTP_EMIT(s, rcpt_reply, s->user, index, 0);
		return;
	}
	smtp_pending_push(s, SMTP_PENDING_RCPT, SMTP_RCPT, index);
}

void smtp_client_content_over(struct smtp_session *s)
{
	smtp_content_end(s);
	if (s->transaction.early == 0 && s->server_seen) {
		wait_for(s, SMTP_UNKNOWN);
		return;
	}
	smtp_transaction_drop(s);
	s->mode = SMTP_MODE_COMMAND;
}

void smtp_client_chunk_over(struct smtp_session *s)
{
	if (s->content.last_chunk) {
		smtp_client_content_over(s);
	} else {
		s->mode = SMTP_MODE_COMMAND;
	}
}

/*
 * The octets follow at once, and the server takes them off the stream even if
 * it refuses them (RFC 3030, 2).
 */
static void on_bdat(struct smtp_session *s, const struct smtp_command *cmd)
{
	enum smtp_pending_kind kind = cmd->last ? SMTP_PENDING_CONTENT : SMTP_PENDING_COMMAND;

	smtp_pending_push(s, kind, SMTP_BDAT, 0);
	if (!smtp_has_content(s)) {
		smtp_content_begin(s, SMTP_CONTENT_WHOLE);
	}
	s->mode = SMTP_MODE_CHUNK;
	smtp_content_chunk_begin(s, cmd->chunk, cmd->last);
	if (cmd->chunk == 0) {
		smtp_client_chunk_over(s);
	}
}

/*
 * A name by RFC 4422, 3.1; also in small letters. A credential that a client puts
 * in its place by mistake is base64, which mixes both.
 */
static bool is_mechanism(struct smtp_text name)
{
	bool large = false, small = false;

	for (size_t i = 0; i < name.size; i++) {
		char c = name.text[i];
		large = large || ascii_is_upper(c);
		small = small || ascii_is_lower(c);
		if (!ascii_is_alphanumeric(c) && c != '-' && c != '_') {
			return false;
		}
	}
	return name.size <= SMTP_MECHANISM_MAX && large != small;
}

static void on_auth(struct smtp_session *s, const struct smtp_command *cmd)
{
	struct smtp_text none = { "", 0 };

	s->mode = SMTP_MODE_AUTH;
	s->challenged = false;
	SMTP_EMIT(s, auth, s->user, is_mechanism(cmd->word) ? cmd->word : none);
	push(s, cmd);
}

static void on_command(struct smtp_session *s, const struct smtp_command *cmd, uint64_t offset)
{
	s->counters.commands++;
	smtp_pending_matched(s);
	s->mode = SMTP_MODE_COMMAND;
	switch (cmd->verb) {
	case SMTP_EHLO:
	case SMTP_HELO:
	case SMTP_LHLO:
		on_hello(s, cmd, offset);
		return;
	case SMTP_MAIL:
		on_mail(s, cmd, offset);
		return;
	case SMTP_RCPT:
		on_rcpt(s, cmd, offset);
		return;
	case SMTP_BDAT:
		on_bdat(s, cmd);
		return;
	case SMTP_RSET:
	case SMTP_XCLIENT:
		on_border(s, cmd);
		return;
	case SMTP_DATA:
	case SMTP_STARTTLS:
		push(s, cmd);
		wait_for(s, cmd->verb);
		return;
	case SMTP_AUTH:
		on_auth(s, cmd);
		return;
	case SMTP_PROXY:
		return;
	case SMTP_QUIT:
		SMTP_EMIT(s, quit, s->user);
		break;
	case SMTP_VRFY:
	case SMTP_EXPN:
		SMTP_EMIT(s, query, s->user, cmd->verb, cmd->word);
		break;
	case SMTP_UNKNOWN:
		s->counters.unknown++;
		break;
	default:
		break;
	}
	push(s, cmd);
}

/*
 * Before the server's word a line is a credential unless it holds what base64
 * cannot: a client may send commands right behind an initial response.
 */
static void on_auth_line(struct smtp_session *s, const struct smtp_command *cmd, uint64_t offset)
{
	bool credential = s->challenged || !cmd->strict || cmd->word.size == 0;

	s->challenged = false;
	if (!credential) {
		on_command(s, cmd, offset);
	}
}

static void on_line(struct smtp_session *s)
{
	size_t size = s->line.size;
	uint64_t offset = s->line_offset;
	struct smtp_command cmd;

	smtp_line_clear(&s->line);
	s->client_seen = true;
	smtp_command_parse(s->line_text, smtp_line_chomp(s->line_text, size), &cmd);
	if (s->mode == SMTP_MODE_AUTH) {
		on_auth_line(s, &cmd, offset);
	} else {
		on_command(s, &cmd, offset);
	}
	explicit_bzero(s->line_text, size);
}

static size_t read_line(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset)
{
	bool ends;
	size_t take = smtp_line_span(bytes, size, &ends);

	if (s->line.size == 0) {
		s->line_offset = offset;
	}
	smtp_line_add(s, &s->line, s->line_text, sizeof(s->line_text), bytes, take);
	if (ends) {
		on_line(s);
	}
	return take;
}

static size_t read_data(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset)
{
	bool ended;
	size_t used = smtp_content_data(s, bytes, size, offset, &ended);

	if (ended) {
		smtp_pending_push(s, SMTP_PENDING_CONTENT, SMTP_DATA, 0);
		smtp_client_content_over(s);
	}
	return used;
}

static size_t read_chunk(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	size_t used = smtp_content_chunk(s, bytes, size);

	if (s->content.chunk_left == 0) {
		smtp_client_chunk_over(s);
	}
	return used;
}

static size_t read_tls(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	smtp_tls_spend(s, size);
	if (tls_hello_feed(&s->hello, bytes, size) == TLS_HELLO_MORE) {
		return size;
	}
	struct smtp_text name;
	name.text = tls_hello_name(&s->hello, &name.size);
	if (s->hello.status == TLS_HELLO_DONE && name.text != NULL) {
		SMTP_EMIT(s, sni, s->user, name);
	}
	s->mode = SMTP_MODE_DONE;
	return size;
}

size_t smtp_client_read(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size && !smtp_is_holding(s)) {
		const uint8_t *next = bytes + done;
		switch (s->mode) {
		case SMTP_MODE_DATA:
			done += read_data(s, next, size - done, offset + done);
			break;
		case SMTP_MODE_CHUNK:
			done += read_chunk(s, next, size - done);
			break;
		case SMTP_MODE_TLS:
			done += read_tls(s, next, size - done);
			break;
		case SMTP_MODE_DONE:
			smtp_tls_spend(s, size - done);
			done = size;
			break;
		default:
			done += read_line(s, next, size - done, offset + done);
			break;
		}
	}
	return done;
}

void smtp_client_tls(struct smtp_session *s, unsigned code)
{
	smtp_pending_forget(s);
	smtp_transaction_drop(s);
	SMTP_EMIT(s, starttls, s->user, code);
	smtp_server_tls_begin(s);
	s->mode = SMTP_MODE_TLS;
	smtp_client_wipe(s);
	tls_hello_init(&s->hello);
}
