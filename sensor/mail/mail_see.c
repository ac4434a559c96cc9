/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/mail/mail_observe.h"
#include "sensor/mail/mail_session_private.h"

static uint64_t reported_key(const struct mail_session *session, const struct observation *seen,
                             uint64_t anchor)
{
	const struct keyed_hash *key = &session->config->key;
	const uint64_t parts[] = { anchor, (uint64_t)seen->kind,
		                   keyed_hash(key, seen->name, seen->name_size),
		                   keyed_hash(key, seen->local, seen->local_size) };
	return keyed_hash(key, parts, sizeof(parts));
}

static bool was_reported(const struct mail_session *session, uint64_t key)
{
	for (unsigned i = 0; i < session->reported_count && i < MAIL_REPORTED_MAX; i++) {
		if (session->reported[i] == key) {
			return true;
		}
	}
	return false;
}

/* Observations of one line, of which the first identifies it. */
static void see_all(struct mail_session *session, struct observation *seen, unsigned count,
                    uint64_t anchor)
{
	/* Sequence numbers wrap, and the anchor must not depend on the segmentation. */
	struct event_subject subject = mail_session_subject(session, (uint32_t)anchor);
	if (session->other != NULL &&
	    was_reported(session->other, reported_key(session, seen, subject.anchor))) {
		return;
	}
	if (seen->kind == KIND_SERVER) {
		subject.connection = EVENT_CONNECTION_ESTABLISHED;
	}
	hits_begin(session->config->hits, &subject);
	for (unsigned i = 0; i < count; i++) {
		seen[i].server = &session->flow.key.server;
		seen[i].time_ns = session->flow.time_ns;
		hits_see(session->config->hits, &seen[i], observation_kind_field(seen[i].kind), -1);
	}
	if (hits_were_emitted(session->config->hits)) {
		session->reported[session->reported_count++ % MAIL_REPORTED_MAX] =
		        reported_key(session, seen, subject.anchor);
	}
}

static void see(struct mail_session *session, struct observation *seen, uint64_t anchor)
{
	see_all(session, seen, 1, anchor);
}

/* The server of a hit may be watched, before there is any mail. */
__attribute__((noinline)) static void see_matched_server(struct mail_session *session,
                                                         struct observation *server)
{
	const struct dns_name *known = session->hijacked;
	struct watch_cause cause;
	if (known == NULL && hits_would_be(session->config->hits, server) &&
	    mail_interception_find(session, &cause)) {
		session->hijacked = &cause.owner;
	}
	see(session, server, session->first_seq);
	session->server_hit = !session->second && hits_were_emitted(session->config->hits);
	session->hijacked = known;
}

void mail_see_server(struct mail_session *session)
{
	struct observation server = mail_session_server(session);
	if (hits_may_be(session->config->hits, KIND_SERVER, server.addr)) {
		see_matched_server(session, &server);
	} else {
		see(session, &server, session->first_seq);
	}
}

void mail_see_host(struct mail_session *session, enum observation_kind kind, struct smtp_text host,
                   uint64_t anchor)
{
	struct mail_observations made;
	mail_observe_host(&made, session->config, kind, host);
	if (made.count > 0) {
		see_all(session, made.seen, made.count, anchor);
	}
}

void mail_see_mailbox(struct mail_session *session, enum observation_kind kind,
                      const struct mailbox_reading *readings, unsigned count, uint64_t anchor)
{
	struct mail_observations made;
	mail_observe_mailbox(&made, session->config, kind, readings, count, &session->transcript);
	if (made.count > 0) {
		see_all(session, made.seen, made.count, anchor);
	}
}

void mail_see_recipient(struct mail_session *session, const struct transcript_recipient *recipient,
                        uint64_t anchor)
{
	struct mailbox_reading readings[MAILBOX_READINGS_MAX];
	for (unsigned i = 0; i < recipient->mailbox.count; i++) {
		readings[i] = transcript_reading(&recipient->mailbox, i);
	}
	session->transcript.at_hand = recipient;
	mail_see_mailbox(session, KIND_RCPT, readings, recipient->mailbox.count, anchor);
	session->transcript.at_hand = NULL;
}
