/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report_limits.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/log.h"
#include "base/writer.h"
#include "sensor/report/report_merge.h"

#define LIMITS_MAX 64
#define LIMIT_MAX  512
/* A path and the reason. */
#define UNREAD_MAX (PATH_MAX + LIMIT_MAX)

static void add_limit(struct report *report, const char *text, size_t size)
{
	(void)report_add_text(&report->memory, &report->limits, LIMITS_MAX,
	                      (struct report_text){ text, size });
}

/* A number with separators: 1,204. */
static void put_number(struct writer *out, uint64_t number)
{
	char digits[TEXT_NUMBER_MAX];
	size_t count = (size_t)(text_number(digits, number) - digits);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && (count - i) % 3 == 0) {
			writer_char(out, ',');
		}
		writer_char(out, digits[i]);
	}
}

/* A sentence in which `#` is the number; the text of one, or that of many. */
static void add_count(struct report *report, uint64_t count, const char *one, const char *many)
{
	char memory[LIMIT_MAX];
	struct writer out;
	writer_init(&out, memory, sizeof(memory));
	for (const char *at = count == 1 ? one : many; *at != '\0'; at++) {
		if (*at == '#') {
			put_number(&out, count);
		} else {
			writer_char(&out, *at);
		}
	}
	if (count > 0 && !out.failed) {
		add_limit(report, out.start, writer_size(&out));
	}
}

static void add_unread(struct report *report, const char *reason)
{
	char text[UNREAD_MAX + LIMIT_MAX];
	(void)snprintf(text, sizeof(text), "A source was not read, or only in part: %s.", reason);
	report->partial = true;
	report->unlisted += !report_add_text(&report->memory, &report->limits, REPORT_UNREAD_MAX,
	                                     (struct report_text){ text, strlen(text) });
}

void report_limits_unread(struct report *report, const char *fmt, ...)
{
	char reason[UNREAD_MAX];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	add_unread(report, reason);
}

void report_limits_fail(struct report *report, const char *fmt, ...)
{
	char reason[UNREAD_MAX];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	log_error("%s", reason);
	add_unread(report, reason);
}

void report_limits_of_unread(struct report *report, const char *path)
{
	FILE *file = fopen(path, "re");
	char *reason = NULL;
	size_t room = 0;
	while (file != NULL && getdelim(&reason, &room, '\0', file) > 0) {
		add_unread(report, reason);
	}
	free(reason);
	if (file != NULL) {
		(void)fclose(file);
	}
}

void report_limits_of_failure(struct report *report)
{
	static const char text[] = "Something failed; the messages of nsmx have the reason.";
	if (!report->partial) {
		report->partial = true;
		add_limit(report, text, sizeof(text) - 1);
	}
}

static const struct {
	const char *counter, *one, *many;
} COUNTERS_OF_LOSSES[] = {
	{ "kernel_drops", "The kernel dropped 1 packet.", "The kernel dropped # packets." },
	{ "interface_drops", "The interface dropped 1 packet.",
	  "The interface dropped # packets." },
	{ "truncated_packets", "1 packet was captured in part.",
	  "# packets were captured in part." },
	{ "undecoded_packets", "1 packet was damaged, or contains neither UDP nor TCP.",
	  "# packets were damaged, or contain neither UDP nor TCP." },
	{ "dns_malformed", "1 DNS message has a fault.", "# DNS messages have a fault." },
	{ "dns_gap_bytes", "1 octet is missing in DNS over TCP.",
	  "# octets are missing in DNS over TCP." },
	{ "dns_skipped_bytes", "1 octet of DNS over TCP is in no known message.",
	  "# octets of DNS over TCP are in no known message." },
	{ "smtp_midstream", "The beginning of 1 SMTP session was not captured.",
	  "The beginnings of # SMTP sessions were not captured." },
	{ "smtp_gap_bytes", "1 octet is missing in SMTP sessions.",
	  "# octets are missing in SMTP sessions." },
	{ "smtp_lines_cut", "1 line of SMTP was longer than the limit.",
	  "# lines of SMTP were longer than the limit." },
	{ "smtp_unmatched", "The reply to 1 SMTP command was not found.",
	  "The replies to # SMTP commands were not found." },
	{ "tcp_evicted", "1 TCP stream was given up because of a limit.",
	  "# TCP streams were given up because of a limit." },
	{ "fragments_lost", "1 fragmented datagram is incomplete.",
	  "# fragmented datagrams are incomplete." },
	{ "memory_evicted", "1 incomplete message was given up because of a limit.",
	  "# incomplete messages were given up because of a limit." },
	{ "no_memory", "1 packet was dropped for lack of memory.",
	  "# packets were dropped for lack of memory." },
	{ "watch_evicted", "1 address of a matched answer was no longer watched for mail.",
	  "# addresses of matched answers were no longer watched for mail." },
	{ "incident_hits_dropped", "1 hit is in no incident because of a limit.",
	  "# hits are in no incident because of a limit." },
	{ "incidents_evicted", "1 incident was closed early because of a limit.",
	  "# incidents were closed early because of a limit." },
	{ "hits_gathered", "1 hit has no event of its own because of a limit.",
	  "# hits have no events of their own because of a limit." },
	{ "events_dropped", "1 event was lost.", "# events were lost." },
	{ "history_rows_dropped", "1 row of the history was lost.",
	  "# rows of the history were lost." },
};

/* \return False if there were none. */
static bool add_losses(struct report *report, const json_t *counters)
{
	size_t count = sizeof(COUNTERS_OF_LOSSES) / sizeof(COUNTERS_OF_LOSSES[0]);
	bool any = false;
	for (size_t i = 0; i < count; i++) {
		json_int_t value = json_integer_value(
		        json_object_get(counters, COUNTERS_OF_LOSSES[i].counter));
		add_count(report, value > 0 ? (uint64_t)value : 0, COUNTERS_OF_LOSSES[i].one,
		          COUNTERS_OF_LOSSES[i].many);
		any = any || value > 0;
	}
	return any;
}

void report_limits_of_replay(struct report *report, const char *summary)
{
	static const char unknown[] = "How many packets were lost or damaged is not known.";
	json_t *counters = json_load_file(summary, 0, NULL);
	json_int_t packets = json_integer_value(json_object_get(counters, "packets"));
	if (!json_is_object(counters)) {
		add_limit(report, unknown, sizeof(unknown) - 1);
	} else if (!add_losses(report, counters) && !report->partial) {
		add_count(report, packets > 0 ? (uint64_t)packets : 0,
		          "The only packet of the captures was read whole.",
		          "All # packets of the captures were read whole.");
	}
	json_decref(counters);
}

void report_limits_of_events(struct report *report)
{
	static const char text[] =
	        "Saved events have only what matched a rule; packets that the sensor lost are "
	        "counted in its metrics, not in events.";
	add_limit(report, text, sizeof(text) - 1);
}

void report_limits_of_hunt(struct report *report)
{
	static const char text[] =
	        "A history has the first and the last sighting of each record, but no single "
	        "packets; clients and single mails only if they were kept.";
	add_limit(report, text, sizeof(text) - 1);
}

static uint64_t count_hidden_mails(const struct report *report)
{
	uint64_t count = 0;
	for (size_t i = 0; i < report->incident_count; i++) {
		const struct report_incident *incident = &report->incidents[i];
		for (size_t j = 0; j < incident->mail_count; j++) {
			count += incident->mails[j].tls;
		}
	}
	return count;
}

static uint64_t count_omitted(const struct report *report)
{
	uint64_t count = 0;
	for (size_t i = 0; i < report->incident_count; i++) {
		count += report->incidents[i].omitted;
	}
	return count;
}

void report_limits_of_model(struct report *report, const struct report_totals *totals)
{
	static const char transport[] =
	        "DNS over TLS, HTTPS or QUIC is encrypted and was not seen, nor was traffic that "
	        "did not pass the place of capture.";
	char memory[LIMIT_MAX];
	struct writer out;
	add_count(report, report->unlisted,
	          "1 further reason why a source was not read, or only in part, is in the messages "
	          "of nsmx.",
	          "# further reasons why sources were not read, or only in part, are in the "
	          "messages of nsmx.");
	add_count(report, count_hidden_mails(report),
	          "1 mail was sent after STARTTLS: what follows is encrypted.",
	          "# mails were sent after STARTTLS: what follows is encrypted.");
	add_count(report, totals->incidents_omitted,
	          "1 event is in no incident here, because of a limit of the report.",
	          "# events are in no incident here, because of a limit of the report.");
	add_count(report, count_omitted(report),
	          "1 hit or value was read and is not listed, because of a limit of the report.",
	          "# hits and values were read and are not listed, because of a limit of the "
	          "report.");
	add_count(report, report->memory.refused, "1 value was left out for lack of memory.",
	          "# values were left out for lack of memory.");
	if (report->incident_count > 0) {
		writer_init(&out, memory, sizeof(memory));
		writer_literal(&out, "The first event is of ");
		writer_time(&out, report->first_ns);
		writer_literal(&out, ", the last one of ");
		writer_time(&out, report->last_ns);
		writer_literal(&out, ": hits before and after are not in these sources.");
		add_limit(report, out.start, writer_size(&out));
	}
	add_limit(report, transport, sizeof(transport) - 1);
}
