/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/history_rows.h"

#include <string.h>

#include "base/secret_hash.h"
#include "base/time_ns.h"

/* The octets in place of those that differ in repetitions of a message. */
#define FILL       0xff
#define OTHER_FILL 0xfe

#define NO_RECORD UINT32_MAX /* in place of the number of a record; its TTL is 0 */

/* The rows of a message, in their order. */
struct places {
	struct history_repeat_row rows[HISTORY_REPEAT_ROWS];
	size_t count;
	bool complete;
};

/* The kind of a message, which determines the origin of its records. */
struct summary {
	bool authoritative;
	bool referral; /* it has no answer, but NS records of a child zone */
	uint64_t time_s;
	bool kept;                     /* rows are never folded */
	const struct in6_addr *client; /* NULL: no rows of clients are added */
	bool found;                    /* rows are not added, but found */
	struct baseline *baseline;     /* receives the rows; NULL: nothing is learned */
	struct places *places;         /* receives the rows */
};

/* Two messages to different clients have different rows. */
static size_t key_size(const struct history_response *response)
{
	return response->masked.size + (response->client != NULL ? sizeof(*response->client) : 0);
}

/* OPT and TSIG are not listed because their class is not IN. */
static bool is_kept(uint16_t type)
{
	switch (type) {
	case DNS_TYPE_RRSIG:
	case DNS_TYPE_NSEC:
	case DNS_TYPE_NSEC3:
		return false;
	default:
		return true;
	}
}

/* The AA bit does not cover the additional section (RFC 2181, 5.4.1). */
static enum history_origin origin_of(const struct summary *summary, enum dns_section section)
{
	if (section == DNS_ADDITIONAL) {
		return summary->referral || summary->authoritative ? HISTORY_GLUE : HISTORY_CACHE;
	}
	if (summary->authoritative) {
		return HISTORY_CHILD;
	}
	return summary->referral ? HISTORY_PARENT : HISTORY_CACHE;
}

/* The rows need not be cleared. */
static void begin_places(struct places *places)
{
	places->count = 0;
	places->complete = true;
}

static void add_place(struct places *places, uint32_t place, uint32_t record)
{
	if (place == 0 || places->count == HISTORY_REPEAT_ROWS) {
		places->complete = false;
	} else {
		places->rows[places->count++] = (struct history_repeat_row){ place, record };
	}
}

static void see_client(struct history_table *table, const struct history_row *row, uint32_t ttl,
                       uint32_t record, const struct summary *summary)
{
	const struct in6_addr *client = summary->client;
	uint32_t place =
	        summary->found ? history_table_find(table, row, client)
	                       : history_table_see_client(table, row, client, summary->time_s, ttl);
	add_place(summary->places, place, record);
	if (summary->baseline != NULL && !summary->found) {
		baseline_pass(summary->baseline, place);
	}
}

static void take_row(const struct summary *summary, const struct history_table *table,
                     const struct history_row *row, uint32_t place, const struct dns_entry *entry)
{
	struct baseline *baseline = summary->baseline;
	/* The table may just have been emptied. */
	baseline_set_generation(baseline, history_table_generation(table));
	baseline_gather(baseline, row, place, entry);
	if (!summary->found) {
		baseline_see(baseline, row, place, entry->ttl, summary->time_s);
	}
}

static void see(struct history_table *table, const struct history_row *row,
                const struct dns_entry *entry, uint32_t ttl, uint32_t record,
                const struct summary *summary)
{
	struct baseline *baseline = summary->baseline;
	bool kept = summary->kept ||
	            (baseline != NULL && baseline_keeps(baseline, row, summary->time_s));
	uint32_t place = summary->found ? history_table_find(table, row, NULL)
	                                : history_table_see(table, row, summary->time_s, ttl, kept);
	add_place(summary->places, place, record);
	if (baseline != NULL) {
		take_row(summary, table, row, place, entry);
	}
	if (summary->client != NULL) {
		see_client(table, row, ttl, record, summary);
	}
}

static void see_record(struct history_table *table, const struct dns_message *message,
                       const struct dns_entry *entry, uint32_t record,
                       const struct summary *summary)
{
	uint8_t data[HISTORY_DATA_MAX];
	int size = dns_rdata_canonical(message, entry, data, sizeof(data));
	if (size < 0) {
		summary->places->complete = false;
		if (!summary->found) {
			history_table_drop(table);
		}
		return;
	}
	const struct history_row row = {
		.owner = entry->owner.wire,
		.owner_size = entry->owner.size,
		.type = entry->type,
		.origin = origin_of(summary, entry->section),
		.data = data,
		.data_size = (size_t)size,
	};
	see(table, &row, entry, entry->ttl, record, summary);
}

/* A referral has NS records in its authority section; a negative answer has an SOA record there
 * (RFC 2308, 2.2). */
static bool is_referral(const struct dns_message *message)
{
	struct dns_walk walk;
	struct dns_entry entry;
	bool servers = false, soa = false;
	if ((message->flags & (DNS_FLAG_AA | DNS_FLAG_RA)) != 0 ||
	    message->counts[DNS_ANSWER] > 0 || dns_rcode(message, NULL) != 0) {
		return false;
	}
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) == 1) {
		servers |= entry.section == DNS_AUTHORITY && entry.type == DNS_TYPE_NS;
		soa |= entry.section == DNS_AUTHORITY && entry.type == DNS_TYPE_SOA;
	}
	return servers && !soa;
}

static bool is_code(unsigned rcode)
{
	return rcode == HISTORY_NODATA || rcode == HISTORY_SERVFAIL || rcode == HISTORY_NXDOMAIN ||
	       rcode == HISTORY_REFUSED;
}

static void see_code(struct history_table *table, const struct dns_message *message,
                     const struct dns_entry *question, const struct summary *summary)
{
	uint8_t code = (uint8_t)dns_rcode(message, NULL);
	const struct history_row row = {
		.owner = question->owner.wire,
		.owner_size = question->owner.size,
		.type = question->type,
		.origin = summary->authoritative ? HISTORY_CHILD : HISTORY_CACHE,
		.is_code = true,
		.data = &code,
		.data_size = 1,
	};
	if (is_code(code)) {
		see(table, &row, question, 0, NO_RECORD, summary);
	}
}

/* Reads a message, and adds or finds its rows. `whole`: all of it can be read. */
static void read_rows(struct history_table *table, const struct dns_message *message, bool whole,
                      struct summary *summary)
{
	struct dns_walk walk;
	struct dns_entry entry;
	uint32_t record = 0;
	summary->authoritative = (message->flags & DNS_FLAG_AA) != 0;
	summary->referral = is_referral(message);
	bool code = whole && message->counts[DNS_ANSWER] == 0 && !summary->referral &&
	            (message->flags & DNS_FLAG_TC) == 0;
	dns_walk_begin(&walk, message);
	for (; dns_walk_next(&walk, &entry) == 1; record += entry.section != DNS_QUESTION) {
		if (!dns_is_about_names(message, &entry)) {
			continue;
		}
		if (entry.owner.size == 0) {
			summary->places->complete = false;
			continue;
		}
		if (entry.section != DNS_QUESTION && is_kept(entry.type)) {
			see_record(table, message, &entry, record, summary);
		} else if (entry.section == DNS_QUESTION && code) {
			see_code(table, message, &entry, summary);
		}
	}
}

/* Returns whether a copy of the message has the same rows. */
static bool has_same_rows(const struct history_response *response, const struct dns_masked *copy,
                          const struct places *places)
{
	struct dns_message message;
	struct places found;
	begin_places(&found);
	struct summary summary = { .client = response->client, .found = true, .places = &found };
	if (dns_open(&message, copy->wire, copy->size) != DNS_OK) {
		return false;
	}
	read_rows(response->table, &message, true, &summary);
	return found.complete && found.count == places->count &&
	       memcmp(found.rows, places->rows, found.count * sizeof(found.rows[0])) == 0;
}

/* Remembers the rows of a message, unless a name continues in a part that differs in repetitions:
 * two copies with different octets there show that (dns_masked.h). */
static void remember(const struct history_response *response, const struct places *places)
{
	struct history_repeats *repeats = history_table_repeats(response->table);
	struct dns_masked other;
	if (places->complete && history_repeats_note(repeats, response->hash) &&
	    has_same_rows(response, &response->masked, places) &&
	    dns_mask(response->message, OTHER_FILL, &other) &&
	    has_same_rows(response, &other, places)) {
		history_repeats_add(repeats, response->hash, response->masked.wire,
		                    key_size(response), places->rows, places->count);
	}
}

void history_rows_expect(struct history_response *response, struct history_table *table,
                         const struct dns_message *message, const struct in6_addr *client)
{
	response->baseline = NULL;
	response->table = table;
	response->message = message;
	response->client = client;
	response->is_masked = dns_mask(message, FILL, &response->masked);
	if (!response->is_masked) {
		return;
	}
	if (client != NULL) {
		memcpy(response->masked.wire + response->masked.size, client, sizeof(*client));
	}
	response->hash = secret_hash(response->masked.wire, key_size(response));
	history_repeats_expect(history_table_repeats(table), response->hash);
}

static const struct history_repeat *find_repeat(const struct history_response *response)
{
	return response->is_masked ? history_repeats_find(history_table_repeats(response->table),
	                                                  response->hash, response->masked.wire,
	                                                  key_size(response))
	                           : NULL;
}

bool history_rows_are_remembered(const struct history_response *response)
{
	return find_repeat(response) != NULL;
}

static uint64_t seconds(int64_t time_ns)
{
	return (uint64_t)(time_ns > 0 ? time_ns / NS_PER_S : 0);
}

/* Adds the rows of a message that is remembered. Returns false if it is not. */
static bool add_repeated(const struct history_response *response, bool kept, int64_t time_ns)
{
	const struct history_repeat *repeat = find_repeat(response);
	if (repeat == NULL) {
		return false;
	}
	for (size_t i = 0; i < repeat->count; i++) {
		const struct history_repeat_row *row = &repeat->rows[i];
		uint32_t ttl = row->record < response->masked.records
		                       ? response->masked.ttls[row->record]
		                       : 0;
		history_table_again(response->table, row->place, seconds(time_ns), ttl, kept);
		if (response->baseline != NULL) {
			baseline_see_again(response->baseline, row->place, ttl, seconds(time_ns));
		}
	}
	return true;
}

static void add_rows(const struct history_response *response, bool kept, int64_t time_ns,
                     bool whole)
{
	if (whole && add_repeated(response, kept, time_ns)) {
		return;
	}
	struct places places;
	begin_places(&places);
	struct summary summary = { .time_s = seconds(time_ns),
		                   .kept = kept,
		                   .client = response->client,
		                   .baseline = response->baseline,
		                   .places = &places };
	read_rows(response->table, response->message, whole, &summary);
	if (whole && response->is_masked) {
		remember(response, &places);
	}
}

bool history_rows_add(const struct history_response *response, bool kept, int64_t time_ns,
                      bool whole)
{
	struct baseline *baseline = response->baseline;
	if (baseline != NULL) {
		baseline_begin(baseline, history_table_generation(response->table),
		               response->message, response->server);
	}
	add_rows(response, kept, time_ns, whole);
	return baseline != NULL && baseline_wants(baseline);
}

/* The rows of a response that is remembered were not gathered yet. */
static void gather_rows(const struct history_response *response, bool whole)
{
	struct places places;
	begin_places(&places);
	struct summary summary = { .found = true,
		                   .baseline = response->baseline,
		                   .places = &places };
	read_rows(response->table, response->message, whole, &summary);
}

void history_rows_judge(const struct history_response *response, int64_t time_ns, bool whole,
                        baseline_emit_t emit, void *ctx)
{
	if (!baseline_has_gathered(response->baseline)) {
		gather_rows(response, whole);
	}
	baseline_judge(response->baseline, response->message, response->server, time_ns, emit, ctx);
}
