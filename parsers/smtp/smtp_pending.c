/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that were not answered yet, in a ring: the server answers them in order. */
#include "parsers/smtp/smtp_private.h"

static struct smtp_pending *at(struct smtp_session *s, unsigned n)
{
	return &s->pending.ring[(s->pending.first + n) % SMTP_PENDING_MAX];
}

static struct smtp_pending *tail(struct smtp_session *s)
{
	return s->pending.size > 0 ? at(s, s->pending.size - 1) : NULL;
}

static void add(struct smtp_session *s, enum smtp_pending_kind kind, enum smtp_verb verb,
                uint32_t count)
{
	*at(s, s->pending.size) = (struct smtp_pending){
		.kind = (uint8_t)kind,
		.verb = (uint8_t)verb,
		.count = count,
	};
	s->pending.size++;
}

/*! \brief Calls `rcpt_reply` with code 0 for a recipient whose reply will not be known. */
static void release(struct smtp_session *s, const struct smtp_pending *p)
{
	if (p->kind == SMTP_PENDING_RCPT) {
		SMTP_EMIT(s, rcpt_reply, s->user, p->count, 0);
	}
}

const struct smtp_pending *smtp_pending_head(const struct smtp_session *s)
{
	return s->pending.size > 0 ? &s->pending.ring[s->pending.first] : NULL;
}

void smtp_pending_pop(struct smtp_session *s)
{
	s->pending.first = (uint8_t)((s->pending.first + 1) % SMTP_PENDING_MAX);
	s->pending.size--;
}

void smtp_pending_count(struct smtp_session *s)
{
	at(s, 0)->count++;
}

void smtp_pending_skip(struct smtp_session *s)
{
	if (--at(s, 0)->count == 0) {
		smtp_pending_pop(s);
	}
}

static void forget_first(struct smtp_session *s, unsigned n)
{
	for (; n > 0; n--) {
		release(s, at(s, 0));
		smtp_pending_pop(s);
	}
}

void smtp_pending_forget(struct smtp_session *s)
{
	forget_first(s, s->pending.size);
}

void smtp_pending_keep_last(struct smtp_session *s)
{
	if (s->pending.size > 0) {
		forget_first(s, s->pending.size - 1u);
	}
}

/*!
 * \brief Returns true if an entry is a command with this verb. The content after DATA is not,
 *        although it has the same verb.
 */
static bool is_command(const struct smtp_pending *p, enum smtp_verb verb)
{
	return p->kind == SMTP_PENDING_COMMAND && p->verb == verb;
}

bool smtp_pending_seek(struct smtp_session *s, enum smtp_verb verb)
{
	unsigned n = 0;

	while (n < s->pending.size && !is_command(at(s, n), verb)) {
		n++;
	}
	if (n == s->pending.size) {
		return false;
	}
	forget_first(s, n);
	return true;
}

/* Counts a command that does not fit. The last place of the ring is reserved for one entry that
 * counts all such commands. */
static void overflow(struct smtp_session *s, const struct smtp_pending *p)
{
	struct smtp_pending *last = tail(s);

	s->counters.overflowed++;
	if (last->kind == SMTP_PENDING_SKIP) {
		last->count++;
	} else {
		add(s, SMTP_PENDING_SKIP, SMTP_UNKNOWN, 1);
	}
	release(s, p);
}

void smtp_pending_push(struct smtp_session *s, enum smtp_pending_kind kind, enum smtp_verb verb,
                       uint32_t count)
{
	const struct smtp_pending *head = smtp_pending_head(s);

	/*
	 * A client continues once the replies to its last commands have come (RFC 2920, 3.1). A gap
	 * that was answered is therefore over, and the commands after it were answered by replies
	 * that were counted for the gap.
	 */
	if (head != NULL && head->kind == SMTP_PENDING_GAP && head->count > 0) {
		smtp_pending_forget(s);
	}
	if (s->pending.size >= SMTP_PENDING_MAX - 1) {
		overflow(s, &(struct smtp_pending){ (uint8_t)kind, (uint8_t)verb, count });
		return;
	}
	add(s, kind, verb, count);
}

void smtp_pending_gap(struct smtp_session *s, bool answered)
{
	struct smtp_pending *last = tail(s);

	if (last != NULL && last->kind == SMTP_PENDING_GAP) {
		last->count = answered;
		return;
	}
	if (s->pending.size == SMTP_PENDING_MAX) {
		smtp_pending_forget(s);
	}
	add(s, SMTP_PENDING_GAP, SMTP_UNKNOWN, answered);
}

void smtp_pending_gap_answered(struct smtp_session *s)
{
	at(s, 0)->count = 1;
}

static bool is_of_transaction(const struct smtp_pending *p)
{
	return p->kind == SMTP_PENDING_RCPT || p->kind == SMTP_PENDING_CONTENT ||
	       p->kind == SMTP_PENDING_DOT || p->verb == SMTP_MAIL || p->verb == SMTP_BDAT;
}

void smtp_pending_disown(struct smtp_session *s)
{
	for (unsigned n = 0; n < s->pending.size; n++) {
		struct smtp_pending *p = at(s, n);
		release(s, p);
		if (p->kind != SMTP_PENDING_SKIP && is_of_transaction(p)) {
			p->kind = SMTP_PENDING_SKIP;
			p->count = 1;
		}
	}
}

void smtp_pending_matched(struct smtp_session *s)
{
	if (s->pending.match == SMTP_MATCH_STRAY) {
		s->pending.match = SMTP_MATCH_SURE;
	}
}

void smtp_pending_stray(struct smtp_session *s)
{
	if (s->pending.match == SMTP_MATCH_SURE) {
		s->pending.match = SMTP_MATCH_STRAY;
	}
}

/*
 * Octets after a gap are reassembled late, but the replies to them are not. A stray reply that came
 * before the gap was reported is therefore a reply to a command after the gap.
 */
void smtp_pending_lost(struct smtp_session *s)
{
	if (s->pending.match == SMTP_MATCH_STRAY) {
		s->pending.match = SMTP_MATCH_LOST;
	}
}

void smtp_pending_sure(struct smtp_session *s)
{
	s->pending.match = SMTP_MATCH_SURE;
}
