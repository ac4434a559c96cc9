/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state machine: passes octets to the other files, and sets the mode that they return. */
#include "parsers/smtp/smtp.h"

#include <string.h>

#include "base/cache.h"
#include "parsers/smtp/smtp_private.h"

_Static_assert(offsetof(struct smtp_session, content) <= CACHE_LINE,
               "the start fits in one cache line");

/*! \brief Returns true if a client that has sent text after STARTTLS begins TLS with this octet. */
static bool begins_tls(const struct smtp_session *s, uint8_t octet)
{
	return s->tls.agreed && octet == TLS_RECORD_HANDSHAKE && s->mode == SMTP_MODE_COMMAND &&
	       s->client.line.size == 0;
}

/*!
 * \brief Reads octets until all are used or the rest must be held; returns the number of octets
 *        used.
 */
static size_t read_client(struct smtp_session *s, const uint8_t *bytes, size_t size,
                          uint64_t offset)
{
	size_t done = 0;

	while (done < size && !smtp_is_holding(s->mode) && !smtp_hold_has_unread(s)) {
		enum smtp_mode next = s->mode;
		size_t used = size - done;
		if (s->mode == SMTP_MODE_STARTTLS) {
			next = smtp_tls_judge(s, bytes[done]);
			used = 0;
		} else if (begins_tls(s, bytes[done])) {
			next = smtp_tls_begin(s);
			used = 0;
		} else if (s->mode == SMTP_MODE_TLS) {
			next = smtp_tls_read_hello(s, bytes + done, used);
		} else if (s->mode == SMTP_MODE_DONE) {
			smtp_tls_spend(s, used);
		} else {
			used = smtp_client_read(s, bytes + done, used, offset + done, &next);
		}
		s->mode = next;
		done += used;
	}
	return done;
}

/*! \brief Reads held octets that need not be held any more; `force`: see smtp_resync_judge(). */
static void drain(struct smtp_session *s, bool force)
{
	uint8_t held[SMTP_HOLD_MAX];

	while (s->hold.size > 0) {
		s->mode = smtp_resync_judge(s, force);
		if (smtp_is_holding(s->mode) || !smtp_hold_has_unread(s)) {
			return;
		}
		uint64_t offset = s->hold.offset;
		size_t size = smtp_hold_take(s, held);
		size_t done = read_client(s, held, size, offset);
		(void)smtp_hold_add(s, held + done, size - done, offset + done);
		explicit_bzero(held, size);
	}
}

static void on_reply(struct smtp_session *s, unsigned code);

/*!
 * \brief Ends SMTP_MODE_DOUBT. `reread`: the server has read commands in the content.
 *
 * The octets that were held can contain the next content in doubt. The mode is then SMTP_MODE_DOUBT
 * again, with fewer octets held.
 */
static void resolve(struct smtp_session *s, bool reread)
{
	uint16_t codes[SMTP_DOUBT_REPLIES];
	size_t n = smtp_doubt_take_replies(s, codes);

	if (reread) {
		s->mode = smtp_doubt_reread(s);
	} else {
		smtp_doubt_forget(s);
		s->mode = SMTP_MODE_COMMAND;
	}
	drain(s, false);
	for (size_t i = 0; i < n; i++) {
		on_reply(s, codes[i]);
	}
}

/*!
 * \brief Ends SMTP_MODE_DOUBT because no further reply can show that the server has read commands
 *        in the content.
 */
static void leave_doubt(struct smtp_session *s)
{
	while (s->mode == SMTP_MODE_DOUBT) {
		resolve(s, false);
	}
}

static void feed_client(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset)
{
	while (size > 0) {
		size_t used;
		while (s->mode == SMTP_MODE_DOUBT && smtp_doubt_is_settled(s)) {
			resolve(s, false);
		}
		if (smtp_is_holding(s->mode)) {
			used = smtp_hold_add(s, bytes, size, offset);
		} else {
			used = read_client(s, bytes, size, offset);
		}
		if (s->hold.size > 0) {
			drain(s, false);
		}
		bytes += used;
		size -= used;
		offset += used;
	}
}

static void gap_client(struct smtp_session *s, size_t bytes)
{
	leave_doubt(s);
	smtp_pending_lost(s);
	if (smtp_is_waiting(s->mode)) {
		/* Octets after the gap do not continue the octets before it. */
		drain(s, true);
	}
	s->mode = smtp_resync_gap(s, bytes);
}

static void on_greeting(struct smtp_session *s, unsigned code)
{
	smtp_resync_set_whole(s, true);
	SMTP_EMIT(s, reply, s->user, SMTP_UNKNOWN, code);
	if (s->mode == SMTP_MODE_LOST) {
		s->mode = SMTP_MODE_COMMAND;
	}
	drain(s, false);
}

/*!
 * \brief Returns true if content is being read, or if the reply to the content has not come yet.
 */
static bool may_doubt(enum smtp_mode mode)
{
	return mode == SMTP_MODE_DATA || mode == SMTP_MODE_CHUNK || mode == SMTP_MODE_DOUBT ||
	       smtp_is_waiting(mode);
}

/*!
 * \brief Reads octets of content again as commands, because the server has read them as commands.
 */
static void reread(struct smtp_session *s)
{
	uint64_t lost = s->doubt.lost;

	smtp_doubt_end_content(s);
	s->mode = smtp_doubt_reread(s);
	drain(s, false);
	if (lost > 0) {
		gap_client(s, lost);
	}
}

static void on_reply(struct smtp_session *s, unsigned code)
{
	while (s->mode == SMTP_MODE_DOUBT && s->doubt.replies == SMTP_DOUBT_REPLIES) {
		resolve(s, false);
	}
	if (s->mode == SMTP_MODE_DOUBT) {
		if (smtp_doubt_reply_refutes(s, code)) {
			resolve(s, true);
		}
		return;
	}
	if (s->proxy.undecided && smtp_client_is_proxy_refused(s, code)) {
		SMTP_EMIT(s, reply, s->user, SMTP_PROXY, code);
		return;
	}
	if (smtp_doubt_is_open(s) && smtp_doubt_is_over(s, code)) {
		reread(s);
	}
	if (s->mode == SMTP_MODE_LOST) {
		enum smtp_mode next = s->mode;
		bool used = smtp_resync_reply(s, code, &next);
		s->mode = next;
		drain(s, false);
		if (used) {
			return;
		}
	}
	s->mode = smtp_transition(s, code);
	if (smtp_doubt_is_open(s) && !may_doubt(s->mode)) {
		smtp_doubt_forget(s);
	}
	drain(s, false);
}

/*!
 * \brief Handles the beginning of the server's TLS, which shows that the reply to STARTTLS was
 *        lost.
 */
static void on_server_tls(struct smtp_session *s)
{
	smtp_tls_begin_server(s);
	if (smtp_is_waiting(s->mode)) {
		s->mode = SMTP_MODE_GUESS;
		drain(s, false);
	}
}

/*!
 * \brief Returns true if an octet in place of a reply begins a TLS record: a ServerHello or an
 *        alert.
 */
static bool is_server_tls(const struct smtp_session *s, uint8_t octet)
{
	return octet == TLS_RECORD_HANDSHAKE || (octet == TLS_RECORD_ALERT && s->tls.agreed);
}

static void report_offer(struct smtp_session *s, const struct smtp_reply_end *end)
{
	const struct smtp_pending *head = smtp_pending_head(s);
	bool hello = head != NULL && (head->verb == SMTP_EHLO || head->verb == SMTP_LHLO);

	/* If the client is not seen, the keyword alone shows that this is a reply to EHLO or
	 * LHLO. */
	if (hello || (head == NULL && end->offer != SMTP_OFFER_NONE)) {
		SMTP_EMIT(s, offer, s->user, end->offer);
	}
}

/*! \brief Reads replies until TLS begins; returns the number of octets used. */
static size_t read_replies(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	size_t done = 0;

	while (done < size && !s->tls.server && s->mode < SMTP_MODE_TLS) {
		struct smtp_reply_end end;
		if (s->reply.line.size == 0 && is_server_tls(s, bytes[done])) {
			on_server_tls(s);
			break;
		}
		done += smtp_reply_read(s, bytes + done, size - done, &end);
		if (end.greeting) {
			on_greeting(s, end.code);
		} else if (end.code != 0) {
			if (end.code < SMTP_CODE_MORE) {
				report_offer(s, &end);
			}
			on_reply(s, end.code);
		}
	}
	return done;
}

static void feed_server(struct smtp_session *s, const uint8_t *bytes, size_t size)
{
	s->server_seen = true;
	size_t done = read_replies(s, bytes, size);
	smtp_tls_read_server(s, bytes + done, size - done);
}

static void gap_server(struct smtp_session *s)
{
	leave_doubt(s);
	s->server_seen = true;
	smtp_tls_gap(s);
	smtp_resync_set_whole(s, false);
	smtp_reply_gap(s);
	if (smtp_is_waiting(s->mode)) {
		smtp_pending_keep_last(s);
		s->mode = SMTP_MODE_GUESS;
		drain(s, false);
	} else if (s->pending.size > 0) {
		smtp_pending_forget(s);
		smtp_pending_gap(s, true);
	}
}

void smtp_init(struct smtp_session *s, const struct smtp_handler *handler, void *user)
{
	/* The buffers need not be zeroed: they are read only up to the sizes in the other
	 * members. */
	memset(s, 0, offsetof(struct smtp_session, pending.ring));
	s->handler = handler;
	s->user = user;
	s->mode = SMTP_MODE_LOST;
}

bool smtp_feed(struct smtp_session *s, enum smtp_side side, const uint8_t *bytes, size_t size,
               uint64_t offset)
{
	if (side == SMTP_CLIENT) {
		feed_client(s, bytes, size, offset);
	} else {
		feed_server(s, bytes, size);
	}
	return s->mode != SMTP_MODE_DONE || s->tls.left > 0;
}

void smtp_gap(struct smtp_session *s, enum smtp_side side, size_t bytes)
{
	if (bytes == 0) {
		return;
	}
	s->counters.gaps += bytes;
	if (side == SMTP_CLIENT) {
		gap_client(s, bytes);
	} else {
		gap_server(s);
	}
}

void smtp_begin_as(struct smtp_session *s, const struct smtp_session *other)
{
	s->server_seen = other->server_seen;
	smtp_transaction_set_lmtp(s, other->transaction.lmtp);
	if (smtp_is_waiting(other->mode) ||
	    (other->mode >= SMTP_MODE_COMMAND && other->mode <= SMTP_MODE_CREDENTIAL)) {
		s->mode = SMTP_MODE_COMMAND;
	}
}

static bool is_between_lines(const struct smtp_session *s)
{
	return s->client.line.size == 0 && s->reply.line.size == 0 && s->hold.size == 0 &&
	       s->pending.size == 0 && (s->mode == SMTP_MODE_COMMAND || s->mode == SMTP_MODE_DONE);
}

bool smtp_agree(const struct smtp_session *a, const struct smtp_session *b)
{
	return a->mode == b->mode && is_between_lines(a) && is_between_lines(b);
}

void smtp_end(struct smtp_session *s)
{
	leave_doubt(s);
	if (s->mode == SMTP_MODE_DATA && s->doubt.commands && s->transaction.early != 0) {
		reread(s); /* No other end of the content was seen. */
		leave_doubt(s);
	}
	s->server_seen = false;
	drain(s, true);
	smtp_hold_wipe(s);
	if (s->mode != SMTP_MODE_TLS) {
		smtp_client_wipe(s);
	}
	smtp_pending_forget(s);
	smtp_transaction_drop(s);
	s->mode = SMTP_MODE_DONE;
}
