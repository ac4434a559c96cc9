/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/mail/mail_session.h"

#include <string.h>

#include "sensor/mail/mail_session_private.h"

size_t mail_session_size(void)
{
	return sizeof(struct mail_session);
}

struct mail_session *mail_session_new(const struct mail_session_config *config,
                                      const struct flow *flow)
{
	struct mail_session *session = pool_get(config->pool);
	if (session == NULL) {
		return NULL;
	}
	memset(session, 0, offsetof(struct mail_session, parser));
	session->config = config;
	session->flow = *flow;
	session->transcript.room = session->room;
	session->transcript.memory = config->texts;
	smtp_init(&session->parser, &MAIL_SESSION_HANDLER, session);
	return session;
}

bool mail_session_attempt(const struct mail_session_config *config, const struct flow *flow,
                          uint32_t anchor, enum event_connection connection)
{
	const struct transcript nothing = { .room = NULL };
	const struct event_subject subject = {
		.flow = flow, .transcript = &nothing, .anchor = anchor, .connection = connection
	};
	const struct observation server = { .kind = KIND_SERVER,
		                            .addr = &flow->key.server,
		                            .server = &flow->key.server,
		                            .time_ns = flow->time_ns };
	hits_begin(config->hits, &subject);
	hits_see(config->hits, &server, observation_kind_field(KIND_SERVER), -1);
	return hits_were_emitted(config->hits);
}

enum mail_session_state mail_session_feed(struct mail_session *session, bool from_client,
                                          const uint8_t *bytes, size_t size, uint32_t seq,
                                          int64_t time_ns)
{
	session->flow.time_ns = time_ns;
	session->secret = smtp_is_authenticating(&session->parser);
	mail_host_budget_fill(session->config->hosts, size);
	if (!session->begun) {
		session->first_seq = seq;
	}
	bool more = smtp_feed(&session->parser, from_client ? SMTP_CLIENT : SMTP_SERVER, bytes,
	                      size, seq);
	/* The server is matched after the first bytes were read, so that the hit can show the
	 * greeting. */
	if (!session->begun) {
		session->begun = true;
		mail_see_server(session);
	}
	if (!more) {
		return MAIL_SESSION_OVER;
	}
	return session->secret ? MAIL_SESSION_SECRET : MAIL_SESSION_MORE;
}

/* The number of octets after the last line end. */
static size_t line_begun(const uint8_t *bytes, size_t size)
{
	const uint8_t *end = size > 0 ? memrchr(bytes, '\n', size) : NULL;
	return end != NULL ? size - (size_t)(end + 1 - bytes) : size;
}

struct mail_session *mail_session_fork(struct mail_session *session, const uint8_t *before,
                                       size_t size, size_t *again)
{
	struct mail_session *second = mail_session_new(session->config, &session->flow);
	if (second == NULL) {
		return NULL;
	}
	transcript_copy(&second->transcript, &session->transcript);
	smtp_begin_as(&second->parser, &session->parser);
	second->second = second->begun = true;
	second->hijacked = session->hijacked;
	second->first_seq = session->first_seq;
	second->mails = session->mails;
	second->mail_content = session->mail_content;
	second->other = session;
	session->other = second;
	session->flow.ambiguous = second->flow.ambiguous = true;
	*again = line_begun(before, size);
	return second;
}

bool mail_session_agrees(const struct mail_session *session, const struct mail_session *second)
{
	return smtp_agree(&session->parser, &second->parser);
}

void mail_session_expect(const struct mail_session *session)
{
	const char *from = (const char *)&session->flow.time_ns;
	cache_expect(from, (size_t)((const char *)&session->parser.pending.ring[1] - from));
}

void mail_session_gap(struct mail_session *session, bool from_client, size_t bytes)
{
	session->transcript.gap_bytes += bytes;
	counter_add(&session->config->counters->smtp_gap_bytes, session->second ? 0 : bytes);
	smtp_gap(&session->parser, from_client ? SMTP_CLIENT : SMTP_SERVER, bytes);
}

static void count_bounds(const struct mail_session *session)
{
	struct counters *counters = session->config->counters;
	const struct smtp_counters *of_parser = &session->parser.counters;
	counter_add(&counters->smtp_lines_cut, of_parser->truncated);
	counter_add(&counters->smtp_unmatched, of_parser->overflowed);
	counter_add(&counters->smtp_resyncs, of_parser->relost);
}

void mail_session_free(struct mail_session *session)
{
	if (session == NULL) {
		return;
	}
	smtp_end(&session->parser);
	if (!session->second) {
		count_bounds(session);
	}
	if (session->mails == 0) {
		mail_session_log(session);
		mail_interception_note(session);
	}
	mail_interception_end(session);
	if (session->second) {
		session->other->other = NULL;
		session->other->flow.ambiguous = false;
	}
	transcript_clear(&session->transcript);
	mail_session_end_certificate(session);
	pool_put(session->config->pool, session);
}
