/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/history_rows.h"

#include "base/time_ns.h"

/* The kind of a message, which determines the origin of its records. */
struct summary {
	bool authoritative;
	bool referral; /* it has no answer, but NS records of a child zone */
	uint64_t time_s;
	bool kept;                     /* rows are never folded */
	const struct in6_addr *client; /* NULL: no rows of clients are added */
};

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

static void see(struct history_table *table, const struct history_row *row, uint32_t ttl,
                const struct summary *summary)
{
	history_table_see(table, row, summary->time_s, ttl, summary->kept);
	if (summary->client != NULL) {
		history_table_see_client(table, row, summary->client, summary->time_s, ttl);
	}
}

static void see_record(struct history_table *table, const struct dns_message *message,
                       const struct dns_entry *entry, const struct summary *summary)
{
	uint8_t data[HISTORY_DATA_MAX];
	int size = dns_rdata_canonical(message, entry, data, sizeof(data));
	if (size < 0) {
		history_table_drop(table);
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
	see(table, &row, entry->ttl, summary);
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
		see(table, &row, 0, summary);
	}
}

void history_rows_add(struct history_table *table, const struct dns_message *message, bool kept,
                      const struct in6_addr *client, int64_t time_ns, bool whole)
{
	struct dns_walk walk;
	struct dns_entry entry;
	const struct summary summary = {
		.authoritative = (message->flags & DNS_FLAG_AA) != 0,
		.referral = is_referral(message),
		.time_s = (uint64_t)(time_ns > 0 ? time_ns / NS_PER_S : 0),
		.kept = kept,
		.client = client,
	};
	bool code = whole && message->counts[DNS_ANSWER] == 0 && !summary.referral &&
	            (message->flags & DNS_FLAG_TC) == 0;
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) == 1) {
		if (entry.owner.size == 0 || !dns_is_about_names(message, &entry)) {
			continue;
		}
		if (entry.section != DNS_QUESTION && is_kept(entry.type)) {
			see_record(table, message, &entry, &summary);
		} else if (entry.section == DNS_QUESTION && code) {
			see_code(table, message, &entry, &summary);
		}
	}
}
