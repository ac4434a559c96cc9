/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hunt/hunt_mail.h"

struct mail_observer {
	const struct history_mail *mail;
	const struct observation *like;
	observe_t take;
	void *ctx;
};

static void observe(const struct mail_observer *o, struct observation *seen,
                    enum observation_kind kind)
{
	seen->kind = kind;
	seen->server = &o->mail->server;
	seen->time_ns = o->like->time_ns;
	seen->span_ns = o->like->span_ns;
	seen->undated = o->like->undated;
	o->take(o->ctx, seen, observation_kind_field(kind), -1);
}

static void observe_server(const struct mail_observer *o)
{
	struct observation seen = { .addr = &o->mail->server };
	observe(o, &seen, KIND_SERVER);
}

/* A mailbox without a domain name has the root as domain, and is not matched. */
static void observe_mailbox(const struct mail_observer *o, const struct history_mailbox *mailbox,
                            enum observation_kind kind, bool has_local)
{
	struct dns_labels labels;
	struct observation seen = {
		.name = mailbox->domain,
		.name_size = mailbox->domain_size,
		.labels = &labels,
		.local = has_local ? (const char *)mailbox->local : NULL,
		.local_size = has_local ? mailbox->local_size : 0,
	};
	dns_labels_read(&labels, mailbox->domain, mailbox->domain_size);
	if (labels.count > 0) {
		observe(o, &seen, kind);
	}
}

/* Mail without TLS to a domain. */
static void observe_plain(const struct mail_observer *o)
{
	struct observation seen = { .owner = o->mail->recipient.domain,
		                    .owner_size = o->mail->recipient.domain_size };
	if (seen.owner_size > 1) {
		observe(o, &seen, KIND_TLS);
	}
}

static void observe_banner(const struct mail_observer *o)
{
	struct dns_name name;
	if (o->mail->fact == HISTORY_BANNER &&
	    dns_name_from_host((const char *)o->mail->data, o->mail->data_size, &name) ==
	            DNS_NAME_OK) {
		struct observation seen = { .name = name.wire,
			                    .name_size = name.size,
			                    .labels = &name.labels };
		observe(o, &seen, KIND_BANNER);
	}
}

void hunt_mail_observe(const struct history_record *record, const struct observation *like,
                       observe_t take, void *ctx)
{
	const struct mail_observer o = { &record->mail, like, take, ctx };
	switch (record->kind) {
	case HISTORY_KEY_MAIL:
		observe_server(&o);
		observe_mailbox(&o, &record->mail.recipient, KIND_RCPT, false);
		if (record->seen.tls < record->seen.count) {
			observe_plain(&o);
		}
		break;
	case HISTORY_KEY_SERVER:
		observe_server(&o);
		observe_banner(&o);
		break;
	case HISTORY_KEY_RECIPIENT:
		observe_mailbox(&o, &record->mail.sender, KIND_FROM, true);
		observe_mailbox(&o, &record->mail.recipient, KIND_RCPT, true);
		if (!record->mail.tls) {
			observe_plain(&o);
		}
		break;
	default:
		break;
	}
}

void hunt_mail_observe_banner(const struct history_record *record, const struct observation *like,
                              const struct hunt_banner *banner, observe_t take, void *ctx)
{
	const struct mail_observer o = { &record->mail, like, take, ctx };
	struct dns_name name;
	struct observation seen = { .owner = record->mail.recipient.domain,
		                    .owner_size = record->mail.recipient.domain_size };
	if (dns_name_from_host(banner->text, banner->size, &name) == DNS_NAME_OK) {
		seen.name = name.wire;
		seen.name_size = name.size;
		seen.labels = &name.labels;
	} else {
		seen.text = banner->text;
		seen.text_size = banner->size;
	}
	observe(&o, &seen, KIND_BANNER);
}
