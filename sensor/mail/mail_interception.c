/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "sensor/mail/mail_session_private.h"

bool mail_interception_find(const struct mail_session *session, struct watch_cause *cause)
{
	return correlator_find_server(session->config->correlator, session->flow.network,
	                              &session->flow.key.server, session->flow.time_ns, cause);
}

static void emit(struct mail_session *session, const struct watch_cause *cause, bool ended)
{
	struct rule_view rule;
	struct event_subject subject = mail_session_subject(session, session->first_seq);
	const struct observation seen = { .kind = KIND_SERVER,
		                          .addr = &session->flow.key.server,
		                          .time_ns = session->flow.time_ns };
	subject.hijacked = &cause->owner;
	const struct event_interception interception = { .ended = ended,
		                                         .dns_event = cause->event_id };
	watch_cause_rule(cause, &rule);
	const struct event_hit hit = { .seen = &seen,
		                       .rule = &rule,
		                       .field = observation_kind_field(KIND_SERVER),
		                       .section = -1,
		                       .interception = &interception };
	hits_emit(session->config->hits, &subject, &hit);
}

void mail_interception_check(struct mail_session *session)
{
	struct mail_session *first = session->second ? session->other : session;
	struct watch_cause cause;
	if (first->cause != NULL) {
		return;
	}
	if (!mail_interception_find(session, &cause)) {
		return;
	}
	first->cause = malloc(sizeof(*first->cause));
	if (first->cause != NULL) {
		*first->cause = cause;
		first->hijacked = session->hijacked = &first->cause->owner;
		if (first->other != NULL) {
			first->other->hijacked = first->hijacked;
		}
		emit(session, &cause, false);
	}
}

void mail_interception_note(struct mail_session *session)
{
	struct rule_view rule;
	if (session->cause == NULL && !session->server_hit) {
		return;
	}
	const struct event_subject subject = mail_session_subject(session, session->first_seq);
	if (session->cause == NULL) {
		const struct observation server = mail_session_server(session);
		hits_note_mail_to(session->config->hits, &subject, &server, session->mail_content);
		return;
	}
	watch_cause_rule(session->cause, &rule);
	hits_note_mail(session->config->hits, &subject, &rule, session->mail_content);
}

void mail_interception_end(struct mail_session *session)
{
	if (session->cause != NULL) {
		emit(session, session->cause, true);
		free(session->cause);
	}
}
