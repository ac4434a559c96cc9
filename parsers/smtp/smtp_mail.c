/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/smtp/smtp_private.h"

#include <string.h>

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

void smtp_mail_close(struct smtp_session *s, enum smtp_outcome outcome, unsigned code)
{
	s->early = 0;
	s->content_open = false;
	s->content_done = false;
	if (!s->mail_open) {
		return;
	}
	smtp_pending_disown(s);
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
