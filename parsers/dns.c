/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns.h"

#include "parsers/dns_codes.h"

int dns_open(struct dns_message *message, const uint8_t *wire, size_t size)
{
	struct cursor c = cursor_init(wire, size);
	message->wire = wire;
	message->size = size;
	message->id = cursor_u16(&c);
	message->flags = cursor_u16(&c);
	for (int i = 0; i < DNS_SECTIONS; i++) {
		message->counts[i] = cursor_u16(&c);
	}
	return c.failed ? DNS_SHORT_HEADER : DNS_OK;
}

void dns_walk_begin(struct dns_walk *walk, const struct dns_message *message)
{
	*walk = (struct dns_walk){
		.message = message,
		.at = cursor_init(message->wire, message->size),
	};
	cursor_seek(&walk->at, DNS_HEADER_SIZE);
}

static int read_entry(struct dns_walk *walk, struct dns_entry *entry)
{
	struct cursor *at = &walk->at;
	if (cursor_left(at) == 0) {
		return DNS_SHORT_ENTRY;
	}
	if (dns_name_read(at, &entry->owner) != DNS_NAME_OK) {
		return DNS_BAD_NAME;
	}
	entry->section = walk->section;
	entry->type = cursor_u16(at);
	entry->rclass = cursor_u16(at);
	entry->ttl = 0;
	entry->rdata = NULL;
	entry->rdata_size = 0;
	if (walk->section != DNS_QUESTION) {
		entry->ttl = cursor_u32(at);
		entry->rdata_size = cursor_u16(at);
		entry->rdata = cursor_take(at, entry->rdata_size);
	}
	return at->failed ? DNS_SHORT_ENTRY : 1;
}

int dns_walk_next(struct dns_walk *walk, struct dns_entry *entry)
{
	while (walk->section < DNS_SECTIONS && walk->seen == walk->message->counts[walk->section]) {
		walk->section++;
		walk->seen = 0;
	}
	if (walk->section == DNS_SECTIONS) {
		return cursor_left(&walk->at) > 0 ? DNS_TRAILING : 0;
	}
	walk->seen++;
	return read_entry(walk, entry);
}

unsigned dns_rcode(const struct dns_message *message, const struct dns_entry *opt)
{
	unsigned low = message->flags & 0xf;
	return opt != NULL ? (opt->ttl >> 24) << 4 | low : low;
}

const char *dns_fault_text(int fault)
{
	static const char *const texts[] = {
		"ok", "short_header", "bad_name", "short_entry", "bad_rdata", "trailing",
	};
	unsigned index = (unsigned)-fault;
	return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown";
}
