/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The effects of the client's commands and content. Each function returns the next mode. */
#include "parsers/smtp/smtp_private.h"

#include <string.h>
#include <sys/param.h>

#include "base/ascii.h"
#include "parsers/smtp/smtp_command.h"

/* The longest command that is held until its reply comes. The parser does not wait for the reply to
 * a longer one. */
#define HOLD_COMMAND_MAX (SMTP_HOLD_MAX / 2)

void smtp_client_wipe(struct smtp_session *s)
{
	explicit_bzero(s->client_text, s->client.line.size);
	smtp_line_clear(&s->client.line);
	smtp_content_wipe(s);
}

static void push(struct smtp_session *s, const struct smtp_command *cmd)
{
	smtp_pending_push(s, SMTP_PENDING_COMMAND, cmd->verb, 0);
}

static enum smtp_mode wait_for(struct smtp_session *s, enum smtp_verb verb)
{
	s->client.wait = (uint8_t)verb;
	return SMTP_MODE_WAIT;
}

enum smtp_mode smtp_client_content_over(struct smtp_session *s)
{
	smtp_content_end(s);
	if (s->transaction.early == 0 && s->server_seen) {
		return wait_for(s, SMTP_UNKNOWN);
	}
	smtp_transaction_drop(s);
	return smtp_doubt_after_content(s);
}

enum smtp_mode smtp_client_chunk_over(struct smtp_session *s)
{
	if (s->content.last_chunk) {
		return smtp_client_content_over(s);
	}
	/* If the chunk looks like commands, its reply shows whether the server has read it. */
	bool decided = s->doubt.refused || !s->doubt.commands || !s->server_seen;
	return decided ? smtp_doubt_after_content(s) : wait_for(s, SMTP_BDAT);
}

static enum smtp_mode on_other(struct smtp_session *s, const struct smtp_command *cmd)
{
	push(s, cmd);
	return SMTP_MODE_COMMAND;
}

static enum smtp_mode on_unknown(struct smtp_session *s, const struct smtp_command *cmd)
{
	bool dot = cmd->line.size == 1 && cmd->line.text[0] == '.' && s->transaction.open;

	s->counters.unknown++;
	if (dot) {
		smtp_pending_push(s, SMTP_PENDING_DOT, SMTP_UNKNOWN, 0);
		return SMTP_MODE_COMMAND;
	}
	return on_other(s, cmd);
}

/*! \brief Handles DATA and STARTTLS, whose reply determines how the next octets are read. */
static enum smtp_mode on_question(struct smtp_session *s, const struct smtp_command *cmd)
{
	push(s, cmd);
	return wait_for(s, cmd->verb);
}

/*
 * Handles RSET and XCLIENT, which end a transaction when the server has answered. If the server is
 * not seen, they end it at once.
 */
static enum smtp_mode on_border(struct smtp_session *s, const struct smtp_command *cmd)
{
	push(s, cmd);
	if (s->server_seen) {
		return wait_for(s, cmd->verb);
	}
	smtp_transaction_border(s, cmd->verb);
	return SMTP_MODE_COMMAND;
}

static enum smtp_mode on_hello(struct smtp_session *s, const struct smtp_command *cmd)
{
	SMTP_EMIT(s, hello, s->user, cmd->verb, cmd->word, cmd->offset);
	return on_border(s, cmd);
}

static void begin_mail(struct smtp_session *s, const struct smtp_command *cmd)
{
	smtp_transaction_drop(s);
	smtp_transaction_open(s);
	if (smtp_doubt_take_smuggled(s)) {
		SMTP_EMIT(s, smuggling, s->user, cmd->offset);
	}
	SMTP_EMIT(s, mail, s->user, &cmd->box, cmd->offset);
}

/*! \brief Holds the line of a command and its line end, after which further octets are held. */
static void keep(struct smtp_session *s, const struct smtp_command *cmd)
{
	size_t line_end = s->client.bare_lf ? 1 : 2;

	smtp_hold_keep(s, cmd->line.text, cmd->line.size + line_end, cmd->offset);
}

/*!
 * \brief Handles MAIL. Servers refuse a MAIL inside a transaction (RFC 5321, 4.1.4), so the reply
 *        decides its effect.
 */
static enum smtp_mode on_mail(struct smtp_session *s, const struct smtp_command *cmd)
{
	bool decided = !s->transaction.open || !s->server_seen || cmd->line.size > HOLD_COMMAND_MAX;

	if (decided) {
		begin_mail(s, cmd);
	} else {
		keep(s, cmd);
	}
	push(s, cmd);
	return decided ? SMTP_MODE_COMMAND : wait_for(s, SMTP_MAIL);
}

static void parse_held(const struct smtp_session *s, struct smtp_command *cmd)
{
	struct smtp_text line = smtp_hold_kept(s);

	smtp_command_parse(line.text, line.size, cmd);
	cmd->offset = s->hold.offset;
}

void smtp_client_mail_accepted(struct smtp_session *s)
{
	struct smtp_command cmd;

	parse_held(s, &cmd);
	begin_mail(s, &cmd);
	smtp_hold_forget(s);
}

void smtp_client_mail_refused(struct smtp_session *s)
{
	struct smtp_command cmd;

	parse_held(s, &cmd);
	SMTP_EMIT(s, mail_refused, s->user, &cmd.box, cmd.offset);
	smtp_hold_forget(s);
}

static enum smtp_mode on_rcpt(struct smtp_session *s, const struct smtp_command *cmd)
{
	if (!s->transaction.open) {
		smtp_transaction_open(s);
	}
	uint32_t index = smtp_transaction_add_rcpt(s);
	SMTP_EMIT(s, rcpt, s->user, index, &cmd->box, cmd->offset);
	if (s->pending.match == SMTP_MATCH_LOST) {
		smtp_pending_push(s, SMTP_PENDING_SKIP, SMTP_UNKNOWN, 1);
		SMTP_EMIT(s, rcpt_reply, s->user, index, 0);
	} else {
		smtp_pending_push(s, SMTP_PENDING_RCPT, SMTP_RCPT, index);
	}
	return SMTP_MODE_COMMAND;
}

/*
 * Handles BDAT. The octets of the chunk follow at once, and the server reads them even if it
 * refuses them (RFC 3030, 2). But it does not read them if it finds an error in the command, and a
 * client that has waited for the refusal may omit them.
 */
static enum smtp_mode on_bdat(struct smtp_session *s, const struct smtp_command *cmd)
{
	smtp_pending_push(s, cmd->last ? SMTP_PENDING_CONTENT : SMTP_PENDING_COMMAND, SMTP_BDAT, 0);
	if (!smtp_has_content(s)) {
		smtp_content_begin(s, SMTP_CONTENT_WHOLE);
	}
	smtp_content_chunk_begin(s, cmd->chunk, cmd->last);
	if (cmd->chunk == 0) {
		return smtp_client_chunk_over(s);
	}
	smtp_doubt_chunk(s, !cmd->strict);
	return SMTP_MODE_CHUNK;
}

/*
 * Returns true if a text is the name of a mechanism (RFC 4422, 3.1), in upper or lower case. A
 * credential that a client sends here by mistake is base64, and has letters of both cases.
 */
static bool is_mechanism(struct smtp_text name)
{
	bool upper = false, lower = false;

	for (size_t i = 0; i < name.size; i++) {
		char c = name.text[i];
		upper = upper || ascii_is_upper(c);
		lower = lower || ascii_is_lower(c);
		if (!ascii_is_alphanumeric(c) && c != '-' && c != '_') {
			return false;
		}
	}
	return name.size <= SMTP_MECHANISM_MAX && upper != lower;
}

/*!
 * \brief Returns the mode after a line of AUTH. The reply shows whether a credential or a command
 *        follows. If the server is not seen, the next line itself must show it.
 */
static enum smtp_mode after_credential(struct smtp_session *s)
{
	return s->server_seen ? wait_for(s, SMTP_AUTH) : SMTP_MODE_AUTH;
}

static enum smtp_mode on_auth(struct smtp_session *s, const struct smtp_command *cmd)
{
	struct smtp_text none = { "", 0 };

	SMTP_EMIT(s, auth, s->user, is_mechanism(cmd->word) ? cmd->word : none);
	push(s, cmd);
	return after_credential(s);
}

static enum smtp_mode on_quit(struct smtp_session *s, const struct smtp_command *cmd)
{
	SMTP_EMIT(s, quit, s->user);
	return on_other(s, cmd);
}

static enum smtp_mode on_query(struct smtp_session *s, const struct smtp_command *cmd)
{
	SMTP_EMIT(s, query, s->user, cmd->verb, cmd->word);
	return on_other(s, cmd);
}

static void set_origin(struct smtp_session *s, const struct smtp_origin *origin)
{
	SMTP_EMIT(s, origin, s->user, origin);
}

/*!
 * \brief Handles the line of the PROXY protocol. It has no reply, and is the first line of the
 *        session. A server that expects it sends the greeting afterwards.
 */
static enum smtp_mode on_proxy(struct smtp_session *s, const struct smtp_command *cmd)
{
	struct smtp_origin origin;

	if (s->counters.commands > 1 || s->counters.replies > 0) {
		return on_unknown(s, cmd);
	}
	s->proxy.undecided = true;
	if (smtp_origin_read_line(cmd->line, &origin)) {
		set_origin(s, &origin);
	}
	return SMTP_MODE_COMMAND;
}

enum smtp_origin_result smtp_client_read_proxy(struct smtp_session *s, enum smtp_mode *next)
{
	struct smtp_origin origin;
	uint32_t length;
	enum smtp_origin_result result = smtp_origin_read_binary((const uint8_t *)s->hold_text,
	                                                         s->hold.size, &origin, &length);

	if (result != SMTP_ORIGIN_DONE) {
		return result;
	}
	size_t held = MIN(length, s->hold.size);
	smtp_hold_drop(s, held);
	s->proxy.undecided = true;
	s->proxy.left = (uint16_t)(length - held);
	if (origin.port != 0) {
		set_origin(s, &origin);
	}
	*next = s->proxy.left > 0 ? SMTP_MODE_PROXY : SMTP_MODE_COMMAND;
	return result;
}

static size_t skip_proxy(struct smtp_session *s, size_t size, enum smtp_mode *next)
{
	size_t take = MIN(size, s->proxy.left);

	s->proxy.left -= (uint16_t)take;
	*next = s->proxy.left > 0 ? SMTP_MODE_PROXY : SMTP_MODE_COMMAND;
	return take;
}

bool smtp_client_is_proxy_refused(struct smtp_session *s, unsigned code)
{
	/* A server that knows the PROXY protocol does not reply to EHLO with these codes. */
	bool unknown = code == SMTP_CODE_UNRECOGNIZED || code == SMTP_CODE_UNIMPLEMENTED;
	bool refused = s->proxy.undecided &&
	               (unknown || (code >= SMTP_CODE_REFUSED && s->pending.size == 0));

	s->proxy.undecided = false;
	if (refused) {
		set_origin(s, NULL);
	}
	return refused;
}

/*! \brief Handles XCLIENT. Its attributes take effect when the server accepts the command. */
static enum smtp_mode on_xclient(struct smtp_session *s, const struct smtp_command *cmd)
{
	if (cmd->line.size <= HOLD_COMMAND_MAX) {
		keep(s, cmd);
	}
	enum smtp_mode next = on_border(s, cmd);
	if (next == SMTP_MODE_COMMAND) {
		smtp_client_xclient_accepted(s);
	}
	return next;
}

void smtp_client_xclient_accepted(struct smtp_session *s)
{
	struct smtp_xclient xclient;

	smtp_origin_read_xclient(smtp_hold_kept(s), &xclient);
	if (xclient.known) {
		set_origin(s, &xclient.origin);
	}
	if (xclient.helo_size > 0) {
		struct smtp_text name = { xclient.helo, xclient.helo_size };
		SMTP_EMIT(s, hello, s->user, SMTP_XCLIENT, name, s->hold.offset);
	}
	smtp_hold_forget(s);
}

/*!
 * \brief The functions that apply the commands. Each returns the mode in which the octets after the
 *        command are read.
 */
static enum smtp_mode (*const actions[])(struct smtp_session *s, const struct smtp_command *cmd) = {
	[SMTP_UNKNOWN] = on_unknown,   [SMTP_EHLO] = on_hello,      [SMTP_HELO] = on_hello,
	[SMTP_LHLO] = on_hello,        [SMTP_MAIL] = on_mail,       [SMTP_RCPT] = on_rcpt,
	[SMTP_DATA] = on_question,     [SMTP_BDAT] = on_bdat,       [SMTP_RSET] = on_border,
	[SMTP_QUIT] = on_quit,         [SMTP_NOOP] = on_other,      [SMTP_HELP] = on_other,
	[SMTP_VRFY] = on_query,        [SMTP_EXPN] = on_query,      [SMTP_AUTH] = on_auth,
	[SMTP_STARTTLS] = on_question, [SMTP_XCLIENT] = on_xclient, [SMTP_XFORWARD] = on_other,
	[SMTP_ETRN] = on_other,        [SMTP_PROXY] = on_proxy,
};
_Static_assert(sizeof(actions) / sizeof(actions[0]) == SMTP_VERB_COUNT, "each verb has an action");

/*
 * Until the server asks for a credential, a line that is not base64 is a command, because a client
 * may send commands right after an initial response.
 */
static bool is_credential(const struct smtp_session *s, const struct smtp_command *cmd)
{
	return s->mode == SMTP_MODE_CREDENTIAL ||
	       (s->mode == SMTP_MODE_AUTH && (!cmd->strict || cmd->word.size == 0));
}

static enum smtp_mode on_line(struct smtp_session *s)
{
	size_t size = s->client.line.size;
	enum smtp_mode next;
	struct smtp_command cmd;

	struct smtp_text line = { s->client_text, smtp_line_chomp(s->client_text, size) };
	s->client.bare_lf = line.size + 1 == size;
	smtp_line_clear(&s->client.line);
	smtp_command_parse(line.text, line.size, &cmd);
	if (!is_credential(s, &cmd)) {
		s->counters.commands++;
		smtp_pending_matched(s);
		cmd.offset = s->client.line_offset;
		cmd.line = line;
		next = actions[cmd.verb](s, &cmd);
	} else {
		next = after_credential(s);
	}
	explicit_bzero(s->client_text, size);
	return next;
}

static size_t read_line(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset,
                        enum smtp_mode *next)
{
	size_t take = smtp_line_span(bytes, size);

	if (s->client.line.size == 0) {
		s->client.line_offset = offset;
	}
	smtp_line_add(s, &s->client.line, s->client_text, sizeof(s->client_text), bytes, take);
	if (bytes[take - 1] == '\n') {
		*next = on_line(s);
	}
	return take;
}

/*!
 * \brief Copies content that may be commands. If the server is not seen, lines in the form of
 *        commands count as commands.
 */
static void add_doubt(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset,
                      enum smtp_mode *next)
{
	smtp_doubt_add(s, bytes, size, offset);
	if (!s->server_seen && smtp_doubt_is_for_certain(s)) {
		smtp_doubt_end_content(s);
		*next = smtp_doubt_reread(s);
	}
}

static size_t read_data(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset,
                        enum smtp_mode *next)
{
	enum smtp_dot dot;

	if (s->doubt.fresh) {
		smtp_doubt_continue(s);
	}
	size_t used = smtp_content_data(s, bytes, smtp_doubt_span(s, bytes, size), &dot);
	if (smtp_doubt_is_open(s)) {
		add_doubt(s, bytes, used, offset, next);
	}
	if (*next != SMTP_MODE_DATA) {
		return used; /* The octets are read again as commands, and the dot with them. */
	}
	if (dot == SMTP_DOT_LAX) {
		smtp_doubt_dot(s, offset + used - 1);
	} else if (dot == SMTP_DOT_FINAL) {
		smtp_doubt_final_dot(s);
		if (s->transaction.early == 0) {
			smtp_pending_push(s, SMTP_PENDING_CONTENT, SMTP_DATA, 0);
		}
		*next = smtp_client_content_over(s);
	}
	return used;
}

static size_t read_chunk(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset,
                         enum smtp_mode *next)
{
	size_t used = smtp_content_chunk(s, bytes, smtp_doubt_span(s, bytes, size));

	if (smtp_doubt_is_open(s)) {
		add_doubt(s, bytes, used, offset, next);
	}
	if (s->content.chunk_left == 0 && *next == SMTP_MODE_CHUNK) {
		*next = smtp_client_chunk_over(s);
	}
	return used;
}

size_t smtp_client_read(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset,
                        enum smtp_mode *next)
{
	switch (s->mode) {
	case SMTP_MODE_PROXY:
		return skip_proxy(s, size, next);
	case SMTP_MODE_DATA:
		return read_data(s, bytes, size, offset, next);
	case SMTP_MODE_CHUNK:
		return read_chunk(s, bytes, size, offset, next);
	default:
		return read_line(s, bytes, size, offset, next);
	}
}
