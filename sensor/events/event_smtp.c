/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/event_smtp.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/param.h>

#include "base/text.h"
#include "sensor/events/event_email.h"

static void put_text(struct json *json, const char *key, const struct transcript_text *text)
{
	if (text->text != NULL) {
		json_put_bytes(json, key, text->text, text->size);
	}
}

static void put_view(struct json *json, const char *key, struct smtp_text text)
{
	if (text.text != NULL) {
		json_put_bytes(json, key, text.text, text.size);
	}
}

/* The number of recipients in an event of an intercepted session that must be short. */
#define OWN_MAX 8

/* An event may have many recipients, so their members are written as text. */
static void put_recipient(struct json *json, const struct transcript_recipient *recipient)
{
	const struct smtp_text address = transcript_address(&recipient->mailbox);
	if (address.text == NULL && recipient->code == 0) {
		return;
	}
	struct writer *out = json_members(json);
	writer_char(out, '{');
	if (address.text != NULL) {
		writer_literal(out, "\"address\":");
		json_put_text(json, address.text, address.size);
	}
	if (recipient->code != 0) {
		writer_either(out, address.text != NULL, ",\"reply_code\":", "\"reply_code\":");
		writer_number(out, recipient->code);
		writer_either(out, recipient->code / 100 == 2, ",\"accepted\":true",
		              ",\"accepted\":false");
	}
	writer_char(out, '}');
}

static bool is_kept(const struct transcript *transcript,
                    const struct transcript_recipient *recipient)
{
	uintptr_t at = (uintptr_t)recipient, first = (uintptr_t)transcript->recipients;
	return transcript->recipients_count > 0 && at >= first &&
	       at < first + transcript->recipients_count * sizeof(*recipient);
}

/* The number of consecutive recipients, from `first` on, that are listed. */
static size_t count_listed(const struct event_parts *parts, size_t first)
{
	size_t kept = parts->subject->transcript->recipients_count - first;
	bool interception = parts->hit != NULL && parts->hit->interception != NULL;
	if (parts->extent == EVENT_WHOLE) {
		return kept;
	}
	if (!interception) {
		return 0;
	}
	return MIN(kept, OWN_MAX);
}

/* The recipient that is matched is listed in any case, if need be in place of another one. */
static uint64_t put_recipients(struct json *json, const struct event_parts *parts, size_t first)
{
	const struct transcript *transcript = parts->subject->transcript;
	const struct transcript_recipient *at_hand = transcript->at_hand;
	bool added =
	        at_hand != NULL && (parts->extent == EVENT_OWN || !is_kept(transcript, at_hand));
	size_t kept = transcript->recipients_count - first;
	size_t listed = MIN(count_listed(parts, first),
	                    (size_t)TRANSCRIPT_RECIPIENTS_MAX - (added ? 1 : 0));
	uint64_t omitted = kept - listed + transcript->recipients_omitted;
	json_put_array(json, "rcpt_to");
	for (size_t i = 0; i < listed; i++) {
		put_recipient(json, &transcript->recipients[first + i]);
	}
	if (added) {
		put_recipient(json, at_hand);
		omitted -= omitted > 0;
	}
	json_end_array(json);
	return omitted;
}

static void put_certificate(struct json *json, const struct transcript *transcript)
{
	json_put_object(json, "server");
	json_put_object(json, "x509");
	json_put_object(json, "subject");
	json_put_array(json, "common_name");
	put_text(json, NULL, &transcript->certificate_name);
	json_end_array(json);
	json_end_object(json);
	json_put_array(json, "alternative_names");
	for (size_t i = 0; i < transcript->certificate_names_count; i++) {
		put_text(json, NULL, &transcript->certificate_names[i]);
	}
	json_end_array(json);
	json_end_object(json);
	json_end_object(json);
}

/* The numbers of TLS versions continue those of SSL: SSL 3.0 is 0x0300, TLS 1.0 is 0x0301. */
static void put_tls_version(struct json *json, unsigned version)
{
	char text[8];
	if (version >> 8 == 3 && (version & 0xff) >= 1 && (version & 0xff) <= 9) {
		(void)snprintf(text, sizeof(text), "1.%u", (version & 0xff) - 1);
		json_put_string(json, "version", text);
		json_put_string(json, "version_protocol", "tls");
	}
}

static void put_tls(struct json *json, const struct transcript *transcript,
                    enum event_extent extent)
{
	json_put_object(json, "tls");
	json_put_bool(json, "established", transcript->tls);
	put_tls_version(json, transcript->tls_version);
	json_put_object(json, "client");
	put_text(json, "server_name", &transcript->sni);
	json_end_object(json);
	if (extent == EVENT_WHOLE) {
		put_certificate(json, transcript);
	}
	json_end_object(json);
}

uint64_t event_put_smtp(struct json *json, const struct event_parts *parts)
{
	const struct transcript *transcript = parts->subject->transcript;
	bool all = parts->hit != NULL && parts->hit->interception != NULL;
	json_put_object(json, "smtp");
	put_text(json, "banner", &transcript->banner);
	put_text(json, "helo", &transcript->helo);
	put_view(json, "mail_from", transcript_address(&transcript->mail_from));
	uint64_t omitted = put_recipients(json, parts, all ? 0 : transcript->mail_at);
	if (transcript->reply_code != 0) {
		json_put_number(json, "reply_code", transcript->reply_code);
	}
	json_put_bool(json, "starttls", transcript->starttls);
	if (transcript->offer_seen) {
		json_put_bool(json, "starttls_offered", transcript->starttls_offered);
	}
	if (transcript->starttls_overwritten) {
		json_put_bool(json, "starttls_overwritten", true);
	}
	put_text(json, "auth", &transcript->auth);
	if (transcript->smuggling) {
		json_put_bool(json, "smuggling", true);
	}
	if (transcript->gap_bytes > 0) {
		json_put_number(json, "gaps", transcript->gap_bytes);
	}
	json_end_object(json);

	if (parts->extent == EVENT_WHOLE) {
		event_put_email(json, transcript);
	}
	if (transcript->tls) {
		put_tls(json, transcript, parts->extent);
	}
	return omitted;
}

/* Rows of the history */

static void put_end(struct json *json, const char *key, const struct in6_addr *addr)
{
	char text[TEXT_ADDRESS_MAX];
	*text_address(text, addr) = '\0';
	json_put_object(json, key);
	json_put_string(json, "ip", text);
	json_end_object(json);
}

static void put_single(struct json *json, const struct event_mail *mail)
{
	json_put_bytes(json, "mail_from", mail->sender.text, mail->sender.size);
	json_put_array(json, "rcpt_to");
	json_put_object(json, NULL);
	json_put_bytes(json, "address", mail->recipient.text, mail->recipient.size);
	if (mail->reply_code != 0) {
		json_put_number(json, "reply_code", mail->reply_code);
		json_put_bool(json, "accepted", mail->reply_code / 100 == 2);
	}
	json_end_object(json);
	json_end_array(json);
}

void event_put_mail_row(struct json *json, const struct event_row *row)
{
	const struct event_mail *mail =
	        row->mails_count > 0 && row->mails[0].single ? &row->mails[0] : NULL;
	if (mail != NULL) {
		put_end(json, "client", &mail->client);
		put_end(json, "source", &mail->client);
	}
	put_end(json, "server", row->server);
	put_end(json, "destination", row->server);
	if (mail == NULL && row->banner.text == NULL) {
		return;
	}
	json_put_object(json, "smtp");
	if (row->banner.text != NULL) {
		json_put_bytes(json, "banner", row->banner.text, row->banner.size);
	}
	if (mail != NULL) {
		put_single(json, mail);
	}
	json_end_object(json);
}
