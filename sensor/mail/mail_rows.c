/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/mail/mail_rows.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/ascii.h"
#include "base/time_ns.h"

/* One recipient, or the sender. */
struct box {
	struct dns_name domain;
	uint8_t local[HISTORY_LOCAL_MAX];
	size_t local_size;
};

static uint64_t seconds(int64_t time_ns)
{
	return (uint64_t)(time_ns > 0 ? time_ns / NS_PER_S : 0);
}

static bool is_accepted(const struct transcript_recipient *recipient)
{
	return recipient->code / 100 == 2;
}

static void add_row(const struct mail_rows *rows, enum history_key_kind kind,
                    const struct history_mail *mail, const struct history_seen *seen)
{
	uint8_t key[HISTORY_KEY_MAX];
	history_table_add(rows->table, key, history_mail_key(mail, (int)kind, key), seen);
}

void mail_rows_fact(const struct mail_rows *rows, const struct flow *flow, enum history_fact fact,
                    const uint8_t *data, size_t size)
{
	uint64_t time_s = seconds(flow->time_ns);
	const struct history_mail mail = {
		.server = flow->key.server,
		.fact = fact,
		.data = data,
		.data_size = (uint8_t)(size < HISTORY_LOCAL_MAX ? size : HISTORY_LOCAL_MAX),
	};
	const struct history_seen seen = { .first = time_s, .last = time_s, .count = 1 };
	if (rows->table != NULL && size > 0) {
		add_row(rows, HISTORY_KEY_SERVER, &mail, &seen);
	}
}

static size_t fold(uint8_t folded[HISTORY_LOCAL_MAX], const char *text, size_t size)
{
	size_t kept = size < HISTORY_LOCAL_MAX ? size : HISTORY_LOCAL_MAX;
	for (size_t i = 0; i < kept; i++) {
		folded[i] = (uint8_t)ascii_lower(text[i]);
	}
	return kept;
}

void mail_rows_banner(const struct mail_rows *rows, const struct flow *flow, struct smtp_text name)
{
	uint8_t folded[HISTORY_LOCAL_MAX];
	mail_rows_fact(rows, flow, HISTORY_BANNER, folded, fold(folded, name.text, name.size));
}

bool mail_rows_hash(const struct tls_certificate *certificate, uint8_t hash[HISTORY_HASH_SIZE])
{
	size_t size;
	const uint8_t *key = tls_certificate_key(certificate, &size);
	return key != NULL && EVP_Digest(key, size, hash, NULL, EVP_sha256(), NULL) == 1;
}

void mail_rows_certificate(const struct mail_rows *rows, const struct flow *flow,
                           const struct tls_certificate *certificate)
{
	uint8_t hash[HISTORY_HASH_SIZE];
	if (rows->table != NULL && mail_rows_hash(certificate, hash)) {
		mail_rows_fact(rows, flow, HISTORY_CERTIFICATE_KEY, hash, sizeof(hash));
	}
}

/* Reads the mailbox as sent. If it has no domain, or one that is not a name, such as an address
 * literal, the root is its domain, and the whole mailbox its local part. */
static void read_box(struct mail_rows *rows, const struct transcript_mailbox *kept, struct box *box)
{
	static const uint8_t root[] = { 0 };
	bool unjudged;
	box->local_size = 0;
	if (kept->text != NULL && kept->count > 0) {
		const struct mailbox_reading reading = transcript_reading(kept, 0);
		struct smtp_text domain = mailbox_domain(&reading);
		if (!mailbox_lacks_name(&reading) &&
		    mail_host_read(&rows->hosts, domain.text, domain.size, &box->domain,
		                   &unjudged)) {
			box->local_size = fold(box->local, reading.text.text, reading.local_size);
			return;
		}
		box->local_size = fold(box->local, reading.text.text, reading.text.size);
	}
	box->domain.size = sizeof(root);
	memcpy(box->domain.wire, root, sizeof(root));
}

static struct history_mailbox mailbox_of(const struct box *box)
{
	return (struct history_mailbox){ .domain = box->domain.wire,
		                         .domain_size = box->domain.size,
		                         .local = box->local,
		                         .local_size = (uint8_t)box->local_size };
}

static void add_mailbox(struct mail_rows *rows, const struct history_mail *mail,
                        const struct box *box, const struct transcript_recipient *recipient)
{
	uint64_t time_s = seconds(recipient->time_ns);
	struct history_mail row = *mail;
	row.recipient = mailbox_of(box);
	row.time_s = time_s;
	row.reply_code = recipient->code <= 999 ? (uint16_t)recipient->code : 0;
	const struct history_seen seen = { .first = time_s, .last = time_s, .count = 1 };
	add_row(rows, HISTORY_KEY_RECIPIENT, &row, &seen);
}

/* The domains of one mail, each with its first recipient. */
struct domains {
	struct {
		struct dns_name name;
		struct history_seen seen;
	} items[TRANSCRIPT_RECIPIENTS_MAX];
	size_t count;
};

static void add_domain(struct domains *domains, const struct dns_name *name,
                       const struct transcript_recipient *recipient, bool tls)
{
	uint64_t time_s = seconds(recipient->time_ns);
	size_t i = 0;
	while (i < domains->count &&
	       !dns_name_equal(&domains->items[i].name, name->wire, name->size)) {
		i++;
	}
	struct history_seen *seen = &domains->items[i].seen;
	if (i == domains->count) {
		domains->items[domains->count++].name = *name;
		*seen = (struct history_seen){
			.first = time_s, .last = time_s, .count = 1, .tls = tls ? 1 : 0
		};
	}
	if (is_accepted(recipient)) {
		seen->accepted = 1;
	}
}

static void add_domains(const struct mail_rows *rows, struct history_mail *mail,
                        const struct domains *domains)
{
	for (size_t i = 0; i < domains->count; i++) {
		mail->recipient =
		        (struct history_mailbox){ .domain = domains->items[i].name.wire,
			                          .domain_size = domains->items[i].name.size };
		add_row(rows, HISTORY_KEY_MAIL, mail, &domains->items[i].seen);
	}
}

static void add_mail(struct mail_rows *rows, struct history_mail *mail,
                     const struct transcript *transcript)
{
	struct domains domains = { .count = 0 };
	struct box box;
	for (size_t i = transcript->mail_at; i < transcript->recipients_count; i++) {
		const struct transcript_recipient *recipient = &transcript->recipients[i];
		read_box(rows, &recipient->mailbox, &box);
		if (box.domain.size > 1) {
			add_domain(&domains, &box.domain, recipient, mail->tls);
		}
		if (rows->mailboxes) {
			add_mailbox(rows, mail, &box, recipient);
		}
	}
	add_domains(rows, mail, &domains);
}

void mail_rows_mail(struct mail_rows *rows, const struct flow *flow,
                    const struct transcript *transcript, bool content)
{
	struct box sender;
	if (rows->table == NULL) {
		return;
	}
	for (uint64_t i = 0; i < transcript->recipients_omitted; i++) {
		history_table_drop(rows->table);
	}
	read_box(rows, &transcript->mail_from, &sender);
	struct history_mail mail = { .server = flow->key.server,
		                     .client = transcript->proxied ? transcript->origin.addr
		                                                   : flow->key.client,
		                     .sender = mailbox_of(&sender),
		                     .content = content,
		                     .tls = transcript->starttls };
	add_mail(rows, &mail, transcript);
}
