/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The effects of replies: the command that a reply answers and the class of its code select
 * a transition from one table.
 */
#include "parsers/smtp/smtp_private.h"

/*! \brief Classes of reply codes, the columns of the table. */
enum reply_class { DONE, READY, MORE, CHALLENGE, INPUT, REFUSED, CLOSING, CLASS_COUNT };

/*! \brief Rows of the table besides those of the verbs. */
enum { CONTENT = SMTP_VERB_COUNT, DOT, SKIPPED, NO_COMMAND, ROW_COUNT };

/*! \brief A reply and the command that it answers. */
struct answer {
	struct smtp_pending command;
	unsigned code;
};

/*! \brief Applies a reply; returns the client's next mode. */
typedef enum smtp_mode transition(struct smtp_session *s, const struct answer *a);

static enum reply_class classify(unsigned code)
{
	switch (code) {
	case SMTP_CODE_READY:
		return READY;
	case SMTP_CODE_CHALLENGE:
		return CHALLENGE;
	case SMTP_CODE_START_INPUT:
		return INPUT;
	case SMTP_CODE_UNAVAILABLE:
		return CLOSING;
	default:
		return code >= SMTP_CODE_REFUSED ? REFUSED : code >= SMTP_CODE_MORE ? MORE : DONE;
	}
}

static bool is_in_auth(const struct smtp_session *s)
{
	return smtp_is_authenticating(s);
}

/*!
 * \brief Returns the mode after a reply to `verb`. If the client's octets are held for this reply,
 *        they can now be read as commands.
 */
static enum smtp_mode resume(const struct smtp_session *s, enum smtp_verb verb)
{
	return smtp_is_waiting_for(s, verb) ? SMTP_MODE_COMMAND : s->mode;
}

/* Handles a reply that has no effect. */
static enum smtp_mode answered(struct smtp_session *s, const struct answer *a)
{
	(void)a;
	smtp_pending_pop(s);
	return s->mode;
}

/* Handles the refusal of a command: the command changes nothing, and the client continues. */
static enum smtp_mode refused(struct smtp_session *s, const struct answer *a)
{
	smtp_pending_pop(s);
	if (smtp_is_waiting_for(s, SMTP_XCLIENT)) {
		smtp_hold_forget(s);
	}
	return resume(s, a->command.verb);
}

/* Handles a reply that cannot answer DATA. It is a surplus reply after a gap. */
static enum smtp_mode surplus(struct smtp_session *s, const struct answer *a)
{
	(void)a;
	return s->mode;
}

static enum smtp_mode skipped(struct smtp_session *s, const struct answer *a)
{
	(void)a;
	smtp_pending_skip(s);
	return s->mode;
}

/*!
 * \brief Returns true if the MAIL that was answered is the held one. No command was read after the
 *        held one.
 */
static bool is_held_mail(const struct smtp_session *s)
{
	return smtp_is_waiting_for(s, SMTP_MAIL) && s->pending.size == 0;
}

static enum smtp_mode mail(struct smtp_session *s, const struct answer *a)
{
	smtp_pending_pop(s);
	bool held = is_held_mail(s);
	if (held) {
		smtp_client_mail_accepted(s);
	}
	SMTP_EMIT(s, mail_reply, s->user, a->code);
	return held ? SMTP_MODE_COMMAND : s->mode;
}

static enum smtp_mode no_mail(struct smtp_session *s, const struct answer *a)
{
	smtp_pending_pop(s);
	if (is_held_mail(s)) {
		smtp_client_mail_refused(s);
		return SMTP_MODE_COMMAND;
	}
	smtp_transaction_refuse(s, a->code);
	SMTP_EMIT(s, mail_reply, s->user, a->code);
	return s->mode;
}

static enum smtp_mode rcpt(struct smtp_session *s, const struct answer *a)
{
	smtp_transaction_rcpt_reply(s, a->command.count, a->code);
	return answered(s, a);
}

/*!
 * \brief Returns the mode after a reply to BDAT. Held octets are the octets after the last chunk.
 */
static enum smtp_mode chunk_answered(struct smtp_session *s, bool refused)
{
	smtp_pending_pop(s);
	bool held = smtp_is_waiting_for(s, SMTP_BDAT) && s->pending.size == 0;
	if (!held && s->mode != SMTP_MODE_CHUNK) {
		return s->mode;
	}
	smtp_doubt_refused(s, refused);
	return held ? smtp_doubt_after_content(s) : SMTP_MODE_CHUNK;
}

static enum smtp_mode chunk(struct smtp_session *s, const struct answer *a)
{
	(void)a;
	return chunk_answered(s, false);
}

static enum smtp_mode no_chunk(struct smtp_session *s, const struct answer *a)
{
	smtp_transaction_refuse(s, a->code);
	return chunk_answered(s, true);
}

static enum smtp_mode no_data(struct smtp_session *s, const struct answer *a)
{
	smtp_pending_pop(s);
	smtp_transaction_refuse(s, a->code);
	if (s->mode == SMTP_MODE_DATA) {
		/* The parser did not wait for the reply, and has read commands as content. */
		smtp_transaction_content_undo(s);
		return smtp_resync_lose(s);
	}
	return resume(s, SMTP_DATA);
}

/*
 * Handles 354, which shows that content follows even if commands were lost. If the parser did not
 * wait for the reply to DATA, 354 changes nothing.
 */
static enum smtp_mode input(struct smtp_session *s, const struct answer *a)
{
	bool lost = s->mode == SMTP_MODE_LOST;
	bool begins = lost || smtp_is_waiting_for(s, SMTP_DATA);
	enum smtp_content_view view = lost ? SMTP_CONTENT_GAPPED : SMTP_CONTENT_WHOLE;

	(void)a;
	if (smtp_pending_seek(s, SMTP_DATA)) {
		smtp_pending_pop(s);
	} else if (s->mode == SMTP_MODE_COMMAND && !s->resync.whole && s->client.line.size == 0) {
		view = s->pending.size > 0 ? SMTP_CONTENT_DOUBTFUL : SMTP_CONTENT_WHOLE;
		smtp_pending_forget(s);
		begins = true;
	}
	if (!begins) {
		return s->mode;
	}
	smtp_content_begin(s, view);
	return SMTP_MODE_DATA;
}

/* Handles a reply to RSET, EHLO and similar commands, which end a transaction unless the server
 * refuses them. */
static enum smtp_mode border(struct smtp_session *s, const struct answer *a)
{
	smtp_pending_pop(s);
	if (smtp_is_waiting_for(s, a->command.verb) || s->mode == SMTP_MODE_LOST) {
		smtp_transaction_border(s, a->command.verb);
	}
	if (smtp_is_waiting_for(s, SMTP_XCLIENT)) {
		smtp_client_xclient_accepted(s);
	}
	return resume(s, a->command.verb);
}

static enum smtp_mode challenge(struct smtp_session *s, const struct answer *a)
{
	(void)a;
	return is_in_auth(s) ? SMTP_MODE_CREDENTIAL : s->mode;
}

static enum smtp_mode auth_end(struct smtp_session *s, const struct answer *a)
{
	(void)a;
	smtp_pending_pop(s);
	if (s->mode == SMTP_MODE_LOST) {
		/* A client sends no other command before AUTH has ended, so the gap was in the AUTH
		 * exchange. */
		smtp_pending_forget(s);
		return SMTP_MODE_COMMAND;
	}
	return is_in_auth(s) ? SMTP_MODE_COMMAND : s->mode;
}

static enum smtp_mode tls(struct smtp_session *s, const struct answer *a)
{
	smtp_pending_pop(s);
	return smtp_tls_agree(s, a->code);
}

static enum smtp_mode content(struct smtp_session *s, const struct answer *a)
{
	unsigned code = a->code;

	if (!smtp_transaction_verdict(s, a->command.count + 1, &code)) {
		smtp_pending_count(s);
		return s->mode;
	}
	smtp_pending_pop(s);
	if (a->command.verb == SMTP_BDAT) {
		smtp_doubt_refused(s, code >= SMTP_CODE_REFUSED);
	}
	if (s->mode == SMTP_MODE_CHUNK) {
		smtp_transaction_answer_early(s, code);
		return SMTP_MODE_CHUNK;
	}
	smtp_transaction_decide(s, code);
	return smtp_is_waiting_for(s, SMTP_UNKNOWN) ? smtp_doubt_after_content(s) : s->mode;
}

/*!
 * \brief Handles a reply to a line with a single dot that has ended the content although it is not
 *        the final dot.
 */
static enum smtp_mode content_at_dot(struct smtp_session *s, unsigned code)
{
	smtp_content_cut(s, s->content.bytes_before_dot);
	smtp_doubt_confirm_dot(s);
	smtp_pending_push(s, SMTP_PENDING_CONTENT, SMTP_DATA, 0);
	enum smtp_mode next = smtp_client_content_over(s);
	if (!smtp_transaction_verdict(s, 1, &code)) {
		smtp_pending_count(s);
		return next;
	}
	smtp_pending_pop(s);
	smtp_transaction_decide(s, code);
	return smtp_doubt_after_content(s);
}

/*!
 * \brief Handles a reply during content. Either the client's octets arrive late, or the end of the
 *        content was lost.
 */
static enum smtp_mode stray_in_data(struct smtp_session *s, unsigned code)
{
	bool end_lost = s->transaction.view == SMTP_CONTENT_GAPPED ||
	                (s->transaction.view == SMTP_CONTENT_DOUBTFUL && s->content.bytes == 0);

	if (!end_lost && s->transaction.early == 0) {
		if (s->doubt.fresh) {
			return content_at_dot(s, code);
		}
		smtp_transaction_answer_early(s, code);
		smtp_doubt_reply(s);
	}
	if (!end_lost) {
		return SMTP_MODE_DATA; /* A further reply does not belong to the content. */
	}
	smtp_transaction_decide(s, code);
	return s->content.tail[3] == '\n' ? SMTP_MODE_COMMAND : smtp_resync_lose(s);
}

/* Handles a reply for which no command was seen. */
static enum smtp_mode stray(struct smtp_session *s, const struct answer *a)
{
	switch (s->mode) {
	case SMTP_MODE_AUTH:
	case SMTP_MODE_CREDENTIAL:
		return SMTP_MODE_COMMAND;
	case SMTP_MODE_DATA:
		return stray_in_data(s, a->code);
	case SMTP_MODE_COMMAND:
	case SMTP_MODE_LOST:
		smtp_pending_stray(s);
		return s->mode;
	default:
		return s->mode;
	}
}

static enum smtp_mode stray_334(struct smtp_session *s, const struct answer *a)
{
	return is_in_auth(s) ? SMTP_MODE_CREDENTIAL : stray(s, a);
}

static enum smtp_mode stray_421(struct smtp_session *s, const struct answer *a)
{
	return s->mode == SMTP_MODE_DATA ? SMTP_MODE_DATA : stray(s, a);
}

/* Handles 220, which in a session with gaps is the reply to a STARTTLS that was lost. */
static enum smtp_mode stray_220(struct smtp_session *s, const struct answer *a)
{
	return s->resync.whole || is_in_auth(s) ? stray(s, a) : smtp_tls_agree(s, a->code);
}

/* clang-format off */
static transition *const transitions[ROW_COUNT][CLASS_COUNT] = {
	/*                   2yz       220        3yz       334        354    4yz, 5yz  421 */
	[SMTP_UNKNOWN]   = { answered, answered,  answered, answered,  input, answered, answered },
	[SMTP_EHLO]      = { border,   border,    border,   border,    input, refused,  refused },
	[SMTP_HELO]      = { border,   border,    border,   border,    input, refused,  refused },
	[SMTP_LHLO]      = { border,   border,    border,   border,    input, refused,  refused },
	[SMTP_MAIL]      = { mail,     mail,      mail,     mail,      input, no_mail,  no_mail },
	[SMTP_RCPT]      = { rcpt,     rcpt,      rcpt,     rcpt,      input, rcpt,     rcpt },
	[SMTP_DATA]      = { surplus,  surplus,   surplus,  surplus,   input, no_data,  no_data },
	[SMTP_BDAT]      = { chunk,    chunk,     chunk,    chunk,     input, no_chunk, no_chunk },
	[SMTP_RSET]      = { border,   border,    border,   border,    input, refused,  refused },
	[SMTP_QUIT]      = { answered, answered,  answered, answered,  input, answered, answered },
	[SMTP_NOOP]      = { answered, answered,  answered, answered,  input, answered, answered },
	[SMTP_HELP]      = { answered, answered,  answered, answered,  input, answered, answered },
	[SMTP_VRFY]      = { answered, answered,  answered, answered,  input, answered, answered },
	[SMTP_EXPN]      = { answered, answered,  answered, answered,  input, answered, answered },
	[SMTP_AUTH]      = { auth_end, auth_end,  auth_end, challenge, input, auth_end, auth_end },
	[SMTP_STARTTLS]  = { refused,  tls,       refused,  refused,   input, refused,  refused },
	[SMTP_XCLIENT]   = { border,   border,    border,   border,    input, refused,  refused },
	[SMTP_XFORWARD]  = { answered, answered,  answered, answered,  input, answered, answered },
	[SMTP_ETRN]      = { answered, answered,  answered, answered,  input, answered, answered },
	[SMTP_PROXY]     = { answered, answered,  answered, answered,  input, answered, answered },
	/* The final dot, or the last BDAT. */
	[CONTENT]        = { content,  content,   content,  content,   input, content,  content },
	/* A single dot that was read as a command: if it is accepted, it was the end of content. */
	[DOT]            = { content,  content,   content,  content,   input, answered, answered },
	/* A command that overflowed the ring, or that belongs to a transaction that has ended. */
	[SKIPPED]        = { skipped,  skipped,   skipped,  skipped,   input, skipped,  skipped },
	/* No command that was seen. */
	[NO_COMMAND]     = { stray,    stray_220, stray,    stray_334, input, stray,    stray_421 },
};
/* clang-format on */

static unsigned row_of(const struct smtp_pending *p)
{
	switch (p->kind) {
	case SMTP_PENDING_CONTENT:
		return CONTENT;
	case SMTP_PENDING_DOT:
		return DOT;
	case SMTP_PENDING_SKIP:
		return SKIPPED;
	case SMTP_PENDING_GAP:
		return NO_COMMAND;
	default:
		return p->verb;
	}
}

/*!
 * \brief Returns the only command to which this code can be a reply; SMTP_UNKNOWN if there are
 *        several.
 */
static enum smtp_verb verb_of(unsigned code)
{
	switch (code) {
	case SMTP_CODE_READY:
		return SMTP_STARTTLS;
	case SMTP_CODE_CLOSING:
		return SMTP_QUIT;
	case SMTP_CODE_AUTHENTICATED:
	case SMTP_CODE_CHALLENGE:
		return SMTP_AUTH;
	default:
		return SMTP_UNKNOWN;
	}
}

/*!
 * \brief After commands were lost in a gap, finds the command that is answered and makes it the
 *        oldest.
 */
static void pass_gap(struct smtp_session *s, unsigned code)
{
	enum smtp_verb verb = verb_of(code);

	if (verb != SMTP_UNKNOWN && smtp_pending_seek(s, verb)) {
		return;
	}
	if (smtp_is_waiting(s->mode) &&
	    (s->client.wait != SMTP_DATA || code >= SMTP_CODE_REFUSED)) {
		smtp_pending_keep_last(s);
	}
	if (smtp_pending_head(s)->kind == SMTP_PENDING_GAP) {
		smtp_pending_gap_answered(s);
	}
}

static bool is_gap(const struct smtp_pending *head)
{
	return head != NULL && head->kind == SMTP_PENDING_GAP;
}

enum smtp_mode smtp_transition(struct smtp_session *s, unsigned code)
{
	struct answer a = { { .kind = SMTP_PENDING_GAP }, code };
	enum reply_class class = classify(code);

	if (is_gap(smtp_pending_head(s)) && class != INPUT) {
		pass_gap(s, code);
	}
	if (smtp_pending_head(s) != NULL) {
		a.command = *smtp_pending_head(s);
	}
	unsigned row = row_of(&a.command);
	transition *apply = transitions[row][class];
	bool unknown = row == SKIPPED || apply == surplus;
	enum smtp_verb verb = unknown ? SMTP_UNKNOWN : (enum smtp_verb)a.command.verb;
	SMTP_EMIT(s, reply, s->user, class == INPUT ? SMTP_DATA : verb, code);
	enum smtp_mode next = apply(s, &a);
	/* The mode waits for a reply, but no command is left that could be answered. */
	bool lost = next == SMTP_MODE_WAIT && class != INPUT && s->pending.size == 0;
	return lost ? SMTP_MODE_GUESS : next;
}
