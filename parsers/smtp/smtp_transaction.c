/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One mail: from MAIL, or the first RCPT that was seen, to the reply to its content. */
#include "parsers/smtp/smtp_private.h"

#include <string.h>

void smtp_transaction_open(struct smtp_session *s)
{
	struct smtp_transaction *t = &s->transaction;

	t->open = true;
	t->stage = SMTP_CONTENT_NONE; /* content may have come without a mail */
	t->rcpts = 0;
	t->rcpts_taken = 0;
	t->rcpts_refused = 0;
	memset(t->finals, 0, sizeof(t->finals));
	t->refusal = 0;
	t->verdict = 0;
}

static void close_with(struct smtp_session *s, enum smtp_outcome outcome, unsigned code)
{
	s->transaction.early = 0;
	s->transaction.stage = SMTP_CONTENT_NONE;
	if (!s->transaction.open) {
		return;
	}
	smtp_pending_disown(s);
	s->transaction.open = false;
	SMTP_EMIT(s, mail_end, s->user, outcome, code);
}

void smtp_transaction_decide(struct smtp_session *s, unsigned code)
{
	unsigned refusal = s->transaction.refusal;

	if (code < SMTP_CODE_MORE) {
		close_with(s, SMTP_ACCEPTED, code);
	} else {
		close_with(s, SMTP_REFUSED, refusal != 0 ? refusal : code);
	}
}

/*! \brief Returns true if the content may have reached the server completely. */
static bool is_undecided(const struct smtp_session *s)
{
	return s->transaction.stage == SMTP_CONTENT_OVER ||
	       (smtp_has_content(s) && s->transaction.view == SMTP_CONTENT_GAPPED);
}

void smtp_transaction_drop(struct smtp_session *s)
{
	if (s->transaction.early != 0) {
		smtp_transaction_decide(s, s->transaction.early);
	} else if (s->transaction.refusal != 0) {
		close_with(s, SMTP_REFUSED, s->transaction.refusal);
	} else {
		close_with(s, is_undecided(s) ? SMTP_UNDECIDED : SMTP_ABANDONED, 0);
	}
}

void smtp_transaction_refuse(struct smtp_session *s, unsigned code)
{
	s->transaction.refusal = (uint16_t)code;
}

void smtp_transaction_answer_early(struct smtp_session *s, unsigned code)
{
	s->transaction.early = (uint16_t)code;
}

uint32_t smtp_transaction_add_rcpt(struct smtp_session *s)
{
	return s->transaction.rcpts++;
}

void smtp_transaction_rcpt_reply(struct smtp_session *s, uint32_t index, unsigned code)
{
	if (code >= SMTP_CODE_REFUSED) {
		s->transaction.rcpts_refused++;
	} else {
		s->transaction.rcpts_taken++;
		if (index < SMTP_FINALS_MAX) {
			s->transaction.finals[index / 64] |= UINT64_C(1) << index % 64;
		}
	}
	SMTP_EMIT(s, rcpt_reply, s->user, index, code);
}

void smtp_transaction_set_lmtp(struct smtp_session *s, bool lmtp)
{
	s->transaction.lmtp = lmtp;
}

void smtp_transaction_border(struct smtp_session *s, enum smtp_verb verb)
{
	smtp_transaction_drop(s);
	if (verb == SMTP_EHLO || verb == SMTP_HELO || verb == SMTP_LHLO) {
		smtp_transaction_set_lmtp(s, verb == SMTP_LHLO);
	}
}

/*!
 * \brief Calls `rcpt_final` for the first accepted recipient for which it was not called yet, if
 *        the replies to all RCPT are known.
 */
static void emit_final(struct smtp_session *s, unsigned code)
{
	struct smtp_transaction *t = &s->transaction;

	if (!t->open || !s->resync.whole || t->rcpts_taken + t->rcpts_refused != t->rcpts) {
		return;
	}
	for (unsigned i = 0; i < SMTP_FINALS_MAX / 64; i++) {
		if (t->finals[i] != 0) {
			unsigned index = i * 64 + (unsigned)__builtin_ctzll(t->finals[i]);
			t->finals[i] &= t->finals[i] - 1;
			SMTP_EMIT(s, rcpt_final, s->user, index, code);
			return;
		}
	}
}

bool smtp_transaction_verdict(struct smtp_session *s, uint32_t nth, unsigned *code)
{
	struct smtp_transaction *t = &s->transaction;

	if (!t->lmtp) {
		return true;
	}
	emit_final(s, *code);
	if (t->verdict == 0 || *code < t->verdict) {
		t->verdict = (uint16_t)*code;
	}
	*code = t->verdict;
	return nth >= t->rcpts_taken;
}

void smtp_transaction_content_begin(struct smtp_session *s, enum smtp_content_view view)
{
	s->transaction.stage = SMTP_CONTENT_DATA;
	s->transaction.view = view;
	s->transaction.refusal = 0;
	s->transaction.early = 0;
}

void smtp_transaction_content_chunks(struct smtp_session *s)
{
	s->transaction.stage = SMTP_CONTENT_CHUNKS;
}

void smtp_transaction_content_gap(struct smtp_session *s)
{
	s->transaction.view = SMTP_CONTENT_GAPPED;
}

void smtp_transaction_content_end(struct smtp_session *s)
{
	s->transaction.stage = smtp_has_content(s) ? SMTP_CONTENT_OVER : SMTP_CONTENT_NONE;
}

void smtp_transaction_content_undo(struct smtp_session *s)
{
	s->transaction.stage = SMTP_CONTENT_NONE;
}
