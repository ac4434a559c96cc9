/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns.h"

#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_name_read.h"

/* RFC 1035 section 4.1.4. */
#define NAME_POINTER 0xc0
#define NAME_PLACE   0x3fff

#define QUESTION_FIXED 4
#define RECORD_FIXED   10

/* id 2 | flags 2 | entries of each section 2 */
int dns_open(struct dns_message *message, const uint8_t *wire, size_t size)
{
	if (size < DNS_HEADER_SIZE) {
		return DNS_SHORT_HEADER;
	}
	message->wire = wire;
	message->size = size;
	message->memo = NULL;
	message->id = octets_u16(wire);
	message->flags = octets_u16(wire + 2);
	for (int i = 0; i < DNS_SECTIONS; i++) {
		message->counts[i] = octets_u16(wire + 4 + 2 * i);
	}
	return DNS_OK;
}

void dns_walk_begin(struct dns_walk *walk, const struct dns_message *message)
{
	*walk = (struct dns_walk){
		.message = message,
		.at = cursor_init(message->wire, message->size),
		.unreadable = SIZE_MAX,
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

/* Returns the offset at which a name starts: the current position, or the target of the pointer
 * with which the name begins. */
static size_t name_start(const struct cursor *at)
{
	const uint8_t *head = at->wire + at->pos;
	if (cursor_left(at) >= 2 && head[0] >= NAME_POINTER) {
		return octets_u16(head) & NAME_PLACE;
	}
	return at->pos;
}

static int read_name(struct dns_walk *walk, struct dns_name *name)
{
	int ret = dns_name_read(&walk->at, walk->at.size, name, walk->message->memo);
	return ret == DNS_NAME_OK ? DNS_OK : name_fault(ret);
}

/* Most records repeat the owner of the previous entry by a pointer to the same place. */
static int read_owner(struct dns_walk *walk, struct dns_entry *entry)
{
	struct cursor *at = &walk->at;
	size_t place = name_start(at);
	if (walk->filled == entry && place == walk->owner && place != at->pos) {
		cursor_skip(at, 2);
		return DNS_OK;
	}
	walk->owner = place;
	walk->filled = entry;
	struct cursor start = *at;
	int ret = place == walk->unreadable ? walk->fault : read_name(walk, &entry->owner);
	if (ret == DNS_OK) {
		return DNS_OK;
	}
	/* If the end of the name can be found, the rest of the record is read after it. */
	*at = start;
	walk->filled = NULL;
	walk->fault = walk->fault == DNS_OK ? ret : walk->fault;
	walk->unreadable = walk->fault == ret ? place : walk->unreadable;
	entry->owner.size = 0;
	return dns_name_skip(at) ? DNS_OK : ret;
}

/* type 2 | class 2, and except in questions: TTL 4 | size of the RDATA 2 | RDATA */
static int read_entry(struct dns_walk *walk, struct dns_entry *entry)
{
	struct cursor *at = &walk->at;
	int ret = read_owner(walk, entry);
	if (ret != DNS_OK) {
		return ret;
	}
	bool question = walk->section == DNS_QUESTION;
	const uint8_t *fixed = cursor_take(at, question ? QUESTION_FIXED : RECORD_FIXED);
	if (fixed == NULL) {
		return DNS_SHORT_ENTRY;
	}
	entry->section = walk->section;
	entry->type = octets_u16(fixed);
	entry->rclass = octets_u16(fixed + 2);
	entry->ttl = question ? 0 : octets_u32(fixed + 4);
	entry->rdata_size = question ? 0 : octets_u16(fixed + 8);
	entry->rdata = question ? NULL : cursor_take(at, entry->rdata_size);
	return at->failed ? DNS_LONG_RDATA : 1;
}

void dns_entry_again(struct dns_entry *entry, enum dns_section section, const uint8_t *rdata)
{
	const uint8_t *fixed = rdata - RECORD_FIXED;
	entry->section = section;
	entry->type = octets_u16(fixed);
	entry->rclass = octets_u16(fixed + 2);
	entry->ttl = octets_u32(fixed + 4);
	entry->rdata_size = octets_u16(fixed + 8);
	entry->rdata = rdata;
}

int dns_walk_next(struct dns_walk *walk, struct dns_entry *entry)
{
	while (walk->section < DNS_SECTIONS && walk->seen == walk->message->counts[walk->section]) {
		walk->section++;
		walk->seen = 0;
	}
	if (walk->section == DNS_SECTIONS) {
		int end = cursor_left(&walk->at) > 0 ? DNS_TRAILING : DNS_OK;
		return walk->fault != DNS_OK ? walk->fault : end;
	}
	walk->seen++;
	return read_entry(walk, entry);
}

unsigned dns_rcode(const struct dns_message *message, const struct dns_entry *opt)
{
	unsigned low = message->flags & 0xf;
	return opt != NULL ? (opt->ttl >> 24) << 4 | low : low;
}

bool dns_has_do(const struct dns_message *message)
{
	struct dns_walk walk;
	struct dns_entry entry;
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) == 1) {
		if (entry.type == DNS_TYPE_OPT && entry.section == DNS_ADDITIONAL) {
			return (entry.ttl & DNS_EDNS_FLAG_DO) != 0;
		}
	}
	return false;
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
