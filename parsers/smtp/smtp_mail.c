/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/smtp/smtp_private.h"

#include <string.h>

static struct smtp_pending *pending_at(struct smtp_session *s, unsigned n)
{
	return &s->pending[(s->first + n) % SMTP_PENDING_MAX];
}

static struct smtp_pending *pending_tail(struct smtp_session *s)
{
	return s->pendings > 0 ? pending_at(s, s->pendings - 1) : NULL;
}

static void pending_add(struct smtp_session *s, enum smtp_pending_kind kind, enum smtp_verb verb,
                        uint32_t count)
{
	*pending_at(s, s->pendings) = (struct smtp_pending){
		.kind = (uint8_t)kind,
		.verb = (uint8_t)verb,
		.count = count,
	};
	s->pendings++;
}

/*! \brief Emits that a recipient's reply will not be known. */
static void release(struct smtp_session *s, const struct smtp_pending *p)
{
	if (p->kind == SMTP_PENDING_RCPT) {
		SMTP_EMIT(s, rcpt_reply, s->user, p->count, 0);
	}
}

struct smtp_pending *smtp_pending_head(struct smtp_session *s)
{
	return s->pendings > 0 ? pending_at(s, 0) : NULL;
}

void smtp_pending_pop(struct smtp_session *s)
{
	s->first = (uint8_t)((s->first + 1) % SMTP_PENDING_MAX);
	s->pendings--;
}

static void forget_first(struct smtp_session *s, unsigned n)
{
	for (; n > 0; n--) {
		release(s, smtp_pending_head(s));
		smtp_pending_pop(s);
	}
}

void smtp_pending_forget(struct smtp_session *s)
{
	forget_first(s, s->pendings);
}

void smtp_pending_keep_last(struct smtp_session *s)
{
	if (s->pendings > 0) {
		forget_first(s, s->pendings - 1u);
	}
}

bool smtp_pending_seek(struct smtp_session *s, enum smtp_verb verb)
{
	unsigned n = 0;

	while (n < s->pendings && pending_at(s, n)->verb != verb) {
		n++;
	}
	if (n == s->pendings) {
		return false;
	}
	forget_first(s, n);
	return true;
}

/* The ring's last place is kept for one entry that stands for all that do not fit. */
static void overflow(struct smtp_session *s, const struct smtp_pending *p)
{
	struct smtp_pending *tail = pending_tail(s);

	s->counters.overflowed++;
	if (tail->kind == SMTP_PENDING_SKIP) {
		tail->count++;
	} else {
		pending_add(s, SMTP_PENDING_SKIP, SMTP_UNKNOWN, 1);
	}
	release(s, p);
}

void smtp_pending_push(struct smtp_session *s, enum smtp_pending_kind kind, enum smtp_verb verb,
                       uint32_t count)
{
	struct smtp_pending *head = smtp_pending_head(s);

	/*
	 * Clients send on when the replies to their last commands have come
	 * (RFC 2920, 3.1): a gap that was answered is over, and what stands
	 * behind it was answered by replies that were taken for the gap's.
	 */
	if (head != NULL && head->kind == SMTP_PENDING_GAP && head->count > 0) {
		smtp_pending_forget(s);
	}
	if (s->pendings >= SMTP_PENDING_MAX - 1) {
		overflow(s, &(struct smtp_pending){ (uint8_t)kind, (uint8_t)verb, count });
		return;
	}
	pending_add(s, kind, verb, count);
}

void smtp_pending_gap(struct smtp_session *s, bool answered)
{
	struct smtp_pending *tail = pending_tail(s);

	if (tail != NULL && tail->kind == SMTP_PENDING_GAP) {
		tail->count = answered;
		return;
	}
	if (s->pendings == SMTP_PENDING_MAX) {
		smtp_pending_forget(s);
	}
	pending_add(s, SMTP_PENDING_GAP, SMTP_UNKNOWN, answered);
}

void smtp_mail_open(struct smtp_session *s)
{
	s->mail_open = true;
	s->content_open = false; /* what came without a mail is nobody's */
	s->content_done = false;
	s->rcpts = 0;
	s->rcpts_taken = 0;
	s->rcpts_refused = 0;
	memset(s->finals, 0, sizeof(s->finals));
	s->refusal = 0;
	s->verdict = 0;
}

/*! \brief Recipients get reply 0, and replies to the transaction, if they come, are nobody's. */
static void disown_pending(struct smtp_session *s)
{
	for (unsigned n = 0; n < s->pendings; n++) {
		struct smtp_pending *p = pending_at(s, n);
		release(s, p);
		if (p->kind == SMTP_PENDING_RCPT || p->kind == SMTP_PENDING_CONTENT ||
		    p->verb == SMTP_MAIL || p->verb == SMTP_BDAT) {
			p->kind = SMTP_PENDING_SKIP;
			p->count = 1;
		}
	}
}

void smtp_mail_close(struct smtp_session *s, enum smtp_outcome outcome, unsigned code)
{
	s->early = 0;
	s->content_open = false;
	s->content_done = false;
	if (!s->mail_open) {
		return;
	}
	disown_pending(s);
	s->mail_open = false;
	SMTP_EMIT(s, mail_end, s->user, outcome, code);
}

void smtp_mail_drop(struct smtp_session *s)
{
	if (s->early != 0) {
		smtp_mail_decide(s, s->early);
	} else if (s->refusal != 0) {
		smtp_mail_close(s, SMTP_REFUSED, s->refusal);
	} else if (s->content_done || (s->content_open && s->gapped)) {
		smtp_mail_close(s, SMTP_UNDECIDED, 0);
	} else {
		smtp_mail_close(s, SMTP_ABANDONED, 0);
	}
}

void smtp_mail_decide(struct smtp_session *s, unsigned code)
{
	if (code < 300) {
		smtp_mail_close(s, SMTP_ACCEPTED, code);
	} else {
		smtp_mail_close(s, SMTP_REFUSED, s->refusal != 0 ? s->refusal : code);
	}
}
