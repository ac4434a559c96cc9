/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_email.h"

#include <string.h>

#include "parsers/mail/address_list.h"
#include "parsers/mail/encoded_word.h"
#include "parsers/mail/mail_date.h"

#define ADDRESSES_MAX 64
/* An octet of a Latin or Japanese charset may become three octets. */
#define SUBJECT_MAX (3 * TRANSCRIPT_TEXT_MAX)

static void put_addresses(struct json *json, const char *key, const struct transcript_text *value)
{
	struct address_list list;
	char address[ADDRESS_MAX];
	size_t size;
	if (value->text == NULL) {
		return;
	}
	json_put_object(json, key);
	json_put_array(json, "address");
	address_list_init(&list, value->text, value->size, value->size >= SMTP_VALUE_MAX);
	for (int count = 0; count < ADDRESSES_MAX; count++) {
		size = address_list_next(&list, address);
		if (size == 0) {
			break;
		}
		json_put_bytes(json, NULL, address, size);
	}
	json_end_array(json);
	json_end_object(json);
}

static void put_subject(struct json *json, const struct transcript_text *value)
{
	char subject[SUBJECT_MAX];
	if (value->text != NULL) {
		size_t size =
		        encoded_word_decode(value->text, value->size, subject, sizeof(subject));
		json_put_bytes(json, "subject", subject, size);
	}
}

/* The text between the angle brackets; without brackets all of it. */
static void put_message_id(struct json *json, const struct transcript_text *value)
{
	if (value->text == NULL || value->size == 0) {
		return;
	}
	const char *end = value->text + value->size;
	const char *from = memchr(value->text, '<', value->size);
	from = from != NULL ? from + 1 : value->text;
	const char *to = memchr(from, '>', (size_t)(end - from));
	json_put_bytes(json, "message_id", from, (size_t)((to != NULL ? to : end) - from));
}

static void put_date(struct json *json, const struct transcript_text *value)
{
	int64_t time_ns;
	if (value->text != NULL && mail_date_parse(value->text, value->size, &time_ns)) {
		json_put_time(json, "origination_timestamp", time_ns);
	}
}

void event_put_email(struct json *json, const struct transcript *transcript)
{
	json_put_object(json, "email");
	put_addresses(json, "from", &transcript->header[SMTP_FROM]);
	put_addresses(json, "to", &transcript->header[SMTP_TO]);
	put_addresses(json, "cc", &transcript->header[SMTP_CC]);
	put_subject(json, &transcript->header[SMTP_SUBJECT]);
	put_message_id(json, &transcript->header[SMTP_MESSAGE_ID]);
	put_date(json, &transcript->header[SMTP_DATE]);
	json_end_object(json);
}
