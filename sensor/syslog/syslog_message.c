/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/syslog/syslog_message.h"

#include <jansson.h>
#include <string.h>

#include "base/text.h"
#include "base/time_ns.h"
#include "sensor/syslog/cef.h"
#include "sensor/syslog/event_member.h"

#define HOSTNAME_MAX 255 /* RFC 5424, 6 */
#define NS_PER_US    1000

/* The severities of RFC 5424, 6.2.1. */
enum { CRITICAL = 2, ERROR = 3, WARNING = 4, NOTICE = 5, INFORMATIONAL = 6 };

static unsigned severity_of(const struct record *record)
{
	return record->severity >= 99   ? CRITICAL
	       : record->severity >= 75 ? ERROR
	       : record->severity >= 50 ? WARNING
	       : record->severity > 0   ? NOTICE
	                                : INFORMATIONAL;
}

/* RFC 5424, 6.2.3 allows at most six digits of a fraction. */
static void put_timestamp(struct writer *out, const json_t *event)
{
	struct event_member value;
	int64_t time_ns = 0;
	if (!event_member(event, "@timestamp", &value) || !event_member_time(&value, &time_ns)) {
		writer_char(out, '-');
		return;
	}
	writer_time(out, time_ns - time_ns % NS_PER_US);
}

/* A host name has printable ASCII characters, and no blank. */
static void put_hostname(struct writer *out, const json_t *event)
{
	struct event_member value;
	bool any = event_member(event, "observer.name", &value) && value.text != NULL &&
	           value.size > 0;
	if (!any) {
		writer_char(out, '-');
		return;
	}
	for (size_t i = 0; i < value.size && i < HOSTNAME_MAX; i++) {
		char c = value.text[i];
		writer_char(out, c > ' ' && c < 0x7f ? c : '_');
	}
}

static const char *id_of(const struct record *record)
{
	return record->kind == RECORD_INCIDENT ? "incident"
	       : record->kind == RECORD_HIT    ? "hit"
	                                       : "log";
}

static void put_header(struct writer *out, unsigned facility, const struct record *record,
                       const json_t *event)
{
	writer_char(out, '<');
	writer_number(out, facility * 8 + severity_of(record));
	writer_literal(out, ">1 ");
	put_timestamp(out, event);
	writer_char(out, ' ');
	put_hostname(out, event);
	writer_literal(out, " nsmx - ");
	writer_string(out, id_of(record));
	writer_literal(out, " - ");
}

bool syslog_message_put(struct writer *out, enum syslog_form form, unsigned facility,
                        const struct record *record)
{
	json_t *event = json_loadb(record->json, record->json_size, JSON_ALLOW_NUL, NULL);
	bool good = json_is_object(event) && memchr(record->json, '\n', record->json_size) == NULL;
	if (good) {
		put_header(out, facility, record, event);
		if (form == SYSLOG_CEF) {
			cef_put(out, event, record->severity);
		} else {
			writer_put(out, record->json, record->json_size);
		}
	}
	json_decref(event);
	return good;
}
