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

static int name_fault(int ret)
{
	switch (ret) {
	case DNS_NAME_LONG:
		return DNS_LONG_NAME;
	case DNS_NAME_POINTER:
		return DNS_BAD_POINTER;
	case DNS_NAME_LABEL:
		return DNS_BAD_LABEL;
	default:
		return DNS_SHORT_ENTRY;
	}
}

static int read_entry(struct dns_walk *walk, struct dns_entry *entry)
{
	struct cursor *at = &walk->at;
	int ret = dns_name_read(at, &entry->owner);
	if (ret != DNS_NAME_OK) {
		return name_fault(ret);
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
	}
	if (at->failed) {
		return DNS_SHORT_ENTRY;
	}
	if (walk->section != DNS_QUESTION) {
		entry->rdata = cursor_take(at, entry->rdata_size);
	}
	return at->failed ? DNS_LONG_RDATA : 1;
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
	static const char *const texts[DNS_FAULTS] = {
		"ok",        "short_header", "short_entry", "bad_pointer", "long_name",
		"bad_label", "long_rdata",   "bad_rdata",   "trailing",
	};
	unsigned index = (unsigned)-fault;
	return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown";
}
