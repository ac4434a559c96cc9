/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/import/mail_line.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/address.h"
#include "base/ascii.h"

#define REPLY_MAX 999

struct type {
	const char *name;
	enum history_key_kind kind;
	enum history_fact fact;
};

static const struct type TYPES[] = {
	{ "MAIL", HISTORY_KEY_MAIL, HISTORY_FACTS },
	{ "BANNER", HISTORY_KEY_SERVER, HISTORY_BANNER },
	{ "STARTTLS", HISTORY_KEY_SERVER, HISTORY_STARTTLS },
	{ "TLS", HISTORY_KEY_SERVER, HISTORY_TLS },
	{ "CERTIFICATE-KEY", HISTORY_KEY_SERVER, HISTORY_CERTIFICATE_KEY },
	{ "RCPT", HISTORY_KEY_RECIPIENT, HISTORY_FACTS },
	{ "FOLDED", HISTORY_KEY_FOLDED, HISTORY_FACTS },
};

static const struct type *find_type(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		if (strcmp(TYPES[i].name, name) == 0) {
			return &TYPES[i];
		}
	}
	return NULL;
}

bool mail_line_is(const char *type)
{
	return find_type(type) != NULL;
}

bool mail_line_address(const json_t *value, struct in6_addr *address)
{
	uint8_t ipv4[4];
	const char *text = json_string_value(value);
	if (text == NULL) {
		return false;
	}
	if (inet_pton(AF_INET, text, ipv4) == 1) {
		address_map_ipv4(address, ipv4);
		return true;
	}
	return inet_pton(AF_INET6, text, address) == 1;
}

static size_t fold(uint8_t *folded, const char *text, size_t size)
{
	size_t kept = size < HISTORY_LOCAL_MAX ? size : HISTORY_LOCAL_MAX;
	for (size_t i = 0; i < kept; i++) {
		folded[i] = (uint8_t)ascii_lower(text[i]);
	}
	return kept;
}

/* If the domain is an address literal, or not a valid name, the whole mailbox becomes the local
 * part. */
static bool read_mailbox(const json_t *value, struct history_mailbox *mailbox,
                         struct dns_name *domain, uint8_t *local)
{
	const char *text = json_string_value(value);
	if (text == NULL) {
		return false;
	}
	size_t size = json_string_length(value);
	const char *at = memrchr(text, '@', size);
	size_t rest = at != NULL ? size - (size_t)(at + 1 - text) : 0;
	if (rest > 0 && at[1] != '[' && dns_name_from_text(at + 1, rest, domain) == DNS_NAME_OK &&
	    domain->size > 1) {
		size = (size_t)(at - text);
	} else {
		domain->size = 1;
		domain->wire[0] = 0;
	}
	*mailbox = (struct history_mailbox){ .domain = domain->wire,
		                             .domain_size = domain->size,
		                             .local = local,
		                             .local_size = (uint8_t)fold(local, text, size) };
	return true;
}

static size_t read_hex(const char *text, size_t size, uint8_t *octets)
{
	for (size_t i = 0; i < size; i++) {
		int digit = ascii_hex_value(text[i]);
		if (size != (size_t)2 * HISTORY_HASH_SIZE || digit < 0) {
			return 0;
		}
		octets[i / 2] = (uint8_t)(octets[i / 2] << 4 | digit);
	}
	return size / 2;
}

static size_t read_word(const char *text, const char *yes, const char *no, uint8_t *octet)
{
	*octet = strcmp(text, yes) == 0 ? 1 : 0;
	return *octet != 0 || strcmp(text, no) == 0 ? 1 : 0;
}

/* Returns the size of the data; 0: they are not valid. */
static size_t read_data(const json_t *value, enum history_fact fact, uint8_t *data)
{
	const char *text = json_string_value(value);
	size_t size = json_string_length(value);
	if (text == NULL) {
		return 0;
	}
	switch (fact) {
	case HISTORY_STARTTLS:
		*data = 2;
		return strcmp(text, "overwritten") == 0
		               ? 1
		               : read_word(text, "offered", "not offered", data);
	case HISTORY_TLS:
		return read_word(text, "yes", "no", data);
	case HISTORY_CERTIFICATE_KEY:
		return read_hex(text, size, data);
	default:
		return fold(data, text, size);
	}
}

static const char *read_server(const json_t *object, struct mail_line *line)
{
	struct history_mail *mail = &line->record.mail;
	if (!mail_line_address(json_object_get(object, "rrname"), &mail->server)) {
		return "rrname is not an address";
	}
	mail->data = line->data;
	mail->data_size =
	        (uint8_t)read_data(json_object_get(object, "rdata"), mail->fact, line->data);
	return mail->data_size > 0 ? NULL : "rdata is not valid for this type";
}

static bool read_number(const json_t *object, const char *name, uint64_t high, uint64_t *number)
{
	const json_t *value = json_object_get(object, name);
	*number = json_is_integer(value) ? (uint64_t)json_integer_value(value) : 0;
	return value == NULL ||
	       (json_is_integer(value) && json_integer_value(value) >= 0 && *number <= high);
}

static const char *read_mail(const json_t *object, struct mail_line *line)
{
	struct history_record *record = &line->record;
	const char *name = json_string_value(json_object_get(object, "rrname"));
	uint64_t accepted, tls;
	if (name == NULL ||
	    dns_name_from_text(name, json_string_length(json_object_get(object, "rrname")),
	                       &line->domain) != DNS_NAME_OK) {
		return "rrname is not a domain name";
	}
	record->mail.recipient.domain = line->domain.wire;
	record->mail.recipient.domain_size = line->domain.size;
	if (!read_number(object, "accepted", UINT32_MAX, &accepted) ||
	    !read_number(object, "tls", UINT32_MAX, &tls)) {
		return "\"accepted\" or \"tls\" is not a number";
	}
	record->seen.accepted = (uint32_t)accepted;
	record->seen.tls = (uint32_t)tls;
	return NULL;
}

static const char *read_folded(const json_t *object, struct mail_line *line)
{
	struct history_record *record = &line->record;
	const json_t *value = json_object_get(object, "rrname");
	const char *name = json_string_value(value);
	uint64_t names;
	if (name == NULL || strncmp(name, "*.", 2) != 0 ||
	    dns_name_from_text(name + 2, json_string_length(value) - 2, &line->domain) !=
	            DNS_NAME_OK) {
		return "rrname is not a zone";
	}
	if (!read_number(object, "names", UINT32_MAX, &names)) {
		return "the member names is not a number";
	}
	record->row.owner = line->domain.wire;
	record->row.owner_size = line->domain.size;
	record->seen.accepted = (uint32_t)names;
	return NULL;
}

static const char *read_recipient(const json_t *object, struct mail_line *line)
{
	struct history_mail *mail = &line->record.mail;
	uint64_t code;
	if (!read_mailbox(json_object_get(object, "rrname"), &mail->recipient, &line->domain,
	                  line->local)) {
		return "rrname is not a mailbox";
	}
	if (!read_mailbox(json_object_get(object, "from"), &mail->sender, &line->sender,
	                  line->sender_local)) {
		return "from is not a mailbox";
	}
	if (!mail_line_address(json_object_get(object, "client"), &mail->client)) {
		return "client is not an address";
	}
	if (!read_number(object, "reply_code", REPLY_MAX, &code)) {
		return "reply_code is not an SMTP reply code";
	}
	mail->reply_code = (uint16_t)code;
	mail->content = json_is_true(json_object_get(object, "content"));
	mail->tls = json_is_true(json_object_get(object, "tls"));
	return NULL;
}

const char *mail_line_read(const json_t *object, struct mail_line *line)
{
	const struct type *type = find_type(json_string_value(json_object_get(object, "rrtype")));
	*line = (struct mail_line){ .record.kind = type->kind, .record.mail.fact = type->fact };
	if (type->kind == HISTORY_KEY_SERVER) {
		return read_server(object, line);
	}
	if (type->kind == HISTORY_KEY_FOLDED) {
		return read_folded(object, line);
	}
	if (!mail_line_address(json_object_get(object, "rdata"), &line->record.mail.server)) {
		return "rdata is not an address";
	}
	return type->kind == HISTORY_KEY_MAIL ? read_mail(object, line)
	                                      : read_recipient(object, line);
}
