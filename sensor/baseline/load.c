/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/load.h"

#include <errno.h>
#include <sys/param.h>

#include "base/time_ns.h"
#include "history/lookup.h"
#include "sensor/baseline/mail.h"
#include "sensor/baseline/servers.h"

static uint32_t seconds_of(uint64_t time_s)
{
	return (uint32_t)MIN(time_s, UINT32_MAX);
}

static void load_ttl(struct known_value *value, const struct history_record *record)
{
	uint32_t *ttl =
	        record->row.origin == HISTORY_PARENT ? &value->ttl_parent : &value->ttl_child;
	if (record->row.origin != HISTORY_CACHE && record->seen.ttl_max > *ttl &&
	    record->seen.ttl_max <= INT32_MAX) {
		*ttl = record->seen.ttl_max;
	}
}

static void load_record(struct baseline *baseline, const struct history_record *record)
{
	const struct history_seen *seen = &record->seen;
	struct fact *fact = &baseline->facts.items[0];
	const struct dns_entry entry = { .section = DNS_ANSWER };
	baseline->facts.count = 0;
	facts_add(&baseline->facts, &record->row, &entry, 0, 0);
	if (baseline->facts.count == 0) {
		return;
	}
	judge_find_owner(baseline, fact, NULL);
	if (fact->owner_id == 0) {
		return;
	}
	struct known_value *value =
	        learn_fact_seen(baseline, fact, seconds_of(seen->first), seconds_of(seen->last),
	                        (uint32_t)MIN(seen->count, UINT16_MAX));
	if (value != NULL) {
		load_ttl(value, record);
	}
}

/* The series of failures before the latest answer is not known, so it begins after that answer. */
static void load_code(struct baseline *baseline, const struct history_record *record)
{
	const struct history_row *row = &record->row;
	uint8_t code = row->data[0];
	size_t start;
	if ((code != HISTORY_SERVFAIL && code != HISTORY_REFUSED) ||
	    !ruleset_find_domain(baseline->rules, row->owner, row->owner_size, &start)) {
		return;
	}
	known_id domain =
	        baseline_registrable(baseline, row->owner + start, row->owner_size - start);
	struct known_value *state = known_find(baseline->known, domain, KNOWN_STATE, 0);
	if (state == NULL && (state = known_add(baseline->known, domain, KNOWN_STATE, 0)) == NULL) {
		return;
	}
	uint32_t first_s = seconds_of(record->seen.first);
	uint32_t count = (uint32_t)MIN(record->seen.count, UINT16_MAX) + state->count;
	state->first = state->count == 0 || first_s < state->first ? first_s : state->first;
	state->last = MAX(state->last, seconds_of(record->seen.last));
	state->count = (uint16_t)MIN(count, UINT16_MAX);
}

static void load_mail(struct baseline *baseline, const struct history_record *record)
{
	const struct history_mailbox *recipient = &record->mail.recipient;
	known_id domain = baseline_name(baseline, recipient->domain, recipient->domain_size);
	known_id server = server_name(baseline->known, &record->mail.server, true);
	if (domain != 0 && server != 0) {
		(void)server_learn(baseline, domain, KNOWN_MAIL, server, &record->seen);
	}
}

static void load_server(struct baseline *baseline, const struct history_record *record)
{
	const struct history_mail *mail = &record->mail;
	known_id server = server_name(baseline->known, &mail->server, true);
	known_id number = 0;
	switch (mail->fact) {
	case HISTORY_STARTTLS:
	case HISTORY_TLS:
		(void)server_learn(baseline, server,
		                   mail->fact == HISTORY_TLS ? KNOWN_TLS : KNOWN_STARTTLS,
		                   mail->data[0], &record->seen);
		break;
	case HISTORY_BANNER:
		number = server_banner(baseline, (const char *)mail->data, mail->data_size, true);
		break;
	case HISTORY_CERTIFICATE_KEY:
		number = server_key(baseline->known, mail->data, true);
		break;
	default:
		break;
	}
	if (number != 0) {
		(void)server_learn(baseline, server,
		                   mail->fact == HISTORY_BANNER ? KNOWN_BANNER : KNOWN_CERTIFICATE,
		                   number, &record->seen);
	}
}

static bool take_row(void *ctx, const struct history_record *record)
{
	struct baseline *baseline = ctx;
	baseline_set_time(baseline, (int64_t)seconds_of(record->seen.last) * NS_PER_S);
	baseline->freed = known_freed(baseline->known);
	if (record->kind == HISTORY_KEY_MAIL) {
		load_mail(baseline, record);
	} else if (record->kind == HISTORY_KEY_SERVER) {
		load_server(baseline, record);
	} else if (record->kind != HISTORY_KEY_OWNER) {
		return true;
	} else if (record->row.is_code) {
		load_code(baseline, record);
	} else {
		load_record(baseline, record);
	}
	return true;
}

static int read_rows(struct baseline *baseline, struct history_reading *reading)
{
	static const uint8_t kinds[] = { HISTORY_KEY_OWNER, HISTORY_KEY_MAIL, HISTORY_KEY_SERVER };
	struct history_lookup lookup = { .count = 0 };
	bool made = true;
	for (size_t i = 0; i < (baseline_learns_mail(baseline) ? sizeof(kinds) : 1) && made; i++) {
		made = history_lookup_add(&lookup, &kinds[i], 1);
	}
	int ret = made ? history_lookup_run(&lookup, reading, take_row, baseline) : -ENOMEM;
	history_lookup_free(&lookup);
	return ret;
}

int baseline_load(struct known *known, const struct ruleset *rules, const struct asn_db *asns,
                  const char *path, history_named_damage_t damaged, void *ctx)
{
	struct history_reading reading;
	int ret = history_reading_open(&reading, path, damaged, ctx);
	if (ret != 0) {
		return ret == -ENOENT ? 0 : ret;
	}
	struct baseline *baseline = baseline_new(known, rules, asns);
	if (baseline == NULL) {
		ret = -ENOMEM;
	} else {
		known_lock(known);
		ret = read_rows(baseline, &reading);
		known_unlock(known);
	}
	baseline_free(baseline);
	history_reading_close(&reading);
	return ret;
}
