/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/mail.h"

#include <idn2.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/dns_name.h"
#include "parsers/smtp/smtp.h"
#include "parsers/tls/tls_certificate.h"
#include "sensor/events/transcript.h"

/* Of a session that is in no cache each line is waited for: what each piece asks for is in
 * one, the end of `flow` and what follows, and in the parser's first. */
struct mail {
	struct transcript transcript;
	unsigned mails;
	struct watch_cause *cause;           /* the session is intercepted: why */
	struct tls_certificate *certificate; /* being read; NULL: not begun, or over */
	_Alignas(CACHE_LINE) const struct mail_config *config;
	struct flow flow;
	uint32_t first_seq;
	bool begun; /* the server was told of */
	/* From here on it is not zeroed. */
	_Alignas(CACHE_LINE) struct smtp_session session;
	_Alignas(CACHE_LINE) char room[TRANSCRIPT_ROOM];
};

_Static_assert(offsetof(struct mail, flow.time_ns) / CACHE_LINE ==
                       offsetof(struct mail, begun) / CACHE_LINE,
               "one line");

static struct event_subject subject_at(const struct mail *mail, uint64_t anchor)
{
	return (struct event_subject){ .flow = &mail->flow,
		                       .transcript = &mail->transcript,
		                       .anchor = anchor };
}

static void see(struct mail *mail, struct observation *seen, uint64_t anchor)
{
	/* Sequence numbers wrap; the anchor must be the same wherever segments end. */
	struct event_subject subject = subject_at(mail, (uint32_t)anchor);
	seen->server = &mail->flow.key.server;
	seen->time_ns = mail->flow.time_ns;
	hits_begin(mail->config->hits, &subject);
	hits_see(mail->config->hits, seen, observation_kind_field(seen->kind), -1);
}

/* A host name as SMTP carries it; with 8-bit octets it is a U-label (RFC 6531). */
static bool read_host(const char *text, size_t size, struct dns_name *name)
{
	char *ascii = NULL;
	char host[DNS_NAME_TEXT_MAX];
	bool is_ascii = true;
	if (size == 0 || size >= sizeof(host)) {
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		is_ascii = is_ascii && (unsigned char)text[i] < 0x80 && text[i] != '\0';
		host[i] = text[i];
	}
	host[size] = '\0';
	if (is_ascii) {
		return dns_name_from_host(text, size, name) == DNS_NAME_OK;
	}
	if (idn2_to_ascii_8z(host, &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK) {
		/* No U-label; the labels above it may say enough. */
		return dns_name_from_host(text, size, name) == DNS_NAME_OK;
	}
	bool read = dns_name_from_host(ascii, strlen(ascii), name) == DNS_NAME_OK;
	idn2_free(ascii);
	return read;
}

static void see_host(struct mail *mail, enum observation_kind kind, struct smtp_text host,
                     uint64_t anchor)
{
	struct dns_name name;
	if (read_host(host.text, host.size, &name)) {
		struct observation seen = { .kind = kind,
			                    .name = name.wire,
			                    .name_size = name.size };
		see(mail, &seen, anchor);
	}
}

static void see_mailbox(struct mail *mail, enum observation_kind kind,
                        const struct smtp_mailbox *box, uint64_t anchor)
{
	struct dns_name name;
	if (!box->literal && read_host(box->domain.text, box->domain.size, &name)) {
		struct observation seen = { .kind = kind,
			                    .name = name.wire,
			                    .name_size = name.size,
			                    .local = box->local.text,
			                    .local_size = box->local.size };
		see(mail, &seen, anchor);
	}
}

static void log_mail(struct mail *mail)
{
	if (mail->config->log) {
		struct event_subject subject =
		        subject_at(mail, (uint64_t)mail->first_seq << 32 | mail->mails);
		hits_log(mail->config->hits, &subject);
	}
}

static void tell_interception(struct mail *mail, bool ended)
{
	struct rule_view rule;
	struct event_subject subject = subject_at(mail, mail->first_seq);
	const struct observation seen = { .kind = KIND_SERVER,
		                          .addr = &mail->flow.key.server,
		                          .time_ns = mail->flow.time_ns };
	const struct event_interception interception = { .ended = ended,
		                                         .dns_event = mail->cause->event_id };
	watch_cause_rule(mail->cause, &rule);
	const struct event_hit hit = { .seen = &seen,
		                       .rule = &rule,
		                       .field = observation_kind_field(KIND_SERVER),
		                       .section = -1,
		                       .interception = &interception };
	hits_tell(mail->config->hits, &subject, &hit);
}

/* The first recipient, TLS behind which they hide, or content make a session one
 * that matters: before that nobody's mail is at stake. */
static void check_interception(struct mail *mail)
{
	struct watch_cause cause;
	if (mail->cause != NULL) {
		return;
	}
	if (!correlator_find_server(mail->config->correlator, &mail->flow.key.server,
	                            mail->flow.time_ns, &cause)) {
		return;
	}
	mail->cause = malloc(sizeof(*mail->cause));
	if (mail->cause != NULL) {
		*mail->cause = cause;
		tell_interception(mail, false);
	}
}

static void on_greeting(void *user, unsigned code, struct smtp_text name, struct smtp_text line)
{
	struct mail *mail = user;
	(void)code;
	(void)line;
	transcript_keep(&mail->transcript.banner, name.text, name.size);
	see_host(mail, KIND_BANNER, name, mail->first_seq);
}

static void on_hello(void *user, enum smtp_verb verb, struct smtp_text name, uint64_t offset)
{
	struct mail *mail = user;
	(void)verb;
	transcript_keep(&mail->transcript.helo, name.text, name.size);
	see_host(mail, KIND_HELO, name, offset);
}

static void on_mail(void *user, const struct smtp_mailbox *from, uint64_t offset)
{
	struct mail *mail = user;
	transcript_forget_header(&mail->transcript);
	transcript_keep_of_mail(&mail->transcript, &mail->transcript.mail_from, from->raw.text,
	                        from->raw.size);
	see_mailbox(mail, KIND_FROM, from, offset);
}

static void on_rcpt(void *user, unsigned index, const struct smtp_mailbox *to, uint64_t offset)
{
	struct mail *mail = user;
	counter_add(&mail->config->counters->smtp_recipients, 1);
	struct transcript_recipient *added =
	        transcript_add_recipient(&mail->transcript, to->raw.text, to->raw.size);
	if (added != NULL &&
	    mail->transcript.mail_at + index == mail->transcript.recipients_count - 1) {
		added->anchor = offset;
		added->time_ns = mail->flow.time_ns;
		check_interception(mail);
		return;
	}
	check_interception(mail);
	/* Not kept, so its reply has no place to go: matched without. */
	see_mailbox(mail, KIND_RCPT, to, offset);
}

static void on_rcpt_reply(void *user, unsigned index, unsigned code)
{
	struct mail *mail = user;
	struct smtp_mailbox box;
	size_t at = mail->transcript.mail_at + index;
	if (at >= mail->transcript.recipients_count) {
		return;
	}
	struct transcript_recipient *recipient = &mail->transcript.recipients[at];
	recipient->code = code;
	if (mailbox_parse(recipient->address.text, recipient->address.size, &box)) {
		int64_t now_ns = mail->flow.time_ns;
		mail->flow.time_ns = recipient->time_ns;
		mail->transcript.at_hand = recipient;
		see_mailbox(mail, KIND_RCPT, &box, recipient->anchor);
		mail->transcript.at_hand = NULL;
		mail->flow.time_ns = now_ns;
	}
}

/* The recipient was matched when it was named; its transcript goes on. */
static void on_rcpt_final(void *user, unsigned index, unsigned code)
{
	struct mail *mail = user;
	size_t at = mail->transcript.mail_at + index;
	if (at < mail->transcript.recipients_count) {
		mail->transcript.recipients[at].code = code;
	}
}

/* Content is coming: if nobody was named before, the names were lost, not the mail. */
static void on_reply(void *user, enum smtp_verb verb, unsigned code)
{
	struct mail *mail = user;
	if (code == 354) {
		check_interception(mail);
	}
	/* Nothing else tells of content when the mail's beginning was not seen. */
	if ((verb == SMTP_DATA || verb == SMTP_BDAT) && code / 100 == 2) {
		mail->transcript.content = true;
	}
}

static void on_content_begin(void *user)
{
	struct mail *mail = user;
	mail->transcript.content = true;
	transcript_forget_header(&mail->transcript);
}

/* A field that must be there once counts once: the first. */
static void on_header(void *user, enum smtp_header which, struct smtp_text value)
{
	struct mail *mail = user;
	struct transcript_text *kept = &mail->transcript.header[which];
	if (kept->text == NULL) {
		transcript_keep_of_mail(&mail->transcript, kept, value.text, value.size);
	}
}

static void on_smuggling(void *user, uint64_t offset)
{
	struct mail *mail = user;
	(void)offset;
	mail->transcript.smuggling = true;
}

static void on_mail_end(void *user, enum smtp_outcome outcome, unsigned code)
{
	struct mail *mail = user;
	(void)outcome;
	mail->transcript.reply_code = code;
	mail->mails++;
	log_mail(mail);
	if (mail->cause != NULL) {
		correlator_count_mail(mail->config->correlator, &mail->transcript, mail->cause,
		                      mail->flow.time_ns);
	}
	transcript_end_mail(&mail->transcript, mail->cause != NULL);
}

static void on_starttls(void *user, unsigned code)
{
	struct mail *mail = user;
	mail->transcript.starttls = true;
	mail->transcript.tls = code == 220;
	check_interception(mail);
}

static void on_sni(void *user, struct smtp_text name)
{
	struct mail *mail = user;
	transcript_keep(&mail->transcript.sni, name.text, name.size);
	see_host(mail, KIND_SNI, name, mail->first_seq);
}

static void keep_certificate(struct transcript *transcript,
                             const struct tls_certificate *certificate)
{
	size_t size;
	uint16_t walk = 0;
	const char *name = tls_certificate_name(certificate, &size);
	if (name != NULL) {
		transcript_keep(&transcript->certificate_name, name, size);
	}
	while ((name = tls_certificate_other(certificate, &walk, &size)) != NULL) {
		transcript_add_certificate_name(transcript, name, size);
	}
	transcript->tls_version = certificate->version;
}

static bool on_server_tls(void *user, const uint8_t *bytes, size_t size)
{
	struct mail *mail = user;
	if (mail->certificate == NULL) {
		mail->certificate = malloc(sizeof(*mail->certificate));
		if (mail->certificate == NULL) {
			return false;
		}
		tls_certificate_init(mail->certificate);
	}
	if (tls_certificate_feed(mail->certificate, bytes, size) == TLS_CERTIFICATE_MORE) {
		return true;
	}
	keep_certificate(&mail->transcript, mail->certificate);
	free(mail->certificate);
	mail->certificate = NULL;
	return false;
}

static void on_auth(void *user, struct smtp_text mechanism)
{
	struct mail *mail = user;
	transcript_keep(&mail->transcript.auth, mechanism.text, mechanism.size);
}

static const struct smtp_handler HANDLER = {
	.greeting = on_greeting,
	.hello = on_hello,
	.mail = on_mail,
	.rcpt = on_rcpt,
	.rcpt_reply = on_rcpt_reply,
	.rcpt_final = on_rcpt_final,
	.reply = on_reply,
	.content_begin = on_content_begin,
	.header = on_header,
	.smuggling = on_smuggling,
	.mail_end = on_mail_end,
	.starttls = on_starttls,
	.sni = on_sni,
	.server_tls = on_server_tls,
	.auth = on_auth,
};

size_t mail_size(void)
{
	return sizeof(struct mail);
}

struct mail *mail_new(const struct mail_config *config, const struct flow *flow)
{
	struct mail *mail = pool_get(config->pool);
	if (mail == NULL) {
		return NULL;
	}
	memset(mail, 0, offsetof(struct mail, session));
	mail->config = config;
	mail->flow = *flow;
	mail->transcript.room = mail->room;
	smtp_init(&mail->session, &HANDLER, mail);
	return mail;
}

bool mail_feed(struct mail *mail, bool from_client, const uint8_t *bytes, size_t size, uint32_t seq,
               int64_t time_ns)
{
	mail->flow.time_ns = time_ns;
	if (!mail->begun) {
		mail->first_seq = seq;
	}
	bool more = smtp_feed(&mail->session, from_client ? SMTP_CLIENT : SMTP_SERVER, bytes, size,
	                      seq);
	/* Told after the first bytes are read, so that the hit can show the greeting. */
	if (!mail->begun) {
		mail->begun = true;
		struct observation server = { .kind = KIND_SERVER, .addr = &mail->flow.key.server };
		see(mail, &server, seq);
	}
	return more;
}

void mail_expect(const struct mail *mail)
{
	const char *from = (const char *)&mail->flow.time_ns;
	cache_expect(from, (size_t)((const char *)&mail->session.pending.ring[1] - from));
}

void mail_gap(struct mail *mail, bool from_client, size_t bytes)
{
	mail->transcript.gap_bytes += bytes;
	counter_add(&mail->config->counters->smtp_gap_bytes, bytes);
	smtp_gap(&mail->session, from_client ? SMTP_CLIENT : SMTP_SERVER, bytes);
}

void mail_free(struct mail *mail)
{
	if (mail == NULL) {
		return;
	}
	smtp_end(&mail->session);
	if (mail->mails == 0) {
		log_mail(mail);
	}
	if (mail->cause != NULL) {
		tell_interception(mail, true);
		correlator_count_session(mail->config->correlator, &mail->transcript, mail->cause,
		                         mail->flow.time_ns);
		free(mail->cause);
	}
	transcript_clear(&mail->transcript);
	free(mail->certificate);
	pool_put(mail->config->pool, mail);
}
