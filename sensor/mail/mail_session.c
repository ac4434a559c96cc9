/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/mail/mail_session.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/dns_name.h"
#include "parsers/smtp/smtp.h"
#include "sensor/flow/transcript.h"
#include "sensor/mail/mail_certificate.h"
#include "sensor/mail/mail_judge.h"
#include "sensor/mail/mail_observe.h"

/* The number of stored hits, so that both readings of a session together report each hit once. */
#define REPORTED_MAX 8

/* Each feed reads only two cache lines: the end of `flow` with the members after it, and the first
 * line of the parser. */
struct mail_session {
	struct transcript transcript;
	unsigned mails;
	char first_event[EVENT_ID_MAX];  /* the id of the first event of the current mail */
	struct watch_cause *cause;       /* not NULL: the session is intercepted */
	const struct dns_name *hijacked; /* the owner in the cause, of both readings */
	struct mail_session *other;      /* the other reading of the session, or NULL */
	bool second;                     /* this is the second reading */
	bool mail_content;               /* content of the current mail was transferred */
	bool tls_kept[2];                /* which values of HISTORY_TLS the history has */
	uint64_t reported[REPORTED_MAX]; /* hashes of the latest hits; see reported_key() */
	unsigned reported_count;
	uint64_t judged; /* a hash of the mail and domain that baselines took last */
	struct mail_certificate certificate;
	_Alignas(CACHE_LINE) const struct mail_session_config *config;
	struct flow flow;
	uint32_t first_seq;
	bool begun;  /* the server's address was matched with rules */
	bool secret; /* the octets fed last are credentials */
	/* The members from here on are not zeroed. */
	_Alignas(CACHE_LINE) struct smtp_session parser;
	_Alignas(CACHE_LINE) char room[TRANSCRIPT_ROOM];
};

_Static_assert(offsetof(struct mail_session, flow.time_ns) / CACHE_LINE ==
                       offsetof(struct mail_session, begun) / CACHE_LINE,
               "one line");

static struct event_subject subject_at(struct mail_session *session, uint64_t anchor)
{
	return (struct event_subject){ .flow = &session->flow,
		                       .transcript = &session->transcript,
		                       .anchor = anchor,
		                       .first_event = session->first_event,
		                       .hijacked = session->hijacked,
		                       .first_seq = session->first_seq,
		                       .mail = session->mails };
}

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
	for (unsigned i = 0; i < session->reported_count && i < REPORTED_MAX; i++) {
		if (session->reported[i] == key) {
			return true;
		}
	}
	return false;
}

static bool find_cause(const struct mail_session *session, struct watch_cause *cause)
{
	return correlator_find_server(session->config->correlator, session->flow.network,
	                              &session->flow.key.server, session->flow.time_ns, cause);
}

/* Observations of one line, of which the first identifies it. */
static void see_all(struct mail_session *session, struct observation *seen, unsigned count,
                    uint64_t anchor)
{
	/* Sequence numbers wrap, and the anchor must not depend on the segmentation. */
	struct event_subject subject = subject_at(session, (uint32_t)anchor);
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
		session->reported[session->reported_count++ % REPORTED_MAX] =
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
	    find_cause(session, &cause)) {
		session->hijacked = &cause.owner;
	}
	see(session, server, session->first_seq);
	session->hijacked = known;
}

static void see_server(struct mail_session *session)
{
	struct observation server = { .kind = KIND_SERVER,
		                      .addr = &session->flow.key.server,
		                      .time_ns = session->flow.time_ns };
	if (hits_may_be(session->config->hits, KIND_SERVER, server.addr)) {
		see_matched_server(session, &server);
	} else {
		see(session, &server, session->first_seq);
	}
}

static void see_host(struct mail_session *session, enum observation_kind kind,
                     struct smtp_text host, uint64_t anchor)
{
	struct mail_observations made;
	mail_observe_host(&made, session->config, kind, host);
	if (made.count > 0) {
		see_all(session, made.seen, made.count, anchor);
	}
}

static void see_mailbox(struct mail_session *session, enum observation_kind kind,
                        const struct mailbox_reading *readings, unsigned count, uint64_t anchor)
{
	struct mail_observations made;
	mail_observe_mailbox(&made, session->config, kind, readings, count, &session->transcript);
	if (made.count > 0) {
		see_all(session, made.seen, made.count, anchor);
	}
}

/* A second reading learns nothing. */
static bool learns_mail(const struct mail_session *session)
{
	return !session->second && mail_judge_learns(session->config);
}

static void see_recipient(struct mail_session *session,
                          const struct transcript_recipient *recipient, uint64_t anchor)
{
	struct mailbox_reading readings[MAILBOX_READINGS_MAX];
	for (unsigned i = 0; i < recipient->mailbox.count; i++) {
		readings[i] = transcript_reading(&recipient->mailbox, i);
	}
	session->transcript.at_hand = recipient;
	see_mailbox(session, KIND_RCPT, readings, recipient->mailbox.count, anchor);
	session->transcript.at_hand = NULL;
}

/* Returns where rows of this session are added; rows of the second reading are not. */
static struct mail_rows *rows_of(const struct mail_session *session)
{
	static struct mail_rows none;
	return session->second ? &none : session->config->rows;
}

/* Adds to the history whether the session has TLS. */
static void keep_tls(struct mail_session *session, bool tls)
{
	const uint8_t data = tls ? 1 : 0;
	if (!session->tls_kept[data]) {
		session->tls_kept[data] = true;
		mail_rows_fact(rows_of(session), &session->flow, HISTORY_TLS, &data, sizeof(data));
	}
}

static void log_mail(struct mail_session *session)
{
	if (session->config->log && !session->second) {
		struct event_subject subject =
		        subject_at(session, (uint64_t)session->first_seq << 32 | session->mails);
		hits_log(session->config->hits, &subject);
	}
}

static void emit_interception(struct mail_session *session, const struct watch_cause *cause,
                              bool ended)
{
	struct rule_view rule;
	struct event_subject subject = subject_at(session, session->first_seq);
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

/* Called at the first recipient, at content, and at STARTTLS, after which recipients are encrypted.
 * Before that, no mail is at risk. Either reading may cause the event. */
static void check_interception(struct mail_session *session)
{
	struct mail_session *first = session->second ? session->other : session;
	struct watch_cause cause;
	if (first->cause != NULL) {
		return;
	}
	if (!find_cause(session, &cause)) {
		return;
	}
	first->cause = malloc(sizeof(*first->cause));
	if (first->cause != NULL) {
		*first->cause = cause;
		first->hijacked = session->hijacked = &first->cause->owner;
		if (first->other != NULL) {
			first->other->hijacked = first->hijacked;
		}
		emit_interception(session, &cause, false);
	}
}

/* Notes the current mail, if the server is watched. */
static void note_mail(struct mail_session *session)
{
	struct rule_view rule;
	if (session->cause == NULL) {
		return;
	}
	const struct event_subject subject = subject_at(session, session->first_seq);
	watch_cause_rule(session->cause, &rule);
	hits_note_mail(session->config->hits, &subject, &rule, session->mail_content);
}

static void on_greeting(void *user, unsigned code, struct smtp_text name, struct smtp_text line)
{
	struct mail_session *session = user;
	(void)code;
	(void)line;
	transcript_keep(&session->transcript, &session->transcript.banner, name.text, name.size);
	mail_rows_banner(rows_of(session), &session->flow, name);
	see_host(session, KIND_BANNER, name, session->first_seq);
}

static void on_origin(void *user, const struct smtp_origin *origin)
{
	struct mail_session *session = user;
	session->transcript.proxied = origin != NULL;
	if (origin != NULL) {
		session->transcript.origin = *origin;
	}
}

static void on_hello(void *user, enum smtp_verb verb, struct smtp_text name, uint64_t offset)
{
	struct mail_session *session = user;
	(void)verb;
	transcript_begin_hello(&session->transcript, name.text, name.size);
	see_host(session, KIND_HELO, name, offset);
}

static void on_mail(void *user, const struct smtp_mailbox *from, uint64_t offset)
{
	struct mail_session *session = user;
	transcript_forget_header(&session->transcript);
	transcript_keep_sender(&session->transcript, from);
	see_mailbox(session, KIND_FROM, from->readings, from->count, offset);
}

/* The current mail continues, so its events keep its sender. */
static void on_mail_refused(void *user, const struct smtp_mailbox *from, uint64_t offset)
{
	see_mailbox(user, KIND_FROM, from->readings, from->count, offset);
}

static void on_rcpt(void *user, unsigned index, const struct smtp_mailbox *to, uint64_t offset)
{
	struct mail_session *session = user;
	counter_add(&session->config->counters->smtp_recipients, session->second ? 0 : 1);
	keep_tls(session, session->transcript.starttls);
	struct transcript_recipient *added = transcript_add_recipient(&session->transcript, to);
	if (added != NULL &&
	    session->transcript.mail_at + index == session->transcript.recipients_count - 1) {
		added->anchor = offset;
		added->time_ns = session->flow.time_ns;
		check_interception(session);
		return;
	}
	check_interception(session);
	/* The recipient was not stored, so its reply cannot be recorded. It is matched without the
	 * reply. */
	char memory[TRANSCRIPT_MAILBOX_MAX];
	struct transcript_recipient lone = { .code = 0 };
	transcript_fill_mailbox(&lone.mailbox, memory, to);
	see_recipient(session, &lone, offset);
}

static void on_rcpt_reply(void *user, unsigned index, unsigned code)
{
	struct mail_session *session = user;
	size_t at = session->transcript.mail_at + index;
	if (at >= session->transcript.recipients_count) {
		return;
	}
	struct transcript_recipient *recipient = &session->transcript.recipients[at];
	recipient->code = code;
	int64_t now_ns = session->flow.time_ns;
	session->flow.time_ns = recipient->time_ns;
	see_recipient(session, recipient, recipient->anchor);
	if (learns_mail(session) && recipient->mailbox.count > 0) {
		const struct event_subject subject =
		        subject_at(session, (uint32_t)recipient->anchor);
		mail_judge_recipient(&session->judged, session->config, &subject,
		                     &session->transcript, recipient);
	}
	session->flow.time_ns = now_ns;
}

/* The recipient was matched before; the transcript gets the final reply. */
static void on_rcpt_final(void *user, unsigned index, unsigned code)
{
	struct mail_session *session = user;
	size_t at = session->transcript.mail_at + index;
	if (at < session->transcript.recipients_count) {
		session->transcript.recipients[at].code = code;
	}
}

/* Content follows: if no recipient was seen, the capture has lost them. */
static void on_reply(void *user, enum smtp_verb verb, unsigned code)
{
	struct mail_session *session = user;
	if (code == 354) {
		check_interception(session);
	}
	if (verb == SMTP_EHLO || verb == SMTP_HELO || verb == SMTP_LHLO) {
		transcript_end_hello(&session->transcript, code < 400);
	}
	/* If the beginning of the mail was not captured, only the reply shows that there was
	 * content. */
	if ((verb == SMTP_DATA || verb == SMTP_BDAT) && code / 100 == 2) {
		session->transcript.content = session->mail_content = true;
	}
}

static void on_content_begin(void *user)
{
	struct mail_session *session = user;
	session->transcript.content = session->mail_content = true;
	transcript_forget_header(&session->transcript);
}

/* Only the first value of a field is stored, because RFC 5322, 3.6 forbids to repeat these
 * fields. */
static void on_header(void *user, enum smtp_header which, struct smtp_text value)
{
	struct mail_session *session = user;
	struct transcript_text *kept = &session->transcript.header[which];
	if (kept->text == NULL) {
		transcript_keep_of_mail(&session->transcript, kept, value.text, value.size);
	}
}

static void on_smuggling(void *user, uint64_t offset)
{
	struct mail_session *session = user;
	(void)offset;
	session->transcript.smuggling = true;
}

static void on_mail_end(void *user, enum smtp_outcome outcome, unsigned code)
{
	struct mail_session *session = user;
	(void)outcome;
	session->transcript.reply_code = code;
	mail_rows_mail(rows_of(session), &session->flow, &session->transcript,
	               session->mail_content);
	if (session->transcript.recipients_count > session->transcript.mail_at) {
		note_mail(session);
	}
	session->mails++;
	session->mail_content = false;
	log_mail(session);
	transcript_end_mail(&session->transcript, session->cause != NULL);
	session->first_event[0] = '\0';
}

static void on_starttls(void *user, unsigned code)
{
	struct mail_session *session = user;
	(void)code;
	session->transcript.starttls = true;
	check_interception(session);
}

static void on_offer(void *user, enum smtp_offer offer)
{
	struct mail_session *session = user;
	bool starttls = offer == SMTP_OFFER_STARTTLS;
	const uint8_t data = (uint8_t)offer; /* the same numbers */
	/* After STARTTLS a server no longer offers it (RFC 3207, 4.2). */
	if (!session->transcript.offer_seen && !session->transcript.starttls) {
		mail_rows_fact(rows_of(session), &session->flow, HISTORY_STARTTLS, &data,
		               sizeof(data));
	}
	session->transcript.offer_seen = true;
	session->transcript.starttls_offered = session->transcript.starttls_offered || starttls;
	session->transcript.starttls_overwritten =
	        session->transcript.starttls_overwritten || offer == SMTP_OFFER_OVERWRITTEN;
}

static void on_tls(void *user)
{
	struct mail_session *session = user;
	bool first = !session->transcript.tls;
	session->transcript.tls = true;
	keep_tls(session, true);
	if (first && learns_mail(session)) {
		mail_judge_tls(session->config, &session->flow, &session->transcript);
	}
}

static void on_sni(void *user, struct smtp_text name)
{
	struct mail_session *session = user;
	transcript_keep(&session->transcript, &session->transcript.sni, name.text, name.size);
	see_host(session, KIND_SNI, name, session->first_seq);
}

static void end_certificate(struct mail_session *session)
{
	mail_certificate_end(&session->certificate, session->config->texts);
}

static void take_certificate(struct mail_session *session)
{
	const struct tls_certificate *certificate = session->certificate.read;
	mail_certificate_keep(&session->certificate, &session->transcript);
	mail_rows_certificate(rows_of(session), &session->flow, certificate);
	if (learns_mail(session)) {
		const struct event_subject subject = subject_at(session, session->first_seq);
		mail_judge_certificate(session->config, &subject, certificate);
	}
}

static bool on_server_tls(void *user, const uint8_t *bytes, size_t size)
{
	struct mail_session *session = user;
	enum mail_certificate_state state =
	        mail_certificate_feed(&session->certificate, session->config->texts, bytes, size);
	if (state == MAIL_CERTIFICATE_READ) {
		take_certificate(session);
		end_certificate(session);
	}
	return state == MAIL_CERTIFICATE_MORE;
}

static void on_auth(void *user, struct smtp_text mechanism)
{
	struct mail_session *session = user;
	session->secret = true;
	transcript_keep(&session->transcript, &session->transcript.auth, mechanism.text,
	                mechanism.size);
}

static const struct smtp_handler HANDLER = {
	.greeting = on_greeting,
	.origin = on_origin,
	.hello = on_hello,
	.mail = on_mail,
	.mail_refused = on_mail_refused,
	.rcpt = on_rcpt,
	.rcpt_reply = on_rcpt_reply,
	.rcpt_final = on_rcpt_final,
	.reply = on_reply,
	.content_begin = on_content_begin,
	.header = on_header,
	.smuggling = on_smuggling,
	.mail_end = on_mail_end,
	.starttls = on_starttls,
	.offer = on_offer,
	.tls = on_tls,
	.sni = on_sni,
	.server_tls = on_server_tls,
	.auth = on_auth,
};

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
	smtp_init(&session->parser, &HANDLER, session);
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
		see_server(session);
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
		log_mail(session);
		note_mail(session);
	}
	if (session->cause != NULL) {
		emit_interception(session, session->cause, true);
		free(session->cause);
	}
	if (session->second) {
		session->other->other = NULL;
		session->other->flow.ambiguous = false;
	}
	transcript_clear(&session->transcript);
	end_certificate(session);
	pool_put(session->config->pool, session);
}
