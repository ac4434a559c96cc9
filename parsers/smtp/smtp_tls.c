/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TLS: reads the ClientHello, and passes the server's octets to the handler. */
#include "parsers/smtp/smtp_private.h"

#include <sys/param.h>

#include "base/ascii.h"

enum smtp_mode smtp_tls_agree(struct smtp_session *s, unsigned code)
{
	smtp_pending_forget(s);
	smtp_transaction_drop(s);
	SMTP_EMIT(s, starttls, s->user, code);
	s->tls.agreed = true;
	return SMTP_MODE_STARTTLS;
}

/*!
 * \brief Returns true for an octet with which a command line can begin, but no record of TLS or
 *        SSL.
 */
static bool is_text(uint8_t octet)
{
	return (octet > ' ' && octet < 0x7f) || ascii_is_blank((char)octet) || octet == '\r' ||
	       octet == '\n';
}

enum smtp_mode smtp_tls_judge(struct smtp_session *s, uint8_t octet)
{
	return is_text(octet) ? SMTP_MODE_COMMAND : smtp_tls_begin(s);
}

static void see(struct smtp_session *s)
{
	if (!s->tls.seen) {
		s->tls.seen = true;
		SMTP_EMIT(s, tls, s->user);
	}
}

enum smtp_mode smtp_tls_begin(struct smtp_session *s)
{
	if (!s->tls.agreed) {
		(void)smtp_tls_agree(s, 0);
	}
	smtp_pending_forget(s);
	smtp_transaction_drop(s);
	smtp_tls_begin_server(s);
	smtp_client_wipe(s);
	tls_hello_init(&s->hello);
	return SMTP_MODE_TLS;
}

void smtp_tls_begin_server(struct smtp_session *s)
{
	see(s);
	if (s->handler->server_tls != NULL && !s->tls.server) {
		s->tls.left = SMTP_TLS_MAX;
	}
	s->tls.server = true;
}

void smtp_tls_spend(struct smtp_session *s, size_t size)
{
	s->tls.left -= size < s->tls.left ? (uint16_t)size : s->tls.left;
}

void smtp_tls_gap(struct smtp_session *s)
{
	s->tls.left = 0;
}

enum smtp_mode smtp_tls_read_hello(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	smtp_tls_spend(s, size);
	if (tls_hello_feed(&s->hello, bytes, size) == TLS_HELLO_MORE) {
		return SMTP_MODE_TLS;
	}
	struct smtp_text name;
	name.text = tls_hello_name(&s->hello, &name.size);
	if (s->hello.status == TLS_HELLO_DONE && name.text != NULL) {
		SMTP_EMIT(s, sni, s->user, name);
	}
	return SMTP_MODE_DONE;
}

void smtp_tls_read_server(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	if (s->tls.left == 0 || size == 0) {
		return;
	}
	size_t wanted = MIN(size, s->tls.left);
	if (s->handler->server_tls(s->user, bytes, wanted)) {
		smtp_tls_spend(s, size);
	} else {
		s->tls.left = 0;
	}
}
