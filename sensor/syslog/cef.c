/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/syslog/cef.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "base/date.h"
#include "base/time_ns.h"
#include "base/utf8.h"
#include "sensor/syslog/event_member.h"

#define HEADER_MAX 512

enum form {
	FORM_TEXT,
	FORM_TIME, /* milliseconds since 1970 */
	FORM_IPV4, /* left out if the address is of the other family */
	FORM_IPV6,
	FORM_NUMBER,
};

/* The keys of an extension, in the order in which they are written. */
static const struct key {
	const char *key;
	const char *path; /* of the value in the event */
	enum form form;
	size_t max;        /* octets of the value */
	const char *label; /* of a custom key: its meaning; NULL: the dictionary has it */
} KEYS[] = {
	{ "rt", "@timestamp", FORM_TIME, 0, NULL },
	{ "externalId", "event.id", FORM_TEXT, 40, NULL },
	{ "cat", "event.dataset", FORM_TEXT, 1023, NULL },
	{ "msg", "event.reason", FORM_TEXT, 1023, NULL },
	{ "cnt", "nsmx.count", FORM_NUMBER, 0, NULL },
	{ "start", "event.start", FORM_TIME, 0, NULL },
	{ "end", "event.end", FORM_TIME, 0, NULL },
	{ "src", "client.ip", FORM_IPV4, 0, NULL },
	{ "c6a2", "client.ip", FORM_IPV6, 0, "Source IPv6 Address" },
	{ "spt", "client.port", FORM_NUMBER, 0, NULL },
	{ "dst", "server.ip", FORM_IPV4, 0, NULL },
	{ "c6a3", "server.ip", FORM_IPV6, 0, "Destination IPv6 Address" },
	{ "dpt", "server.port", FORM_NUMBER, 0, NULL },
	{ "proto", "network.transport", FORM_TEXT, 31, NULL },
	{ "app", "network.protocol", FORM_TEXT, 31, NULL },
	{ "suser", "smtp.mail_from", FORM_TEXT, 1023, NULL },
	{ "duser", "smtp.rcpt_to.0.address", FORM_TEXT, 1023, NULL },
	{ "dvchost", "observer.name", FORM_TEXT, 100, NULL },
	{ "deviceInboundInterface", "observer.ingress.interface.name", FORM_TEXT, 128, NULL },
	{ "cs1", "rule.name", FORM_TEXT, 4000, "rule" },
	{ "cs2", "nsmx.owner", FORM_TEXT, 4000, "owner" },
	{ "cs2", "nsmx.incident.owner", FORM_TEXT, 4000, "owner" },
	{ "cs3", "threat.enrichments.0.matched.atomic", FORM_TEXT, 4000, "value" },
	{ "cs4", "nsmx.what", FORM_TEXT, 4000, "kind" },
	{ "cs4", "nsmx.incident.state", FORM_TEXT, 4000, "state" },
	{ "cs5", "nsmx.incident.id", FORM_TEXT, 4000, "incident" },
	{ "cs6", "network.community_id", FORM_TEXT, 4000, "communityId" },
	{ "cn1", "nsmx.confidence", FORM_NUMBER, 0, "confidence" },
	{ "flexString1", "dns.question.name", FORM_TEXT, 1023, "question" },
	{ "deviceCustomDate1", "nsmx.cached_until", FORM_TIME, 0, "cachedUntil" },
	{ "deviceCustomDate1", "nsmx.incident.cached_until", FORM_TIME, 0, "cachedUntil" },
};

/* Which characters have a backslash in front. */
enum place { IN_HEADER, IN_EXTENSION };

static void put_character(struct writer *out, enum place place, const char *at, size_t size)
{
	const char *escaped = place == IN_HEADER ? "\\|" : "\\=";
	if (size == 1 && strchr(escaped, *at) != NULL) {
		writer_char(out, '\\');
	}
	writer_put(out, at, size);
}

/* A control character would end the message, or be shown as something else. */
static void put_control(struct writer *out, enum place place, char c)
{
	if (place == IN_EXTENSION && c == '\n') {
		writer_literal(out, "\\n");
	} else if (place == IN_EXTENSION && c == '\r') {
		writer_literal(out, "\\r");
	} else {
		writer_char(out, ' ');
	}
}

/* Writes at most `max` octets of a text, and no part of a character. */
static void put_text(struct writer *out, enum place place, const struct event_member *value,
                     size_t max)
{
	for (size_t at = 0; at < value->size;) {
		size_t size = utf8_sequence((const uint8_t *)value->text + at, value->size - at);
		if (size == 0 || at + size > max) {
			break;
		}
		unsigned char c = (unsigned char)value->text[at];
		if (size == 1 && (c < ' ' || c == 0x7f)) {
			put_control(out, place, (char)c);
		} else {
			put_character(out, place, value->text + at, size);
		}
		at += size;
	}
}

static bool is_address(const struct event_member *value, int family)
{
	char octets[sizeof(struct in6_addr)];
	return memchr(value->text, '\0', value->size) == NULL &&
	       inet_pton(family, value->text, octets) == 1;
}

/* Whether an event has a value of this form at the place; `time_ns` receives a time. */
static bool find(const json_t *event, const struct key *key, struct event_member *value,
                 int64_t *time_ns)
{
	if (!event_member(event, key->path, value)) {
		return false;
	}
	switch (key->form) {
	case FORM_TIME:
		return value->text != NULL && event_member_time(value, time_ns);
	case FORM_NUMBER:
		return value->text == NULL;
	case FORM_IPV4:
		return value->text != NULL && is_address(value, AF_INET);
	case FORM_IPV6:
		return value->text != NULL && is_address(value, AF_INET6);
	default:
		return value->text != NULL && value->size > 0;
	}
}

static void put_key(struct writer *out, const json_t *event, const struct key *key, bool first)
{
	struct event_member value;
	int64_t time_ns = 0;
	if (!find(event, key, &value, &time_ns)) {
		return;
	}
	writer_either(out, first, "", " ");
	writer_string(out, key->key);
	writer_char(out, '=');
	if (key->form == FORM_TIME) {
		writer_number(out, time_ns > 0 ? (uint64_t)(time_ns / NS_PER_MS) : 0);
	} else if (key->form == FORM_NUMBER) {
		writer_number(out, value.number);
	} else if (key->form == FORM_TEXT) {
		put_text(out, IN_EXTENSION, &value, key->max);
	} else {
		writer_put(out, value.text, value.size);
	}
	if (key->label != NULL) {
		writer_char(out, ' ');
		writer_string(out, key->key);
		writer_literal(out, "Label=");
		writer_string(out, key->label);
	}
}

static void put_part(struct writer *out, const json_t *event, const char *path, const char *other)
{
	struct event_member value;
	if ((event_member(event, path, &value) && value.text != NULL) ||
	    (event_member(event, other, &value) && value.text != NULL)) {
		put_text(out, IN_HEADER, &value, HEADER_MAX);
	}
	writer_char(out, '|');
}

/* CEF has 0 to 10: 0 to 3 is low, to 6 medium, to 8 high, above very high. */
static unsigned scale(unsigned severity)
{
	return severity >= 99 ? 10 : severity >= 75 ? 8 : severity >= 50 ? 5 : severity > 0 ? 3 : 0;
}

void cef_put(struct writer *out, const json_t *event, unsigned severity)
{
	writer_literal(out, "CEF:0|nsmx|nsmx|");
	put_part(out, event, "observer.version", "observer.version");
	put_part(out, event, "rule.id", "event.dataset");
	put_part(out, event, "event.action", "event.dataset");
	writer_number(out, scale(severity));
	writer_char(out, '|');
	size_t before = writer_size(out);
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
		put_key(out, event, &KEYS[i], writer_size(out) == before);
	}
}
