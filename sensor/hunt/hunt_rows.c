/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hunt/hunt_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_ns.h"
#include "history/rows/cof.h"
#include "parsers/dns/dns_codes.h"
#include "sensor/hunt/hunt_mail.h"
#include "sensor/observe/observe.h"

struct hunt_rows {
	struct hits *hits;
	const struct hunt_origins *origins; /* NULL: no rule needs them */
	struct observation_name names[OBSERVATION_ORIGINS_MAX];
	struct hunt_context *context;
	const struct hunt_banner *banners; /* of the server of a row of mail */
	size_t banners_count;
	struct dns_message message; /* of the row's data */
	struct dns_entry entry;
	struct observation like; /* with the times of the row */
	struct flow flow;
	struct event_row row;
	struct event_subject subject;
	uint8_t key[HISTORY_KEY_MAX];
	char data[HISTORY_DATA_TEXT_MAX];
};

struct hunt_rows *hunt_rows_new(struct hits *hits, const struct hunt_origins *origins,
                                struct hunt_context *context, bool ignore_dates)
{
	struct hunt_rows *rows = calloc(1, sizeof(*rows));
	if (rows == NULL) {
		return NULL;
	}
	rows->hits = hits;
	rows->origins = origins;
	rows->context = context;
	rows->like.origins = rows->names;
	rows->like.undated = ignore_dates;
	rows->entry.rclass = DNS_CLASS_IN;
	rows->row.key = rows->key;
	rows->subject.flow = &rows->flow;
	rows->subject.row = &rows->row;
	return rows;
}

void hunt_rows_free(struct hunt_rows *rows)
{
	free(rows);
}

static int64_t nanoseconds(uint64_t time_s)
{
	return time_s < INT64_MAX / NS_PER_S ? (int64_t)time_s * NS_PER_S : INT64_MAX;
}

static void set_entry(struct hunt_rows *rows, const struct history_record *record)
{
	const struct history_row *row = &record->row;
	struct dns_entry *entry = &rows->entry;
	rows->message.wire = row->data;
	rows->message.size = row->data_size;
	entry->section = row->is_code ? DNS_QUESTION : DNS_ANSWER;
	entry->type = row->type;
	entry->ttl = record->seen.ttl_max;
	entry->rdata = row->is_code ? NULL : row->data;
	entry->rdata_size = row->is_code ? 0 : (uint16_t)row->data_size;
	entry->owner.size = row->owner_size;
	memcpy(entry->owner.wire, row->owner, row->owner_size);
	dns_labels_read(&entry->owner.labels, entry->owner.wire, entry->owner.size);
}

static void set_time(struct hunt_rows *rows, const struct history_seen *seen)
{
	rows->flow.time_ns = nanoseconds(seen->first);
	rows->row.last_ns = nanoseconds(seen->last);
	rows->like.time_ns = rows->flow.time_ns;
	rows->like.span_ns = rows->row.last_ns - rows->flow.time_ns;
}

/* Sets the members that only events need. */
static void set_dns(struct event_row *to, char *data, const struct history_record *record)
{
	const struct history_row *row = &record->row;
	to->server = NULL;
	to->owner = row->owner;
	to->type = row->type;
	to->origin = history_origin_text(row->origin);
	to->is_code = row->is_code;
	to->data = data;
	to->data_size = history_data_text(row, data);
	to->ttl = record->seen.ttl_max;
}

static void set_mail(struct event_row *to, const struct history_record *record)
{
	const struct history_mail *mail = &record->mail;
	bool banner = record->kind == HISTORY_KEY_SERVER && mail->fact == HISTORY_BANNER;
	to->server = &mail->server;
	to->origin = NULL;
	to->banner = banner ? (struct event_text){ (const char *)mail->data, mail->data_size }
	                    : (struct event_text){ NULL, 0 };
}

static void set_event(struct hunt_rows *rows, const struct history_record *record)
{
	rows->row.key_size = history_key_write(record, rows->key);
	rows->row.count = record->seen.count;
	if (record->kind == HISTORY_KEY_OWNER) {
		set_dns(&rows->row, rows->data, record);
	} else {
		set_mail(&rows->row, record);
	}
}

static bool is_absence(const struct history_row *row)
{
	return row->is_code && row->data_size == 1 &&
	       (row->data[0] == HISTORY_NODATA || row->data[0] == HISTORY_NXDOMAIN);
}

/* A DS record, or an answer without the DS records or texts that were asked for. A row of a TXT
 * record does not show which other texts its owner had. */
static void observe_row_of_set(struct hunt_rows *rows, const struct history_record *record,
                               observe_t take, void *ctx)
{
	const struct history_row *row = &record->row;
	bool is_ds = row->type == DNS_TYPE_DS;
	if (!(is_ds && !row->is_code) &&
	    !((is_ds || row->type == DNS_TYPE_TXT) && is_absence(row))) {
		return;
	}
	struct observation seen = rows->like;
	seen.kind = is_ds ? KIND_DS : KIND_TXT;
	seen.owner = row->owner;
	seen.owner_size = row->owner_size;
	seen.rtype = row->type;
	seen.origins_count = 0;
	if (!row->is_code) {
		seen.text = rows->data;
		seen.text_size = history_data_text(row, rows->data);
	}
	take(ctx, &seen, observe_data_field(DNS_ANSWER), DNS_ANSWER);
}

static void observe(struct hunt_rows *rows, const struct history_record *record, observe_t take,
                    void *ctx)
{
	if (record->kind == HISTORY_KEY_OWNER) {
		observe_record(&rows->message, &rows->entry, &rows->like, take, ctx);
		observe_row_of_set(rows, record, take, ctx);
	} else {
		hunt_mail_observe(record, &rows->like, take, ctx);
		for (size_t i = 0; i < rows->banners_count; i++) {
			hunt_mail_observe_banner(record, &rows->like, &rows->banners[i], take, ctx);
		}
	}
}

/* A row of mail does not have the greeting of the server, so it is looked up for pinned domains. */
static int find_banners(struct hunt_rows *rows, const struct history_record *record)
{
	const struct history_mailbox *recipient = &record->mail.recipient;
	struct observation any = rows->like;
	any.kind = KIND_BANNER;
	any.text = "";
	any.owner = recipient->domain;
	any.owner_size = recipient->domain_size;
	any.server = &record->mail.server;
	rows->banners_count = 0;
	if (record->kind != HISTORY_KEY_MAIL ||
	    (hits_pinned(rows->hits) & RULE_BIT(KIND_BANNER)) == 0 ||
	    !hits_would_be(rows->hits, &any)) {
		return 0;
	}
	return hunt_context_find_banners(rows->context, record, &rows->banners,
	                                 &rows->banners_count);
}

struct judgement {
	const struct hits *hits;
	bool hit;
};

static void judge(void *ctx, const struct observation *seen, const char *field, int section)
{
	struct judgement *judgement = ctx;
	(void)field;
	(void)section;
	judgement->hit = judgement->hit || hits_would_be(judgement->hits, seen);
}

/* Decides whether a row has a hit before the event is prepared, which is expensive. Most rows have
 * none, and many of those that pass the Bloom filters have none either. */
static bool has_hit(struct hunt_rows *rows, const struct history_record *record)
{
	struct judgement judgement = { .hits = rows->hits };
	observe(rows, record, hits_ask, rows->hits);
	if (hits_are_possible(rows->hits)) {
		observe(rows, record, judge, &judgement);
	}
	return judgement.hit;
}

int hunt_rows_match(struct hunt_rows *rows, const struct history_record *record)
{
	set_time(rows, &record->seen);
	if (record->kind == HISTORY_KEY_OWNER) {
		set_entry(rows, record);
	}
	if (record->kind == HISTORY_KEY_OWNER && rows->origins != NULL) {
		rows->like.origins_count = hunt_origins_of(rows->origins, record, rows->names);
	}
	hits_begin(rows->hits, &rows->subject);
	int ret = find_banners(rows, record);
	if (ret != 0 || !has_hit(rows, record)) {
		return ret;
	}
	set_event(rows, record);
	ret = hunt_context_find(rows->context, record, &rows->row);
	observe(rows, record, hits_see, rows->hits);
	return ret;
}
