/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/rows/cof.h"

#include <string.h>

#include "base/printable.h"
#include "base/text.h"
#include "base/time_ns.h"
#include "history/rows/mail_text.h"
#include "parsers/dns/dns.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_presentation.h"

/* Room for any text of a row of mail, in octets. */
#define MAIL_TEXT_MAX (HISTORY_LOCAL_MAX + 1 + DNS_NAME_TEXT_MAX)

static const char *const ORIGINS[HISTORY_ORIGINS] = {
	[HISTORY_CHILD] = "child",
	[HISTORY_PARENT] = "parent",
	[HISTORY_CACHE] = "cache",
	[HISTORY_GLUE] = "glue",
};

const char *history_origin_text(enum history_origin origin)
{
	return ORIGINS[origin];
}

static size_t code_text(uint8_t code, char *text)
{
	char room[DNS_CODE_TEXT_MAX];
	const char *name = code == HISTORY_NODATA ? "NODATA" : dns_rcode_text(code, room);
	size_t size = strlen(name);
	memcpy(text, name, size + 1);
	return size;
}

/* Reads the name of a response code. */
static bool read_code(const char *text, size_t size, uint8_t *code)
{
	static const uint8_t codes[] = { HISTORY_NODATA, HISTORY_SERVFAIL, HISTORY_NXDOMAIN,
		                         HISTORY_REFUSED };
	char name[DNS_CODE_TEXT_MAX];
	for (size_t i = 0; i < sizeof(codes); i++) {
		if (code_text(codes[i], name) == size && memcmp(name, text, size) == 0) {
			*code = codes[i];
			return true;
		}
	}
	return false;
}

int history_data_read(uint16_t type, const char *text, size_t size, uint8_t data[HISTORY_DATA_MAX],
                      bool *is_code)
{
	uint8_t raw[HISTORY_DATA_MAX];
	*is_code = read_code(text, size, data);
	if (*is_code) {
		return 1;
	}
	int raw_size = dns_rdata_from_text(type, text, size, raw, sizeof(raw));
	if (raw_size < 0) {
		return -1;
	}
	struct dns_message message;
	const struct history_row row = { .type = type, .data = raw, .data_size = (size_t)raw_size };
	const struct dns_entry entry = history_entry(&row, &message);
	return dns_rdata_canonical(&message, &entry, data, HISTORY_DATA_MAX);
}

static bool is_read_back(const struct history_row *row, const char *text, size_t size)
{
	uint8_t data[HISTORY_DATA_MAX];
	bool is_code;
	int data_size = history_data_read(row->type, text, size, data, &is_code);
	return data_size >= 0 && !is_code && (size_t)data_size == row->data_size &&
	       memcmp(data, row->data, row->data_size) == 0;
}

size_t history_data_text(const struct history_row *row, char text[HISTORY_DATA_TEXT_MAX])
{
	if (row->is_code) {
		return code_text(row->data[0], text);
	}
	struct dns_message message;
	const struct dns_entry entry = history_entry(row, &message);
	size_t size = dns_rdata_text(&message, &entry, text);
	return is_read_back(row, text, size) ? size : dns_rdata_generic_text(&entry, text);
}

bool history_origin_read(const char *text, enum history_origin *origin)
{
	for (unsigned i = 0; i < HISTORY_ORIGINS; i++) {
		if (strcmp(ORIGINS[i], text) == 0) {
			*origin = i;
			return true;
		}
	}
	return false;
}

void history_time_text(uint64_t time_s, char text[HISTORY_TIME_MAX])
{
	char whole[TEXT_TIME_MAX];
	int64_t latest = INT64_MAX / NS_PER_S;
	(void)text_time(whole, (time_s < (uint64_t)latest ? (int64_t)time_s : latest) * NS_PER_S);
	memcpy(text, whole, HISTORY_TIME_MAX - 2);
	memcpy(text + HISTORY_TIME_MAX - 2, "Z", 2);
}

static void put_record(struct json *json, const struct history_record *record)
{
	char text[HISTORY_DATA_TEXT_MAX];
	char name[DNS_NAME_TEXT_MAX];
	char room[DNS_CODE_TEXT_MAX];
	const struct history_row *row = &record->row;
	json_put_bytes(json, "rrname", name, dns_name_text(row->owner, name));
	const char *type = dns_type_text(row->type, room);
	if (type != room) {
		json_put_string(json, "rrtype", type);
	} else {
		json_put_number(json, "rrtype", row->type); /* as the format requires */
	}
	json_put_bytes(json, "rdata", text, history_data_text(row, text));
}

static void put_mail(struct json *json, const struct history_record *record)
{
	char text[MAIL_TEXT_MAX];
	struct writer w;
	writer_init(&w, text, sizeof(text));
	history_mail_owner_text(record, &w);
	json_put_bytes(json, "rrname", text, writer_size(&w));
	json_put_string(json, "rrtype", history_mail_type_text(record));
	writer_restart(&w);
	history_mail_data_text(record, &w);
	json_put_bytes(json, "rdata", text, writer_size(&w));
}

static void put_address(struct json *json, const char *key, const struct in6_addr *address)
{
	char text[MAIL_TEXT_MAX];
	struct writer w;
	writer_init(&w, text, sizeof(text));
	writer_address(&w, address);
	json_put_bytes(json, key, text, writer_size(&w));
}

static void put_single_mail(struct json *json, const struct history_mail *mail)
{
	char text[MAIL_TEXT_MAX];
	struct writer w;
	writer_init(&w, text, sizeof(text));
	history_mailbox_text(&mail->sender, &w);
	put_address(json, "client", &mail->client);
	json_put_bytes(json, "from", text, writer_size(&w));
	if (mail->reply_code > 0) {
		json_put_number(json, "reply_code", mail->reply_code);
	}
	json_put_bool(json, "content", mail->content);
	json_put_bool(json, "tls", mail->tls);
}

static void put_sightings(struct json *json, const struct history_seen *seen)
{
	json_put_number(json, "time_first", seen->first);
	json_put_number(json, "time_last", seen->last);
	json_put_number(json, "count", seen->count);
}

/* Writes the members that depend on the kind of the row. */
static void put_rest(struct json *json, const struct history_record *record)
{
	const struct history_seen *seen = &record->seen;
	switch (record->kind) {
	case HISTORY_KEY_OWNER:
	case HISTORY_KEY_CLIENT:
		json_put_number(json, "ttl_min", seen->ttl_min);
		json_put_number(json, "ttl_max", seen->ttl_max);
		json_put_string(json, "origin", history_origin_text(record->row.origin));
		if (record->kind == HISTORY_KEY_CLIENT) {
			put_address(json, "client", &record->client);
		}
		break;
	case HISTORY_KEY_MAIL:
		json_put_number(json, "accepted", seen->accepted);
		json_put_number(json, "tls", seen->tls);
		break;
	case HISTORY_KEY_FOLDED:
		json_put_number(json, "names", seen->accepted);
		break;
	case HISTORY_KEY_RECIPIENT:
		put_single_mail(json, &record->mail);
		break;
	default:
		break;
	}
}

static bool is_record(const struct history_record *record)
{
	return record->kind == HISTORY_KEY_OWNER || record->kind == HISTORY_KEY_CLIENT;
}

void history_cof_begin(struct json *json, const struct history_record *record, const char *sensors)
{
	json_begin(json);
	json_put_object(json, NULL);
	if (is_record(record)) {
		put_record(json, record);
	} else {
		put_mail(json, record);
	}
	put_sightings(json, &record->seen);
	put_rest(json, record);
	json_put_optional(json, "sensor_id", sensors);
}

void history_cof_client(struct json *json, const struct history_record *client)
{
	json_put_object(json, NULL);
	put_address(json, "ip", &client->client);
	put_sightings(json, &client->seen);
	json_end_object(json);
}

const char *history_cof(struct json *json, const struct history_record *record, const char *sensors)
{
	history_cof_begin(json, record, sensors);
	json_end_object(json);
	return json_finish(json);
}

static void put_dns_texts(struct writer *w, const struct history_record *record, const char *blanks)
{
	char data[HISTORY_DATA_TEXT_MAX];
	char owner[DNS_NAME_TEXT_MAX];
	char room[DNS_CODE_TEXT_MAX];
	const struct history_row *row = &record->row;
	printable_put(w, owner, dns_name_text(row->owner, owner));
	writer_string(w, blanks);
	writer_number(w, record->seen.ttl_max);
	writer_string(w, blanks);
	writer_string(w, dns_type_text(row->type, room));
	writer_string(w, blanks);
	printable_put(w, data, history_data_text(row, data));
}

static void put_recipient_details(struct writer *w, const struct history_mail *mail)
{
	char text[MAIL_TEXT_MAX];
	struct writer part;
	writer_init(&part, text, sizeof(text));
	history_mailbox_text(&mail->sender, &part);
	writer_literal(w, "from <");
	printable_put(w, text, writer_size(&part));
	writer_literal(w, "> at ");
	writer_address(w, &mail->client);
	if (mail->reply_code > 0) {
		writer_literal(w, ", reply ");
		writer_number(w, mail->reply_code);
	}
	writer_either(w, mail->content, ", with content", ", no content");
	writer_either(w, mail->tls, ", TLS", "");
}

static void put_details(struct writer *w, const struct history_record *record, const char *blanks)
{
	if (record->kind == HISTORY_KEY_MAIL) {
		writer_string(w, blanks);
		writer_literal(w, "accepted ");
		writer_number(w, record->seen.accepted);
		writer_literal(w, ", with TLS ");
		writer_number(w, record->seen.tls);
	} else if (record->kind == HISTORY_KEY_RECIPIENT) {
		writer_string(w, blanks);
		put_recipient_details(w, &record->mail);
	}
}

static void put_mail_texts(struct writer *w, const struct history_record *record,
                           const char *blanks)
{
	char text[MAIL_TEXT_MAX];
	struct writer part;
	writer_init(&part, text, sizeof(text));
	history_mail_owner_text(record, &part);
	printable_put(w, text, writer_size(&part));
	writer_string(w, blanks);
	writer_string(w, history_mail_type_text(record));
	writer_string(w, blanks);
	writer_restart(&part);
	history_mail_data_text(record, &part);
	printable_put(w, text, writer_size(&part));
	put_details(w, record, blanks);
}

void history_put_texts(struct writer *w, const struct history_record *record, const char *blanks)
{
	if (is_record(record)) {
		put_dns_texts(w, record, blanks);
	} else {
		put_mail_texts(w, record, blanks);
	}
}
