/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/mail/mail_judge.h"

#include "base/dns_name.h"
#include "sensor/baseline/mail.h"
#include "sensor/hits/changes.h"
#include "sensor/mail/mail_observe.h"

bool mail_judge_learns(const struct mail_session_config *config)
{
	return config->baseline != NULL && baseline_learns_mail(config->baseline);
}

/* What the session has shown so far; the recipient's domain is not set. */
static struct baseline_mail shown_by(const struct flow *flow, const struct transcript *transcript)
{
	return (struct baseline_mail){
		.server = &flow->key.server,
		.client = transcript->proxied ? &transcript->origin.addr : &flow->key.client,
		.banner = transcript->banner.text,
		.banner_size = transcript->banner.size,
		.offer_seen = transcript->offer_seen,
		.offered = transcript->starttls_offered,
		.overwritten = transcript->starttls_overwritten,
		.tls = transcript->starttls,
	};
}

static bool is_first_at_domain(uint64_t *judged, const struct mail_session_config *config,
                               const struct dns_name *domain, unsigned mail)
{
	uint64_t key = keyed_hash(&config->key, domain->wire, domain->size) + mail;
	bool first = *judged != key;
	*judged = key;
	return first;
}

void mail_judge_recipient(uint64_t *judged, const struct mail_session_config *config,
                          const struct event_subject *subject, struct transcript *transcript,
                          const struct transcript_recipient *recipient)
{
	const struct mailbox_reading reading = transcript_reading(&recipient->mailbox, 0);
	struct smtp_text text = mailbox_domain(&reading);
	struct dns_name domain;
	if (mailbox_lacks_name(&reading) ||
	    !mail_observe_name(config, text.text, text.size, &domain) ||
	    !is_first_at_domain(judged, config, &domain, subject->mail)) {
		return;
	}
	struct baseline_mail mail = shown_by(subject->flow, transcript);
	mail.domain = domain.wire;
	mail.domain_size = domain.size;
	transcript->at_hand = recipient;
	hits_begin(config->hits, subject);
	baseline_mail(config->baseline, &mail, subject->flow->time_ns, changes_emit, config->hits);
	transcript->at_hand = NULL;
}

void mail_judge_tls(const struct mail_session_config *config, const struct flow *flow,
                    const struct transcript *transcript)
{
	struct baseline_mail shown = shown_by(flow, transcript);
	shown.tls = true;
	baseline_mail_server(config->baseline, &shown, flow->time_ns);
}

void mail_judge_certificate(const struct mail_session_config *config,
                            const struct event_subject *subject,
                            const struct tls_certificate *certificate)
{
	const struct transcript *transcript = subject->transcript;
	const struct transcript_text *text =
	        transcript->sni.text != NULL ? &transcript->sni : &transcript->banner;
	uint8_t key[HISTORY_HASH_SIZE];
	struct dns_name name;
	if (text->text == NULL || !mail_rows_hash(certificate, key) ||
	    !mail_observe_name(config, text->text, text->size, &name)) {
		return;
	}
	hits_begin(config->hits, subject);
	baseline_certificate(config->baseline, &subject->flow->key.server, &name, key,
	                     subject->flow->time_ns, changes_emit, config->hits);
}
