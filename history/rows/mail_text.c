/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/rows/mail_text.h"

static void put_domain(const struct history_mailbox *mailbox, struct writer *w)
{
	char text[DNS_NAME_TEXT_MAX];
	writer_put(w, text, dns_name_text(mailbox->domain, text));
}

static bool has_domain(const struct history_mailbox *mailbox)
{
	return mailbox->domain_size > 1;
}

void history_mailbox_text(const struct history_mailbox *mailbox, struct writer *w)
{
	writer_put(w, (const char *)mailbox->local, mailbox->local_size);
	if (has_domain(mailbox)) {
		writer_char(w, '@');
		put_domain(mailbox, w);
	}
}

void history_mail_owner_text(const struct history_record *record, struct writer *w)
{
	char text[DNS_NAME_TEXT_MAX];
	switch (record->kind) {
	case HISTORY_KEY_MAIL:
		put_domain(&record->mail.recipient, w);
		break;
	case HISTORY_KEY_SERVER:
		writer_address(w, &record->mail.server);
		break;
	case HISTORY_KEY_FOLDED:
		writer_literal(w, "*.");
		writer_put(w, text, dns_name_text(record->row.owner, text));
		break;
	default:
		history_mailbox_text(&record->mail.recipient, w);
		break;
	}
}

const char *history_mail_type_text(const struct history_record *record)
{
	static const char *const FACTS[HISTORY_FACTS] = {
		[HISTORY_BANNER] = "BANNER",
		[HISTORY_STARTTLS] = "STARTTLS",
		[HISTORY_TLS] = "TLS",
		[HISTORY_CERTIFICATE_KEY] = "CERTIFICATE-KEY",
	};
	if (record->kind == HISTORY_KEY_SERVER) {
		return FACTS[record->mail.fact];
	}
	if (record->kind == HISTORY_KEY_FOLDED) {
		return "FOLDED";
	}
	return record->kind == HISTORY_KEY_MAIL ? "MAIL" : "RCPT";
}

static void put_fact(const struct history_mail *mail, struct writer *w)
{
	switch (mail->fact) {
	case HISTORY_STARTTLS:
		writer_string(w, mail->data[0] == 1   ? "offered"
		                 : mail->data[0] == 0 ? "not offered"
		                                      : "overwritten");
		break;
	case HISTORY_TLS:
		writer_either(w, mail->data[0] != 0, "yes", "no");
		break;
	case HISTORY_CERTIFICATE_KEY:
		for (size_t i = 0; i < mail->data_size; i++) {
			writer_hex8(w, mail->data[i]);
		}
		break;
	default:
		writer_put(w, (const char *)mail->data, mail->data_size);
		break;
	}
}

void history_mail_data_text(const struct history_record *record, struct writer *w)
{
	if (record->kind == HISTORY_KEY_SERVER) {
		put_fact(&record->mail, w);
	} else if (record->kind == HISTORY_KEY_FOLDED) {
		writer_number(w, record->seen.accepted);
		writer_literal(w, " names seen once");
	} else {
		writer_address(w, &record->mail.server);
	}
}
