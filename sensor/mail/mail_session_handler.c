/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/mail/mail_judge.h"
#include "sensor/mail/mail_session_private.h"

/* A second reading learns nothing. */
static bool learns_mail(const struct mail_session *session)
{
	return !session->second && mail_judge_learns(session->config);
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

void mail_session_log(struct mail_session *session)
{
	if (session->config->log && !session->second) {
		struct event_subject subject = mail_session_subject(
		        session, (uint64_t)session->first_seq << 32 | session->mails);
		hits_log(session->config->hits, &subject);
	}
}

static void on_greeting(void *user, unsigned code, struct smtp_text name, struct smtp_text line)
{
	struct mail_session *session = user;
	(void)code;
	(void)line;
	transcript_keep(&session->transcript, &session->transcript.banner, name.text, name.size);
	mail_rows_banner(rows_of(session), &session->flow, name);
	mail_see_host(session, KIND_BANNER, name, session->first_seq);
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
	mail_see_host(session, KIND_HELO, name, offset);
}

static void on_mail(void *user, const struct smtp_mailbox *from, uint64_t offset)
{
	struct mail_session *session = user;
	transcript_forget_header(&session->transcript);
	transcript_keep_sender(&session->transcript, from);
	mail_see_mailbox(session, KIND_FROM, from->readings, from->count, offset);
}

/* The current mail continues, so its events keep its sender. */
static void on_mail_refused(void *user, const struct smtp_mailbox *from, uint64_t offset)
{
	mail_see_mailbox(user, KIND_FROM, from->readings, from->count, offset);
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
		mail_interception_check(session);
		return;
	}
	mail_interception_check(session);
	/* The recipient was not stored, so its reply cannot be recorded. It is matched without the
	 * reply. */
	char memory[TRANSCRIPT_MAILBOX_MAX];
	struct transcript_recipient lone = { .code = 0 };
	transcript_fill_mailbox(&lone.mailbox, memory, to);
	mail_see_recipient(session, &lone, offset);
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
	mail_see_recipient(session, recipient, recipient->anchor);
	if (learns_mail(session) && recipient->mailbox.count > 0) {
		const struct event_subject subject =
		        mail_session_subject(session, (uint32_t)recipient->anchor);
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
		mail_interception_check(session);
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
		mail_interception_note(session);
	}
	session->mails++;
	session->mail_content = false;
	mail_session_log(session);
	transcript_end_mail(&session->transcript, session->cause != NULL);
	session->first_event[0] = '\0';
}

static void on_starttls(void *user, unsigned code)
{
	struct mail_session *session = user;
	(void)code;
	session->transcript.starttls = true;
	mail_interception_check(session);
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
	mail_see_host(session, KIND_SNI, name, session->first_seq);
}

static void take_certificate(struct mail_session *session)
{
	const struct tls_certificate *certificate = session->certificate.read;
	mail_certificate_keep(&session->certificate, &session->transcript);
	mail_rows_certificate(rows_of(session), &session->flow, certificate);
	if (learns_mail(session)) {
		const struct event_subject subject =
		        mail_session_subject(session, session->first_seq);
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
		mail_session_end_certificate(session);
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

const struct smtp_handler MAIL_SESSION_HANDLER = {
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
