/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hunt/hunt_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/printable.h"
#include "history/rows/cof.h"
#include "parsers/dns/dns_codes.h"
#include "sensor/events/event.h"

void hunt_report_init(struct hunt_report *report, bool table)
{
	*report = (struct hunt_report){ .table = table, .first_s = UINT64_MAX };
	writer_init_growing(&report->line, 8 * HISTORY_DATA_TEXT_MAX);
}

void hunt_report_free(struct hunt_report *report)
{
	writer_free(&report->line);
}

/* Returns the time until which a resolver can cache the record that it received at the last
 * sighting. A TTL with the most significant bit set counts as zero (RFC 2181, 8). */
static uint64_t cached_until(const struct history_record *record)
{
	uint32_t ttl = record->seen.ttl_max;
	bool cached = record->kind == HISTORY_KEY_OWNER && !record->row.is_code;
	return cached && ttl <= INT32_MAX ? record->seen.last + ttl : record->seen.last;
}

static void put_time(struct writer *line, uint64_t time_s)
{
	char text[HISTORY_TIME_MAX];
	history_time_text(time_s, text);
	writer_string(line, text);
	writer_literal(line, "  ");
}

static void put_name(struct writer *line, const uint8_t *wire)
{
	char text[DNS_NAME_TEXT_MAX];
	printable_put(line, text, dns_name_text(wire, text));
}

/* Writes the origin of a record, or the mail server. An owner can have records of several types. */
static void put_place(struct writer *line, const struct history_record *record,
                      enum observation_kind kind)
{
	char type[DNS_CODE_TEXT_MAX];
	if (record->kind == HISTORY_KEY_OWNER) {
		writer_string(line, history_origin_text(record->row.origin));
		if (kind == KIND_NAME) {
			writer_literal(line, " ");
			writer_string(line, dns_type_text(record->row.type, type));
		}
	} else {
		writer_literal(line, "mail server ");
		writer_address(line, &record->mail.server);
	}
}

static void put_hit(struct writer *line, const struct history_record *record,
                    const struct observation *seen, const struct rule_view *rule)
{
	char value[EVENT_VALUE_MAX];
	char count[32];
	put_time(line, record->seen.first);
	put_time(line, record->seen.last);
	(void)snprintf(count, sizeof(count), "%8" PRIu64 "  ", record->seen.count);
	writer_string(line, count);
	if (record->kind == HISTORY_KEY_OWNER) {
		put_time(line, cached_until(record));
	} else {
		writer_literal(line, "-                     ");
	}
	writer_string(line, observation_kind_text(seen->kind));
	writer_char(line, ' ');
	printable_put(line, value, event_value(seen, value, sizeof(value)));
	if (seen->owner != NULL && seen->kind != KIND_NAME) {
		writer_literal(line, " of ");
		put_name(line, seen->owner);
	}
	writer_literal(line, " (");
	put_place(line, record, seen->kind);
	writer_literal(line, "): ");
	printable_put(line, rule->id, strlen(rule->id));
	writer_char(line, '\n');
}

static void print(struct hunt_report *report, const struct observation *seen,
                  const struct rule_view *rule)
{
	struct writer *line = &report->line;
	if (!report->headed) {
		report->headed = true;
		(void)printf("%-22s%-22s%8s  %-22s%s\n", "first seen", "last seen", "count",
		             "cached until", "match");
	}
	writer_restart(line);
	put_hit(line, report->record, seen, rule);
	report->failed |= line->failed ||
	                  fwrite(line->start, 1, writer_size(line), stdout) != writer_size(line);
}

bool hunt_report_hit(void *ctx, const struct observation *seen, const struct rule_view *rule,
                     const char *event_id)
{
	struct hunt_report *report = ctx;
	const struct history_seen *times = &report->record->seen;
	uint64_t cached_s = cached_until(report->record);
	(void)event_id;
	report->hits++;
	report->first_s = times->first < report->first_s ? times->first : report->first_s;
	report->last_s = times->last > report->last_s ? times->last : report->last_s;
	report->cached_s = cached_s > report->cached_s ? cached_s : report->cached_s;
	if (report->table) {
		print(report, seen, rule);
	}
	return true;
}

void hunt_report_end(const struct hunt_report *report)
{
	char first[HISTORY_TIME_MAX], last[HISTORY_TIME_MAX], cached[HISTORY_TIME_MAX];
	if (report->hits == 0) {
		log_info("no rule matches");
		return;
	}
	history_time_text(report->first_s, first);
	history_time_text(report->last_s, last);
	history_time_text(report->cached_s, cached);
	log_info("%" PRIu64 " %s, first seen %s, last seen %s; caches hold matched records until "
	         "%s at the latest",
	         report->hits, report->hits == 1 ? "match" : "matches", first, last, cached);
}
