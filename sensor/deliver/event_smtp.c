/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/deliver/event_smtp.h"

static void put_text(struct json *json, const char *key, const struct story_text *text)
{
	if (text->text != NULL) {
		json_bytes(json, key, text->text, text->size);
	}
}

static void put_recipients(struct json *json, const struct story *story)
{
	json_array(json, "rcpt_to");
	for (size_t i = 0; i < story->recipients_count; i++) {
		const struct story_recipient *recipient = &story->recipients[i];
		json_object(json, NULL);
		put_text(json, "address", &recipient->address);
		if (recipient->code != 0) {
			json_number(json, "reply_code", recipient->code);
			json_bool(json, "accepted", recipient->code / 100 == 2);
		}
		json_object_end(json);
	}
	json_array_end(json);
}

void event_put_smtp(struct json *json, const struct story *story)
{
	json_object(json, "smtp");
	put_text(json, "banner", &story->banner);
	put_text(json, "helo", &story->helo);
	put_text(json, "mail_from", &story->mail_from);
	put_recipients(json, story);
	if (story->reply_code != 0) {
		json_number(json, "reply_code", story->reply_code);
	}
	json_bool(json, "starttls", story->starttls);
	put_text(json, "auth", &story->auth);
	if (story->gap_bytes > 0) {
		json_number(json, "gaps", story->gap_bytes);
	}
	json_object_end(json);

	if (story->starttls) {
		json_object(json, "tls");
		json_bool(json, "established", story->tls);
		json_object(json, "client");
		put_text(json, "server_name", &story->sni);
		json_object_end(json);
		json_object_end(json);
	}
}
