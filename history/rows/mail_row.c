/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/rows/mail_row.h"

#include <string.h>

#include "history/rows/key_parts.h"
#include "history/rows/row.h"
#include "rules/index/mailboxes.h"

#define FLAG_CONTENT 1
#define FLAG_TLS     2
#define REPLY_MAX    999

bool history_mailbox_has(const struct history_mailbox *mailbox, const uint8_t *local, size_t size)
{
	char folded[MAILBOX_LOCAL_MAX];
	int have = mailbox_local_fold((const char *)mailbox->local, mailbox->local_size, folded);
	return have >= 0 && (size_t)have == size && memcmp(folded, local, size) == 0;
}

static size_t put_address(uint8_t *to, const struct in6_addr *address)
{
	memcpy(to, address, sizeof(*address));
	return sizeof(*address);
}

static void read_address(struct cursor *c, struct in6_addr *address)
{
	const uint8_t *octets = cursor_take(c, sizeof(*address));
	if (octets != NULL) {
		memcpy(address, octets, sizeof(*address));
	}
}

size_t history_mailbox_key(const struct history_mailbox *mailbox, uint8_t *key)
{
	size_t at = key_put_name(key, mailbox->domain, mailbox->domain_size);
	key[at++] = mailbox->local_size;
	if (mailbox->local_size > 0) {
		memcpy(key + at, mailbox->local, mailbox->local_size);
	}
	return at + mailbox->local_size;
}

static void read_mailbox(struct cursor *c, struct history_mailbox *mailbox,
                         uint8_t domain[DNS_NAME_MAX])
{
	mailbox->domain = domain;
	mailbox->domain_size = key_read_name(c, domain);
	mailbox->local_size = cursor_u8(c);
	mailbox->local = cursor_take(c, mailbox->local_size);
}

static size_t put_mail(uint8_t *to, const struct history_mail *mail)
{
	size_t at = key_put_number(to, mail->time_s, sizeof(mail->time_s));
	at += put_address(to + at, &mail->client);
	at += put_address(to + at, &mail->server);
	at += key_put_number(to + at, mail->reply_code, sizeof(mail->reply_code));
	to[at++] = (mail->content ? FLAG_CONTENT : 0) | (mail->tls ? FLAG_TLS : 0);
	return at;
}

static void read_mail(struct cursor *c, struct history_mail *mail)
{
	mail->time_s = key_read_number(c, sizeof(mail->time_s));
	read_address(c, &mail->client);
	read_address(c, &mail->server);
	mail->reply_code = cursor_u16(c);
	uint8_t flags = cursor_u8(c);
	mail->content = (flags & FLAG_CONTENT) != 0;
	mail->tls = (flags & FLAG_TLS) != 0;
	if (mail->reply_code > REPLY_MAX || flags > (FLAG_CONTENT | FLAG_TLS)) {
		c->failed = true;
	}
}

size_t history_mail_key(const struct history_mail *mail, int kind,
                        uint8_t key[HISTORY_MAIL_KEY_MAX])
{
	size_t at = 0;
	const struct history_mailbox *recipient = &mail->recipient;
	key[at++] = (uint8_t)kind;
	switch (kind) {
	case HISTORY_KEY_MAIL:
		at += key_put_name(key + at, recipient->domain, recipient->domain_size);
		return at + put_address(key + at, &mail->server);
	case HISTORY_KEY_MAIL_SERVER:
		at += put_address(key + at, &mail->server);
		return at + key_put_name(key + at, recipient->domain, recipient->domain_size);
	case HISTORY_KEY_SERVER:
		at += put_address(key + at, &mail->server);
		key[at++] = (uint8_t)mail->fact;
		memcpy(key + at, mail->data, mail->data_size);
		return at + mail->data_size;
	default:
		at += history_mailbox_key(kind == HISTORY_KEY_SENDER ? &mail->sender : recipient,
		                          key + at);
		at += history_mailbox_key(kind == HISTORY_KEY_SENDER ? recipient : &mail->sender,
		                          key + at);
		return at + put_mail(key + at, mail);
	}
}

static bool is_fact(const struct history_mail *mail)
{
	switch (mail->fact) {
	case HISTORY_BANNER:
		return mail->data_size > 0;
	case HISTORY_STARTTLS:
		return mail->data_size == 1 && mail->data[0] <= 2;
	case HISTORY_TLS:
		return mail->data_size == 1 && mail->data[0] <= 1;
	case HISTORY_CERTIFICATE_KEY:
		return mail->data_size == HISTORY_HASH_SIZE;
	default:
		return false;
	}
}

static bool read_fact(struct cursor *c, struct history_mail *mail)
{
	read_address(c, &mail->server);
	mail->fact = cursor_u8(c);
	size_t size = cursor_left(c);
	mail->data_size = (uint8_t)size;
	mail->data = cursor_take(c, size);
	return !c->failed && size <= HISTORY_LOCAL_MAX && is_fact(mail);
}

bool history_mail_key_read(struct cursor *c, int kind, struct history_mail *mail,
                           uint8_t owner[DNS_NAME_MAX], uint8_t sender[DNS_NAME_MAX])
{
	struct history_mailbox *recipient = &mail->recipient;
	*mail = (struct history_mail){ .recipient.domain = owner };
	switch (kind) {
	case HISTORY_KEY_MAIL:
		recipient->domain_size = key_read_name(c, owner);
		read_address(c, &mail->server);
		break;
	case HISTORY_KEY_MAIL_SERVER:
		read_address(c, &mail->server);
		recipient->domain_size = key_read_name(c, owner);
		break;
	case HISTORY_KEY_SERVER:
		return read_fact(c, mail);
	case HISTORY_KEY_RECIPIENT:
		read_mailbox(c, recipient, owner);
		read_mailbox(c, &mail->sender, sender);
		read_mail(c, mail);
		break;
	default:
		read_mailbox(c, &mail->sender, sender);
		read_mailbox(c, recipient, owner);
		read_mail(c, mail);
		break;
	}
	return !c->failed && cursor_left(c) == 0;
}
