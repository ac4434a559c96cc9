/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/smtp/smtp.h"

#include <string.h>

#include "parsers/smtp/smtp_private.h"

void smtp_init(struct smtp_session *s, const struct smtp_handler *handler, void *user)
{
	/* The buffers hold nothing before their sizes say so. */
	memset(s, 0, offsetof(struct smtp_session, pending.ring));
	s->handler = handler;
	s->user = user;
	s->mode = SMTP_MODE_LOST;
	s->first_line = true;
}

bool smtp_feed(struct smtp_session *s, enum smtp_side side, const uint8_t *bytes, size_t size,
               uint64_t offset)
{
	if (side == SMTP_CLIENT) {
		smtp_client_feed(s, bytes, size, offset);
	} else {
		smtp_server_feed(s, bytes, size);
	}
	return s->mode != SMTP_MODE_DONE || s->tls_left > 0;
}

void smtp_gap(struct smtp_session *s, enum smtp_side side, size_t bytes)
{
	if (bytes == 0) {
		return;
	}
	s->counters.gaps += bytes;
	if (side == SMTP_CLIENT) {
		smtp_client_gap(s, bytes);
	} else {
		smtp_server_gap(s);
	}
}

void smtp_end(struct smtp_session *s)
{
	smtp_client_end(s);
	smtp_pending_forget(s);
	smtp_transaction_drop(s);
	s->mode = SMTP_MODE_DONE;
}
